"""When a request is sent again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ._call import Call
from ._error import GalleyError, NoAnswer, Problem, Refused


@dataclass(frozen=True)
class Retries:
    """How often and how patiently. Waits have full jitter: anything from nothing to twice as much each time."""

    most: int = 4
    """Beside the first try."""
    first: timedelta = timedelta(milliseconds=200)
    """The first wait is at most this."""
    longest: timedelta = timedelta(seconds=65)
    """No wait is longer. An answer that asks for more is an error at once."""

    def after(self, call: Call, error: GalleyError, tried: int, jitter: float) -> timedelta | None:
        """How long to wait before `call` is sent again; `None`: it is not. `jitter` is 0 to 1."""
        if tried >= self.most or not _may_repeat(call, error):
            return None
        jittered = min(self.first * (1 << tried), self.longest) * jitter
        asked = error.retry_after
        if asked is None:
            return jittered
        # Everybody was told the same time.
        return None if asked > self.longest else asked + jittered


NO_RETRIES = Retries(most=0, first=timedelta(0), longest=timedelta(0))


def _may_repeat(call: Call, error: GalleyError) -> bool:
    """Only where the second time cannot be a second effect."""
    safely = call.repeats == "safely"
    if isinstance(error, NoAnswer):
        return error.unsent or safely
    if error.is_("still-running"):
        return safely
    # Refused before anything was done.
    if error.status == 429:
        return True
    return safely and isinstance(error, Problem | Refused) and error.status in (500, 502, 503, 504)


_VERY_LONG = timedelta(days=36_500)


def wait_of(text: str | None) -> timedelta | None:
    """What a `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3). A number that is too large is a very long time."""
    said = (text or "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=int(said)) if len(said) < 10 else _VERY_LONG
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(timedelta(0), at - datetime.now(UTC))
