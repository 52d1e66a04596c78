"""A request, by its operation in the API's document: method, path and whether it may be repeated follow from that."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote

from ._routes import ROUTES, Operation

# Whether a request whose answer was lost may be sent once more: `safely` where the second time has no second effect.
Repeats = Literal["safely", "never"]


@dataclass(frozen=True)
class Call:
    """A request that can be sent, and sent again. `to` and `raw` make one."""

    method: str
    path: str
    repeats: Repeats
    fits: bool = True
    """Whether each value is a segment of its path."""
    key: str | None = None
    queries: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    @staticmethod
    def to(operation: Operation, *values: str) -> Call:
        """`values` fill the names of the operation's path, in their order. A create gets an idempotency key of its own."""
        route = ROUTES[operation]
        return Call(
            method=route.method,
            path=_filled(route.path, values),
            repeats="safely" if route.repeatable else "never",
            fits=all(value not in ("", ".", "..") for value in values),
            key=str(uuid.uuid4()) if route.takes_key else None,
        )

    @staticmethod
    def raw(method: str, path: str) -> Call:
        """Any request. One of a route that is newer than this client is repeated only if it reads."""
        upper = method.upper()
        operation = _at("GET" if upper == "HEAD" else upper, path.split("?")[0])
        if operation is not None:
            return replace(Call.to(operation), method=upper, path=path)
        return Call(upper, path, "safely" if upper in ("GET", "HEAD", "OPTIONS") else "never")

    def query(self, name: str, value: str) -> Call:
        return replace(self, queries=(*self.queries, (name, value)))

    def header(self, name: str, value: str) -> Call:
        return replace(self, headers=(*self.headers, (name, value)))

    def idempotency_key(self, key: str) -> Call:
        """A key of the caller's own: the same key and body give the first answer again, also from another process."""
        return replace(self, key=key, repeats="safely")

    def if_version(self, version: int) -> Call:
        """Only if the task is still at `version`; otherwise the answer is 412."""
        return self.header("if-match", f'"{version}"')

    def json(self, body: Mapping[str, Any] | list[Any]) -> Call:
        return replace(self, body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def bytes(self, body: bytes) -> Call:
        """JSON that is written already: a webhook is sent byte for byte as it was signed."""
        return replace(self, body=body)


def _at(method: str, path: str) -> Operation | None:
    """The operation that a path leads to; a name of a route stands for any one segment, and a route without names wins."""
    asked = path.split("/")

    def leads(pattern: str) -> bool:
        segments = pattern.split("/")
        fits = (one == there or (one.startswith("{") and there != "") for one, there in zip(segments, asked, strict=False))
        return len(segments) == len(asked) and all(fits)

    found = [name for name, route in ROUTES.items() if route.method == method and leads(route.path)]
    return min(found, key=lambda name: ROUTES[name].path.count("{"), default=None)


def _filled(pattern: str, values: tuple[str, ...]) -> str:
    """No value leaves its segment."""
    left = list(values)
    segments = (
        quote(left.pop(0), safe="") if segment.startswith("{") and left else segment for segment in pattern.split("/")
    )
    return "/".join(segments)
