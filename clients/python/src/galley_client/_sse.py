"""Server-sent events out of bytes (WHATWG HTML, 9.2.6): as much as the API's streams use."""

from __future__ import annotations

from dataclasses import dataclass, field

# A line longer than this is no event of ours.
_MOST = 4 * 1024 * 1024


@dataclass
class Event:
    id: str | None = None
    name: str = ""
    data: str = ""


@dataclass
class Parser:
    """Collects bytes until an event is whole."""

    retry_ms: int | None = None
    """How long to wait before a new connection, where the stream said so."""
    _unread: bytearray = field(default_factory=bytearray)
    _event: Event = field(default_factory=Event)

    def push(self, chunk: bytes) -> bool:
        """`False`: the stream sends what is no event of ours."""
        self._unread += chunk
        return len(self._unread) <= _MOST

    def next(self) -> Event | None:
        """The next whole event. One without data is none."""
        while (end := self._unread.find(b"\n")) >= 0:
            line = self._unread[:end].decode(errors="replace").removesuffix("\r")
            del self._unread[: end + 1]
            if line:
                self._take(line)
                continue
            event, self._event = self._event, Event()
            if event.data:
                return event
        return None

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self._event.id = value
            case "event":
                self._event.name = value
            case "data":
                self._event.data += f"\n{value}" if self._event.data else value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)
            case _:
                # A comment keeps the connection open.
                pass
