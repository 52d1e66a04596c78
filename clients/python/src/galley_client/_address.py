"""Where requests go."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlencode, urlsplit

from ._call import Call
from ._error import AddressError


def address(text: str) -> SplitResult:
    try:
        url = urlsplit(text.strip())
        # Reading the port checks it.
        known = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        known = False
    if not known:
        raise AddressError("url")
    if "?" in text or "#" in text or "@" in url.netloc:
        raise AddressError("extra")
    return url


def is_this_machine(url: SplitResult) -> bool:
    host = url.hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(base: SplitResult, call: Call) -> str:
    """Under `base`, whose path stays."""
    if not call.fits:
        raise AddressError("segment")
    path, _, query = call.path.partition("?")
    queries = "&".join(part for part in (query, urlencode(call.queries)) if part)
    return base._replace(path=base.path.rstrip("/") + path, query=queries).geturl()
