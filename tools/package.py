"""Packs the built functions into archives that depend on nothing but their content, and says what is in them.

One archive for each program, however many functions run it; a template that names the archives; their digests; and a list of what
they are made of (CycloneDX). The same programs give the same bytes: no time, no owner and no order of a folder is in them. A program
that is missing ends it with nothing written, for SAM would upload the function's source in its place.

    python3 tools/package.py arm64 target/lambda dist/arm64
"""

import argparse
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import uuid
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The least that an archive can say.
EPOCH = (1980, 1, 1, 0, 0, 0)
BUILT = re.compile(r"      BuildMethod: rust-cargolambda\n      BuildProperties:\n        Binary: (?P<binary>[a-z-]+)\n")
PROCESSOR = re.compile(r"(?P<head>  Architecture:\n    Type: String\n    AllowedValues: )\[arm64, x86_64\]\n    Default: arm64\n")
CODE = re.compile(r"      CodeUri: functions/(?P<binary>[a-z-]+)\n")


def archive(program: bytes) -> bytes:
    """A zip with the program as the runtime starts it."""
    entry = zipfile.ZipInfo("bootstrap", date_time=EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(entry, program, compresslevel=9)
    return packed.getvalue()


def packaged(template: str, processor: str) -> str:
    """The template, with archives beside it in place of what would be built, for the processor that they run on."""
    template, chosen = PROCESSOR.subn(rf"\g<head>[{processor}]\n    Default: {processor}\n", template)
    assert chosen == 1, "the template's parameter Architecture"
    return CODE.sub(r"      CodeUri: \g<binary>.zip\n", BUILT.sub(r"      Program: \g<binary>\n", template))


def made_of(programs: list[str], processor: str) -> dict:
    """What the programs link, by Cargo's lock: a CycloneDX document (ECMA-424)."""
    target = f"{'aarch64' if processor == 'arm64' else processor}-unknown-linux-gnu"
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in told["packages"]}
    linked = {node["id"]: normal(node) for node in told["resolve"]["nodes"]}
    roots = [id for id, package in packages.items() if package["name"] in programs and package["source"] is None]
    reached, todo = set(), list(roots)
    while todo:
        if (id := todo.pop()) not in reached:
            reached.add(id)
            todo.extend(linked[id])
    refs = {id: f"pkg:cargo/{packages[id]['name']}@{packages[id]['version']}" for id in reached}
    components = [component(packages[id], refs[id]) for id in sorted(reached, key=refs.get)]
    depends = [{"ref": refs[id], "dependsOn": sorted(refs[to] for to in linked[id])} for id in sorted(reached, key=refs.get)]
    version = packages[roots[0]]["version"]
    content = json.dumps([components, depends], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # Of the content, so that the same programs have the same.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "galley", "version": version, "bom-ref": "galley"}},
        "components": components,
        "dependencies": [{"ref": "galley", "dependsOn": sorted(refs[id] for id in roots)}, *depends],
    }


def normal(node: dict) -> list[str]:
    """What a crate links; what only its build or its tests use is in no program."""
    return [dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]


def component(package: dict, ref: str) -> dict:
    told = {"type": "library", "name": package["name"], "version": package["version"], "bom-ref": ref, "purl": ref}
    if package["license"]:
        told["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("processor", choices=["arm64", "x86_64"])
    parser.add_argument("built", type=pathlib.Path, help="where cargo-lambda put <program>/bootstrap")
    parser.add_argument("into", type=pathlib.Path)
    arguments = parser.parse_args()
    template = (ROOT / "template.yaml").read_text()
    programs = sorted({found["binary"] for found in BUILT.finditer(template)})
    missing = [name for name in programs if not (arguments.built / name / "bootstrap").is_file()]
    if missing or not programs:
        print(f"not built: {', '.join(missing) or 'anything'}. Nothing is packaged.", file=sys.stderr)
        return 1
    arguments.into.mkdir(parents=True, exist_ok=True)
    files = {"template.yaml": packaged(template, arguments.processor).encode(), "sbom.cdx.json": json.dumps(made_of(programs, arguments.processor), indent=1).encode()}
    for name in programs:
        files[f"{name}.zip"] = archive((arguments.built / name / "bootstrap").read_bytes())
    digests = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    files["SHA256SUMS"] = "".join(digests).encode()
    for name, content in files.items():
        (arguments.into / name).write_bytes(content)
    for name, content in sorted(files.items()):
        print(f"{len(content):>10,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
