"""What the API answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._error import Unreadable

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Reply:
    """An answer of 2xx."""

    status: int
    headers: httpx.Headers
    body: bytes

    def read(self) -> Any:
        """The body as JSON, `None` where there is none."""
        # 204 and 202 may have none.
        return parsed(self.body) if self.body else None

    def header(self, name: str) -> str | None:
        value: str | None = self.headers.get(name)
        return value


def parsed(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except ValueError as cause:
        raise Unreadable from cause
