"""Signatures: of callbacks that come in (Standard Webhooks), and of webhooks that are sent to Galley in each of its schemes."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

# How far a timestamp may lie from now, on either side.
_TOLERANCE_S = 300
_LEAST_BYTES = 16

Reason = Literal["secret", "missing-header", "malformed-timestamp", "stale", "mismatch", "no-event"]
_REASONS: dict[Reason, str] = {
    "secret": "the secret is no base64, or has less than 16 bytes",
    "missing-header": "a header of the signature is missing",
    "malformed-timestamp": "the timestamp must be a Unix time in whole seconds",
    "stale": "the timestamp is more than 300 seconds from now",
    "mismatch": "no signature matches the body",
    "no-event": "the body is no event",
}

Scheme = Literal["galley", "standard", "stripe", "github"]
"""How a source of webhooks signs."""


class WebhookError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(_REASONS[reason])
        self.reason = reason


@dataclass(frozen=True)
class Callback:
    """An event whose signature matched; only `Verifier` makes one."""

    id: str
    """The same at every try: whoever has seen it does nothing."""
    kind: str
    """`task.` and the state that the task came to."""
    data: Any


class Verifier:
    """Checks what Galley sends to a `callback_url`."""

    def __init__(self, *secrets: str) -> None:
        """The secrets of `GET /api/admin/callback-secret`: the one in force and, during a rotation, the one before."""
        self._keys = [_standard_key(secret) for secret in secrets]
        if not self._keys:
            raise WebhookError("secret")

    def verify(self, headers: Mapping[str, str], body: bytes | str, now: datetime | None = None) -> Callback:
        """Reads an event after its signature matches. `body` is what came, byte for byte.

        Raises `WebhookError`; answer 401 to all but `no-event`.
        """
        given = {name.lower(): value for name, value in headers.items()}
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message, timestamp, signatures = (given.get(name, "") for name in names)
        if not (message and timestamp and signatures):
            raise WebhookError("missing-header")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
            raise WebhookError("malformed-timestamp")
        at = (now or datetime.now(UTC)).timestamp()
        if abs(int(at) - int(timestamp)) > _TOLERANCE_S:
            raise WebhookError("stale")
        raw = _bytes(body)
        signed = f"{message}.{timestamp}.".encode() + raw
        claimed = [_decoded(one.removeprefix("v1,")) for one in signatures.split(" ") if one.startswith("v1,")]
        matches = [
            hmac.compare_digest(_mac(key, signed), claim) for key in self._keys for claim in claimed if claim is not None
        ]
        if not any(matches):
            raise WebhookError("mismatch")
        return Callback(message, *_event(raw))


def _event(raw: bytes) -> tuple[str, Any]:
    try:
        event = json.loads(raw)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or "data" not in event:
        raise WebhookError("no-event")
    return event["type"], event["data"]


def sign(scheme: Scheme, secret: str, id: str, at: datetime, body: bytes | str) -> dict[str, str]:  # noqa: A002
    """The headers that prove `body`. `id` is what `standard` signs beside it."""
    time, raw = str(int(at.timestamp())), _bytes(body)
    key = _standard_key(secret) if scheme == "standard" else secret.encode()
    if len(key) < _LEAST_BYTES:
        raise WebhookError("secret")
    timed = f"{time}.".encode() + raw
    match scheme:
        case "galley":
            return {"x-webhook-timestamp": time, "x-webhook-signature": _mac(key, timed).hex()}
        case "standard":
            signature = b64encode(_mac(key, f"{id}.".encode() + timed)).decode()
            return {"webhook-id": id, "webhook-timestamp": time, "webhook-signature": f"v1,{signature}"}
        case "stripe":
            return {"stripe-signature": f"t={time},v1={_mac(key, timed).hex()}"}
        case "github":
            return {"x-hub-signature-256": f"sha256={_mac(key, raw).hex()}"}


def _bytes(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _standard_key(secret: str) -> bytes:
    key = _decoded(secret.strip().removeprefix("whsec_"))
    if key is None or len(key) < _LEAST_BYTES:
        raise WebhookError("secret")
    return key


def _decoded(text: str) -> bytes | None:
    """`None`: it is no base64 as RFC 4648 has it."""
    try:
        read = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return read if b64encode(read).decode() == text else None
