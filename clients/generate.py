"""Writes what a client takes from the API's document: its types, by others' generators, and the table of operations that it calls by.

    python3 clients/generate.py openapi.json clients/typescript

The generators are those of tools/clients, which must be on the path.
"""

import json
import subprocess
import sys
from pathlib import Path

METHODS = ("get", "put", "post", "patch", "delete")


def operations(document: dict) -> list[tuple[str, str, str, bool, bool]]:
    """Name, method, path, whether it takes an `Idempotency-Key` and whether a second time has no second effect."""
    found = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if operation := item.get(method):
                headers = [one.get("name") for one in operation.get("parameters", [])]
                takes_key, repeatable = "Idempotency-Key" in headers, operation["x-repeatable"]
                found.append((operation["operationId"], method.upper(), path, takes_key, repeatable))
    return sorted(found)


def typescript(found: list[tuple[str, str, str, bool, bool]]) -> str:
    rows = "".join(
        f"  {name}: {{ method: '{method}', path: '{path}', takesKey: {str(key).lower()}, repeatable: {str(again).lower()} }},\n"
        for name, method, path, key, again in found
    )
    return (
        "// Made by clients/generate.py from the API's document.\n"
        f"export const routes = {{\n{rows}}} as const satisfies Record<string, Route>;\n\n"
        "export interface Route {\n  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';\n  path: string;\n  takesKey: boolean;\n  repeatable: boolean;\n}\n\n"
        "/** An operation's name in the API's document. */\nexport type Operation = keyof typeof routes;\n"
    )


def python(found: list[tuple[str, str, str, bool, bool]]) -> str:
    rows = "".join(f'    "{name}": Route("{method}", "{path}", {key}, {again}),\n' for name, method, path, key, again in found)
    names = "".join(f'    "{name}",\n' for name, *_ in found)
    return (
        '"""Made by clients/generate.py from the API\'s document."""\n\n'
        "from typing import Literal, NamedTuple\n\n\n"
        "class Route(NamedTuple):\n    method: str\n    path: str\n    takes_key: bool\n    repeatable: bool\n\n\n"
        f"Operation = Literal[\n{names}]\n\nROUTES: dict[Operation, Route] = {{\n{rows}}}\n"
    )


# Types alone: a dictionary takes a field or a value that is newer than they are.
PYTHON_TYPES = (
    "datamodel-codegen --input-file-type openapi --output-model-type typing.TypedDict --enum-field-as-literal all"
    " --target-python-version 3.11 --no-use-closed-typed-dict --use-union-operator --use-standard-collections"
    " --disable-timestamp --formatters builtin"
).split()


def main(document: str, client: str) -> None:
    found = operations(json.loads(Path(document).read_text()))
    sources = Path(client) / "src"
    if (Path(client) / "package.json").exists():
        (sources / "routes.ts").write_text(typescript(found))
        types = ["openapi-typescript", document, "--output", str(sources / "schema.ts")]
    else:
        package = sources / "galley_client"
        (package / "_routes.py").write_text(python(found))
        types = [*PYTHON_TYPES, "--input", document, "--output", str(package / "types.py")]
    ended = subprocess.run(types, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(ended.stdout + ended.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
