"""The last answers with an `ETag`, so that what has not changed is not sent again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._reply import Reply

# The oldest leaves first.
_MOST = 128
# A larger answer is not kept.
_MOST_BYTES = 256 * 1024


class Cache:
    def __init__(self) -> None:
        self._kept: OrderedDict[str, Reply] = OrderedDict()
        self._lock = Lock()

    def get(self, url: str) -> Reply | None:
        with self._lock:
            return self._kept.get(url)

    def put(self, url: str, reply: Reply) -> None:
        if reply.header("etag") is None or len(reply.body) > _MOST_BYTES:
            return
        with self._lock:
            self._kept[url] = reply
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
