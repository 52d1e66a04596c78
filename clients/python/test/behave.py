"""Does what the table of behaviours asks of a client, and prints what that gave: `python behave.py STEPS`."""

import dataclasses
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galley_client import Call, Client, GalleyError, Problem, Retries, Verifier, WebhookError, moves, sign

if TYPE_CHECKING:
    from galley_client.types import Task


def shown(task: "Task") -> dict[str, Any]:
    return {"task_id": task["task_id"], "version": task["version"], "status": task["status"]}


def versions(tasks: "Iterable[Task]") -> dict[str, Any]:
    return {"versions": [task["version"] for task in tasks]}


def raw(client: Client, step: dict[str, Any]) -> dict[str, Any]:
    call = Call.raw(step["method"], step["path"])
    if "body" in step:
        call = call.json(step["body"])
    if "idempotency_key" in step:
        call = call.idempotency_key(step["idempotency_key"])
    return {"status": client.send(call).status}


def at(step: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(step["at"], UTC)


def done(client: Client, step: dict[str, Any]) -> Any:
    match step["do"]:
        case "me":
            return client.me()
        case "create_task":
            return shown(client.create_task(step["request"]))
        case "task":
            return shown(client.task(step["id"]))
        case "edit":
            return shown(client.edit(step["id"], step["version"], step["draft"]))
        case "tasks":
            return versions(client.tasks())
        case "follow":
            return versions(client.follow(step["id"]))
        case "wait_until_still":
            most = timedelta(milliseconds=step["most_ms"])
            return shown(client.wait_until(step["id"], most, lambda task: not moves(task["status"])))
        case "raw":
            return raw(client, step)
        case "connect":
            made = Client(step["url"], **step["options"])
            return {"shows_its_token": "tell-nobody" in f"{made!r} {made}"}
        case "verifier":
            return repr(Verifier(step["secret"]))
        case "sign":
            return sign(step["scheme"], step["secret"], step["id"], at(step), step["body"])
        case "verify":
            callback = Verifier(*step["secrets"]).verify(step["headers"], step["body"], at(step))
            return dataclasses.asdict(callback)
        case other:
            raise AssertionError(f"no step is called {other}")


def told(error: GalleyError) -> dict[str, Any]:
    common = {
        "error": type(error).__name__,
        "status": error.status,
        "message": str(error),
        "about_credentials": error.is_about_credentials(),
    }
    if not isinstance(error, Problem):
        return common
    return common | {
        "kind": error.kind,
        "fields": error.fields,
        "blockers": error.blockers,
        "request_id": error.request_id,
        "retry_after_s": error.retry_after.total_seconds() if error.retry_after is not None else None,
    }


def outcome(client: Client, step: dict[str, Any]) -> Any:
    try:
        return done(client, step)
    except WebhookError as error:
        return {"error": "WebhookError", "reason": error.reason}
    except GalleyError as error:
        return told(error)


def main(steps: str) -> None:
    gave = []
    for task in json.loads(Path(steps).read_text()):
        with Client(task["url"], token="a-key", retries=Retries(first=timedelta(milliseconds=5))) as client:  # noqa: S106
            gave.append([outcome(client, step) for step in task["steps"]])
    print(json.dumps(gave))


main(sys.argv[1])
