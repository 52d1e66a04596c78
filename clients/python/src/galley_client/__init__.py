"""A client of Galley's API.

Every create carries an `Idempotency-Key`, so that a request whose answer was lost can be repeated; what cannot be repeated is not.
"""

from ._call import Call
from ._error import (
    AddressError,
    GalleyError,
    NoAnswer,
    NoStream,
    Problem,
    Refused,
    StillWaiting,
    TooLong,
    Unreadable,
)
from ._reply import Reply
from ._retry import NO_RETRIES, Retries
from ._routes import Operation
from ._state import is_over, moves
from ._task import Client
from .webhook import Callback, Scheme, Verifier, WebhookError, sign

__all__ = [
    "NO_RETRIES",
    "AddressError",
    "Call",
    "Callback",
    "Client",
    "GalleyError",
    "NoAnswer",
    "NoStream",
    "Operation",
    "Problem",
    "Refused",
    "Reply",
    "Retries",
    "Scheme",
    "StillWaiting",
    "TooLong",
    "Unreadable",
    "Verifier",
    "WebhookError",
    "is_over",
    "moves",
    "sign",
]
