"""Follows a task over a stream, which is resumed where it broke off; or by polling, where no stream is known."""

from __future__ import annotations

import math
import random
import socket
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from threading import Timer
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import SplitResult

import httpx

from ._address import address_of
from ._call import Call
from ._client import Sender, refusal
from ._error import GalleyError, NoStream, Refused, Unreadable
from ._reply import parsed
from ._sse import Event, Parser
from ._state import is_over

if TYPE_CHECKING:
    from .types import Task

# A heartbeat comes every fifteen seconds.
_SILENCE_S = 45.0
# A connection that held so long and told nothing was a quiet one, not a broken one.
_HELD_S = 15.0
_POLLED_S = 2.0

# How a connection went on: `useless` broke off at once, with nothing told; `ended` is at its time, or was of use before.
End = Literal["over", "ended", "useless"]


class Late(Exception):
    """The time of whoever waits is up."""


@dataclass(frozen=True)
class Until:
    """When whoever follows has waited long enough, by the monotonic clock."""

    at: float | None = None

    def left(self, most: float = math.inf) -> float:
        if self.at is None:
            return most
        left = self.at - time.monotonic()
        if left <= 0:
            raise Late
        return min(left, most)

    def sleep(self, seconds: float) -> None:
        time.sleep(self.left(seconds))
        # Whoever slept less than they wanted is late.
        self.left()


def follow(sender: Sender, task_id: str, until: Until) -> Generator[Task, None, None]:
    if sender.streams is None:
        return _poll(sender, task_id, until)
    return _Listener(sender, Call.to("streamTask", task_id), sender.streams, until).tasks()


def _poll(sender: Sender, task_id: str, until: Until) -> Generator[Task, None, None]:
    known: int | None = None
    while True:
        task = cast("Task", sender.read(Call.to("getTask", task_id)))
        if task["version"] != known:
            yield task
        if is_over(task["status"]):
            return
        known = task["version"]
        until.sleep(_POLLED_S)


class _Listener:
    def __init__(self, sender: Sender, call: Call, streams: SplitResult, until: Until) -> None:
        self._sender, self._call, self._streams, self._until = sender, call, streams, until
        self._known: int | None = None
        # How long the stream wants a reader to wait before a new connection.
        self._pause_s = 1.0

    def tasks(self) -> Generator[Task, None, None]:
        # How often nothing was told since something was.
        failed = 0
        while True:
            try:
                for step in self._connection():
                    if isinstance(step, dict):
                        failed = 0
                        self._known = step["version"]
                        yield step
                        continue
                    if step == "over":
                        return
                    if step == "useless":
                        raise self._silent()
                    failed = 0
                    self._until.sleep(self._pause_s)
            except GalleyError as error:
                wait = self._sender.retries.after(self._call, error, failed, random.random())  # noqa: S311
                if wait is None:
                    raise
                failed += 1
                self._until.sleep(wait.total_seconds())

    def _connection(self) -> Iterator[Task | End]:
        """One connection, from what is known."""
        more = {"accept": "text/event-stream", "accept-encoding": "identity"}
        if self._known is not None:
            more["last-event-id"] = str(self._known)
        url = address_of(self._streams, self._call)
        # A stream says something every few seconds; whoever waits less long looks at the clock more often.
        timeout = httpx.Timeout(self._until.left(_SILENCE_S), connect=self._until.left(5.0))
        began = time.monotonic()
        with self._sender.sent(self._call, url, more, timeout) as response:
            if response.status_code == HTTPStatus.NO_CONTENT:
                yield "over"
                return
            if not response.is_success:
                raise refusal(response, self._sender.whole(response))
            if not response.headers.get("content-type", "").strip().lower().startswith("text/event-stream"):
                raise NoStream(self._streams.netloc)
            told = False
            with self._cut_in_time(response):
                for event in self._events(response):
                    step = _step(event)
                    if step is None:
                        continue
                    told = True
                    yield step
                    if isinstance(step, str):
                        return
        yield "ended" if told or time.monotonic() - began >= _HELD_S else "useless"

    def _events(self, response: httpx.Response) -> Iterator[Event]:
        """The events of a connection, until it breaks off or is silent."""
        parser = Parser()
        chunks = response.iter_bytes()
        while True:
            while (event := parser.next()) is not None:
                if parser.retry_ms is not None:
                    self._pause_s = parser.retry_ms / 1000
                yield event
            try:
                chunk = next(chunks, None)
            except httpx.TransportError:
                chunk = None
            self._until.left()
            if chunk is None or not parser.push(chunk):
                return

    @contextmanager
    def _cut_in_time(self, response: httpx.Response) -> Iterator[None]:
        """A read waits for the next bytes, however long that is: so the connection is shut when the time is up."""
        if self._until.at is None:
            yield
            return
        cut = Timer(self._until.left(), _shut, [response])
        cut.daemon = True
        cut.start()
        try:
            yield
        finally:
            cut.cancel()

    def _silent(self) -> Refused:
        return Refused(504, f"{self._sender.host} does not answer")


def _shut(response: httpx.Response) -> None:
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None
    try:
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It is gone already.
        pass


def _step(event: Event) -> Task | End | None:
    if event.name == "task":
        return cast("Task", _object(event.data))
    if event.name == "end":
        # `time` and `forbidden`: a new connection finds out what holds.
        return "over" if _object(event.data).get("reason") == "over" else "ended"
    # Newer than this client.
    return None


def _object(data: str) -> dict[str, object]:
    read = parsed(data)
    if not isinstance(read, dict):
        raise Unreadable
    return read
