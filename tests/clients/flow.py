"""One flow through a client that openapi-python-client has generated: what comes is read into the types that the document tells."""

import os
import time

from galley_client import AuthenticatedClient, Client
from galley_client.api.decisions import approve, edit_draft
from galley_client.api.models import estimate_task
from galley_client.api.published import get_published
from galley_client.api.tasks import create_task, get_revision, get_task
from galley_client.models import (
    ApproveRequest,
    Article,
    Decision,
    EditRequestMarkdown,
    Estimate,
    ForbiddenProblem,
    GatewayMessage,
    Revision,
    Task,
    TaskRequest,
    TaskState,
    TooManyRequestsProblem,
)

URL = os.environ["URL"]


def caller(name: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=URL, token=os.environ[name])


def wait(task_id: str, status: TaskState) -> Task:
    for _ in range(300):
        task = get_task.sync(task_id, client=caller("VIEWER"))
        assert isinstance(task, Task), task
        if task.status == status:
            return task
        time.sleep(0.1)
    raise AssertionError(f"it is never {status}")


def main() -> None:
    asked = TaskRequest(topic="How HTTP caching works", target_length=200)
    made = create_task.sync(client=caller("AUTHOR"), body=asked, idempotency_key="python-1")
    assert isinstance(made, Task), made
    again = create_task.sync_detailed(client=caller("AUTHOR"), body=asked, idempotency_key="python-1")
    assert again.headers["idempotency-replayed"] == "true" and again.parsed == made

    drafted = wait(made.task_id, TaskState.AWAITING_APPROVAL)
    first = get_revision.sync(made.task_id, drafted.revision, client=caller("VIEWER"))
    assert isinstance(first, Revision) and first.content, first

    text = EditRequestMarkdown(title=os.environ["TITLE"], markdown=os.environ["ARTICLE"])
    edited = edit_draft.sync(made.task_id, client=caller("AUTHOR"), body=text)
    assert isinstance(edited, Task) and edited.revision == 2, edited

    said = ApproveRequest(approved=True, human_feedback="Reads well to me.", revision=edited.revision)
    decided = approve.sync(made.task_id, client=caller("EDITOR"), body=said)
    assert isinstance(decided, Decision) and isinstance(decided.published_url, str), decided

    tenant, slug = decided.published_url.split("/")[-2:]
    live = get_published.sync(tenant, slug, client=Client(base_url=URL))
    assert isinstance(live, Article) and live.title == os.environ["TITLE"], live

    refused = create_task.sync(client=caller("VIEWER"), body=asked)
    assert isinstance(refused, ForbiddenProblem) and refused.status == 403, refused
    stranger = AuthenticatedClient(base_url=URL, token="nobody")
    unknown = create_task.sync(client=stranger, body=asked)
    assert isinstance(unknown, GatewayMessage) and unknown.message == "Forbidden", unknown

    for _ in range(9):
        priced = estimate_task.sync_detailed(client=caller("AUTHOR"), body=asked)
        if priced.status_code == 429:
            assert isinstance(priced.parsed, TooManyRequestsProblem), priced
            assert int(priced.headers["retry-after"]) > 0
            return
        assert isinstance(priced.parsed, Estimate), priced
    raise AssertionError("it was never too much")


main()
