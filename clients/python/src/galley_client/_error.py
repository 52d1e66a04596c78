"""What can go wrong, by what a caller does next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from .types import FieldError, HeldBy


class GalleyError(Exception):
    """Whatever this client raises."""

    status: int | None = None
    """The answer's status, where there was an answer."""
    retry_after: timedelta | None = None
    """How long to wait before another try, where the answer says so."""

    def is_(self, kind: str) -> bool:
        """Whether it is a problem of this kind, e.g. `rate-limited`."""
        return isinstance(self, Problem) and self.kind == kind

    def is_about_credentials(self) -> bool:
        """Whether another credential is needed, or any.

        A gateway says 403 of a key that it does not know, and that is no problem of the API; a role that is too low is one.
        """
        unknown = isinstance(self, Refused) and self.status == 403
        return unknown or (self.status == 401 and not self.is_("signature-invalid"))

    def may_be_done(self) -> bool:
        """Whether the request may have been done although this came of it."""
        if isinstance(self, NoAnswer):
            return not self.unsent
        return self.status is not None and self.status >= 500


class Problem(GalleyError):
    """The API refused (RFC 9457)."""

    def __init__(self, body: Mapping[str, Any], retry_after: timedelta | None) -> None:
        title, detail = body["title"], body.get("detail")
        super().__init__(f"{title}: {detail}" if isinstance(detail, str) else title)
        self.body = body
        self.retry_after = retry_after
        self.status: int = body["status"]
        self.kind: str = body["type"].removeprefix("urn:galley:problem:")
        self.request_id: str = body["request_id"]

    @property
    def fields(self) -> list[FieldError]:
        """The fields that break a rule."""
        return cast("list[FieldError]", self.body.get("errors") or [])

    @property
    def blockers(self) -> list[HeldBy]:
        """Why a draft may not be published."""
        return cast("list[HeldBy]", self.body.get("blockers") or [])


class Refused(GalleyError):
    """Something before the functions answered, or something that is not Galley."""

    def __init__(self, status: int, said: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{status}: {said}")
        self.status: int = status
        self.retry_after = retry_after


class NoAnswer(GalleyError):
    """No answer came. Whether the request had an effect is unknown, unless it is known to be `unsent`."""

    def __init__(self, host: str, *, unsent: bool) -> None:
        super().__init__(f"no answer from {host}")
        self.host = host
        self.unsent = unsent


class Unreadable(GalleyError):
    """The answer is not what the API promises."""

    def __init__(self) -> None:
        super().__init__("the answer is not what the API promises")


class TooLong(GalleyError):
    """The answer is longer than any of the API's."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the answer is over {most} bytes")


class NoStream(GalleyError):
    """An answer of 2xx in the place of a stream: it is something else that answers there."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} answers with no stream of events")


Rule = Literal["url", "extra", "segment", "insecure"]

_RULES: dict[Rule, str] = {
    "url": "the address must be a URL such as https://api.example.com",
    "extra": "the address must not carry credentials, a query or a fragment",
    "segment": "what is named in a path must not be empty, . or ..",
    "insecure": "a key is sent by https alone, or to this machine",
}


class AddressError(GalleyError):
    """An address or a part of one that is not used."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(_RULES[rule])
        self.rule = rule


class StillWaiting(GalleyError):
    """`wait_until` ran out of time."""

    def __init__(self, task_status: str, after: timedelta) -> None:
        seconds = after.total_seconds()
        unit = "second" if seconds == 1 else "seconds"
        super().__init__(f"the task is still {task_status} after {seconds:g} {unit}")
        self.task_status = task_status
        self.after = after
