"""Sends requests: credentials, retries, problems and the cache."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Self

import httpx

from ._address import address, address_of, is_this_machine
from ._cache import Cache
from ._call import Call
from ._error import AddressError, GalleyError, NoAnswer, Problem, Refused, TooLong, Unreadable
from ._reply import Reply, parsed
from ._retry import Retries, wait_of

# The API version that this client speaks.
_API_VERSION = "2026-11-20"
_CONNECT_S = 5.0
# A gateway gives a function at most thirty seconds.
_WHOLE_S = 35.0
# An article has at most 200 KiB, a page a hundred of what a list shows.
_MOST_BYTES = 32 * 1024 * 1024


class Sender:
    """What sends; `Client` has names for what most programs send."""

    def __init__(
        self, url: str, *, token: str | None = None, streams: str | None = None, retries: Retries | None = None
    ) -> None:
        """`token` is an API key or a token. `streams` says where streams are, if elsewhere: the output `StreamUrl` of a deployment.

        Without it a task is polled, except on this machine.
        """
        self.base = address(url)
        named = address(streams) if streams is not None else None
        for one in (self.base, named):
            if one is not None and token is not None and one.scheme != "https" and not is_this_machine(one):
                raise AddressError("insecure")
        here = is_this_machine(self.base)
        self.streams = named or (self.base if here else None)
        self.retries = retries or Retries()
        self._token = token
        self._cache = Cache()
        # A connection that a proxy would see is never one to this machine.
        self._http = httpx.Client(
            timeout=httpx.Timeout(_WHOLE_S, connect=_CONNECT_S),
            follow_redirects=False,
            trust_env=not here,
            headers={"user-agent": "galley-client/0.1.0 (python)", "api-version": _API_VERSION},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    @property
    def url(self) -> str:
        return self.base.geturl().rstrip("/")

    @property
    def host(self) -> str:
        return self.base.netloc

    def send(self, call: Call) -> Reply:
        """Sends `call`, again where that is safe, and reads the whole answer. Raises whatever is not 2xx, after the last try."""
        tried, may_be_done = 0, False
        while True:
            try:
                return self._once(call)
            except GalleyError as error:
                # The first one removed it, and its answer was lost.
                if may_be_done and call.method == "DELETE" and error.is_("not-found"):
                    return Reply(204, httpx.Headers(), b"")
                may_be_done = may_be_done or error.may_be_done()
                wait = self.retries.after(call, error, tried, random.random())  # noqa: S311
                if wait is None:
                    raise
            time.sleep(wait.total_seconds())
            tried += 1

    def read(self, call: Call) -> Any:
        """What `call` answers, as JSON."""
        return self.send(call).read()

    def _once(self, call: Call) -> Reply:
        url = address_of(self.base, call)
        kept = self._cache.get(url) if call.method == "GET" else None
        more = {} if kept is None else {"if-none-match": kept.headers["etag"]}
        with self.sent(call, url, more) as response:
            if kept is not None and response.status_code == HTTPStatus.NOT_MODIFIED:
                return kept
            reply = Reply(response.status_code, response.headers, self.whole(response))
        if not response.is_success:
            raise refusal(response, reply.body)
        if call.method == "GET":
            self._cache.put(url, reply)
        return reply

    @contextmanager
    def sent(
        self, call: Call, url: str, more: dict[str, str], timeout: httpx.Timeout | None = None
    ) -> Iterator[httpx.Response]:
        """One request, whose answer is still to be read."""
        headers = [*call.headers, *more.items()]
        if self._token is not None:
            headers.append(("authorization", f"Bearer {self._token}"))
        if call.key is not None:
            headers.append(("idempotency-key", call.key))
        if call.body is not None:
            headers.append(("content-type", "application/json"))
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        try:
            with self._http.stream(call.method, url, headers=headers, content=call.body, **options) as response:
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as cause:
            raise NoAnswer(self.host, unsent=True) from cause
        except httpx.RequestError as cause:
            raise NoAnswer(self.host, unsent=False) from cause

    def whole(self, response: httpx.Response) -> bytes:
        began, body = time.monotonic(), bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise TooLong(_MOST_BYTES)
            if time.monotonic() - began > _WHOLE_S:
                raise NoAnswer(self.host, unsent=False)
        return bytes(body)


def refusal(response: httpx.Response, body: bytes) -> GalleyError:
    """What is not 2xx: a problem where it is one."""
    retry_after: timedelta | None = wait_of(response.headers.get("retry-after"))
    try:
        said = parsed(body)
    except Unreadable:
        said = None
    if not isinstance(said, dict):
        said = {}
    texts = all(isinstance(said.get(name), str) for name in ("type", "title", "request_id"))
    if texts and isinstance(said.get("status"), int):
        return Problem(said, retry_after)
    message = said.get("message")
    return Refused(
        response.status_code, message if isinstance(message, str) else response.reason_phrase, retry_after
    )
