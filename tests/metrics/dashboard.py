"""Reads a dashboard as Grafana's own types have it, and fails where they do not know, or would not write, something that it has.

    python3 tests/metrics/dashboard.py deploy/prometheus/galley.dashboard.json
"""

import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def missing(written, known, path: str) -> list[str]:
    """What is in `written` and not in `known`."""
    if isinstance(written, dict) and isinstance(known, dict):
        return [lost for name, value in written.items() for lost in ([f"{path}.{name}"] if name not in known else missing(value, known[name], f"{path}.{name}"))]
    if isinstance(written, list) and isinstance(known, list) and len(written) == len(known):
        return [lost for at, (one, other) in enumerate(zip(written, known)) for lost in missing(one, other, f"{path}[{at}]")]
    return [] if written == known else [f"{path}: {written!r} is read as {known!r}"]


def main() -> int:
    register_default_plugins()
    with open(sys.argv[1], encoding="utf-8") as file:
        written = json.load(file)
    known = json.loads(json.dumps(Dashboard.from_json(written), cls=JSONEncoder))
    lost = missing(written, known, "dashboard")
    print(*lost, sep="\n", file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
