"""Packs a built `galley`: the program, its man pages, completions and licence, in an archive that depends on nothing but its content.

Fails where the program is not static, is over 12 MB, or takes over 20 ms to start: the median of many starts, on this machine's own
processor alone.

    python3 tools/cli.py x86_64 target/lambda/galley/bootstrap target/debug/galley dist/cli

The second program is the same for this machine: a program for another processor cannot say its man pages here.
"""

import argparse
import gzip
import hashlib
import io
import pathlib
import platform
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_BYTES = 12 * 1024 * 1024
MOST_MS = 20
STARTS = 50
# As ELF has them (gABI, e_machine), and as the system calls them.
MACHINES = {"x86_64": (62, "x86_64"), "arm64": (183, "aarch64")}
PT_INTERP = 3
SHELLS = ("bash", "zsh", "fish")


def faults(program: bytes, processor: str) -> list[str]:
    """What keeps the program from running everywhere."""
    if program[:6] != b"\x7fELF\x02\x01":
        return ["is no 64-bit program of Linux"]
    found = []
    (machine,) = struct.unpack_from("<H", program, 18)
    if machine != MACHINES[processor][0]:
        found.append(f"is not for {processor}")
    (headers,) = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    if any(struct.unpack_from("<I", program, headers + at * size)[0] == PT_INTERP for at in range(count)):
        found.append("is not static: it asks for a loader")
    if len(program) > MOST_BYTES:
        found.append(f"has {len(program):,} bytes, over {MOST_BYTES:,}")
    return found


def start_ms(program: pathlib.Path) -> float:
    """The median of many starts, each to its end."""
    took = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def archive(files: dict[str, bytes]) -> bytes:
    """A tar whose bytes follow from the files: no time, no owner, no order of a folder."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"galley/{name}")
            entry.size, entry.mode = len(content), 0o755 if name == "galley" else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def told(program: pathlib.Path) -> dict[str, bytes]:
    """What a program says of itself: man pages and completions."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "man", "--folder", folder], check=True)
        pages = {f"man/{page.name}": page.read_bytes() for page in pathlib.Path(folder).iterdir()}
    completions = {f"completion/galley.{shell}": subprocess.run([program, "completion", shell], check=True, capture_output=True).stdout for shell in SHELLS}
    return pages | completions


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("processor", choices=sorted(MACHINES))
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("here", type=pathlib.Path)
    parser.add_argument("into", type=pathlib.Path)
    arguments = parser.parse_args()
    program = arguments.program.read_bytes()
    wrong = faults(program, arguments.processor)
    files = {"galley": program, "LICENSE": (ROOT / "LICENSE").read_bytes()} | told(arguments.here)
    runs_here = sys.platform == "linux" and platform.machine() == MACHINES[arguments.processor][1]
    if runs_here and not wrong:
        took = start_ms(arguments.program)
        print(f"{took:.1f} ms to start, the median of {STARTS}")
        if took > MOST_MS:
            wrong.append(f"takes {took:.1f} ms to start, over {MOST_MS}")
    if wrong:
        print(*(f"{arguments.program} {what}" for what in wrong), "Nothing is packed.", sep="\n", file=sys.stderr)
        return 1
    arguments.into.mkdir(parents=True, exist_ok=True)
    packed, name = archive(files), f"galley-cli-{arguments.processor}.tar.gz"
    (arguments.into / name).write_bytes(packed)
    print(f"{len(program):>10,}  galley\n{len(packed):>10,}  {name}  {hashlib.sha256(packed).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
