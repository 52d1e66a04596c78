#!/usr/bin/env python3
"""Holds what tests run against tools/coverage.json: `least` per cent of all lines, every line of what is `whole` but for so many
of a file as `unreached` says, and no crate more than half a point under its `baseline`. `--keep` makes what is measured now the
baseline."""

import json
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "tools" / "coverage.json"
SLACK = 0.5


def per_cent(count, covered):
    return 100.0 * covered / count if count else 100.0


def main(summary, keep):
    rules = json.loads(RULES.read_text())
    crates, whole, wrong = defaultdict(lambda: [0, 0]), [], []
    for file in json.loads(Path(summary).read_text())["data"][0]["files"]:
        name = Path(file["filename"])
        if not name.is_relative_to(ROOT):
            continue
        name = name.relative_to(ROOT).as_posix()
        count, covered = file["summary"]["lines"]["count"], file["summary"]["lines"]["covered"]
        crate = name.split("/src/")[0]
        for sums in (crates[crate], crates["all"]):
            sums[0] += count
            sums[1] += covered
        if any(name.startswith(path) for path in rules["whole"]) and covered + rules["unreached"].get(name, 0) < count:
            whole.append(f"{name}: {count - covered} of {count} lines are run by no test")
    measured = {crate: round(per_cent(*sums), 1) for crate, sums in sorted(crates.items())}
    for crate, value in measured.items():
        print(f"{crate:32} {value:5.1f} %")
    if measured["all"] < rules["least"]:
        wrong.append(f"{measured['all']} % of all lines, {rules['least']} at least")
    wrong += whole
    if keep:
        RULES.write_text(json.dumps({**rules, "baseline": measured}, indent=2) + "\n")
    else:
        fallen = ((crate, value) for crate, value in rules["baseline"].items() if measured.get(crate, 0) < value - SLACK)
        wrong += [f"{crate}: {measured.get(crate, 0)} %, was {value}" for crate, value in fallen]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--keep" in sys.argv))
