"""Prints what the changelog says of a release, and ends with an error when it says nothing or the release is another's.

    python3 tools/notes.py v1.2.3
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def notes(changelog: str, version: str) -> str:
    parts = re.split(r"^## ", changelog, flags=re.MULTILINE)
    of_version = [part for part in parts if re.match(rf"\[?{re.escape(version)}\]?\b", part)]
    return of_version[0].partition("\n")[2].strip() if of_version else ""


def main(tag: str) -> int:
    version = tag.removeprefix("v")
    said = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    if said is None or said[1] != version:
        print(f"Cargo.toml has another version than {tag}", file=sys.stderr)
        return 1
    told = notes((ROOT / "CHANGELOG.md").read_text(), version)
    if not told:
        print(f"CHANGELOG.md says nothing of {version}", file=sys.stderr)
        return 1
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
