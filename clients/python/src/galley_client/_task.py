"""The calls that most programs make, by name. Everything else is a `Call` to its operation."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from ._address import address_of
from ._call import Call
from ._client import Sender
from ._error import StillWaiting
from ._follow import Late, Until, follow

if TYPE_CHECKING:
    from .types import Decision, Delivery, EditRequest, Identity, Revision, Task, TaskRequest


class Client(Sender):
    """A client of Galley's API, whose connections and cache threads may share. Every method raises as `send` does."""

    def me(self) -> Identity:
        return cast("Identity", self.read(Call.to("getCaller")))

    def create_task(self, request: TaskRequest) -> Task:
        return cast("Task", self.read(Call.to("createTask").json(request)))

    def task(self, task_id: str) -> Task:
        return cast("Task", self.read(Call.to("getTask", task_id)))

    def tasks(self) -> Iterator[Task]:
        return cast("Iterator[Task]", self.list(Call.to("listTasks").query("limit", "100")))

    def revision(self, task_id: str, revision: int) -> Revision:
        return cast("Revision", self.read(Call.to("getRevision", task_id, str(revision))))

    def deliveries(self, task_id: str) -> Iterator[Delivery]:
        return cast("Iterator[Delivery]", self.list(Call.to("listDeliveries", task_id)))

    def list(self, call: Call) -> Iterator[Any]:
        """Every item of a list, asked for page by page as they are taken. A page may be short or empty before the last."""
        page = self.read(call)
        yield from page["data"]
        while (cursor := page.get("next_cursor")) is not None:
            page = self.read(call.query("cursor", cursor))
            yield from page["data"]

    def approve(self, task_id: str, revision: int, feedback: str) -> Decision:
        """Approves exactly `revision`, with what the reviewer says of it."""
        body = {"approved": True, "revision": revision, "human_feedback": feedback}
        return cast("Decision", self.read(Call.to("approve", task_id).json(body)))

    def reject(self, task_id: str, feedback: str) -> Decision:
        return cast("Decision", self.read(Call.to("reject", task_id).json({"human_feedback": feedback})))

    def request_changes(self, task_id: str, feedback: str) -> Decision:
        return cast("Decision", self.read(Call.to("requestChanges", task_id).json({"human_feedback": feedback})))

    def edit(self, task_id: str, version: int, draft: EditRequest) -> Task:
        """Only if the task is still at `version`; otherwise the answer is 412."""
        return cast("Task", self.read(Call.to("editDraft", task_id).if_version(version).json(draft)))

    def cancel(self, task_id: str) -> Task:
        return cast("Task", self.read(Call.to("cancel", task_id).json({})))

    def retry(self, task_id: str) -> Task:
        return cast("Task", self.read(Call.to("retry", task_id).json({})))

    def schedule(self, task_id: str, publish_at: datetime | None = None) -> Task:
        """Publishes what is approved at another hour, which needs a time zone; without one at once."""
        hour = publish_at.isoformat() if publish_at else None
        return cast("Task", self.read(Call.to("reschedule", task_id).json({"publish_at": hour})))

    def unpublish(self, task_id: str) -> Task:
        return cast("Task", self.read(Call.to("unpublish", task_id).json({})))

    def follow(self, task_id: str) -> Generator[Task, None, None]:
        """Every change of a task as it is seen, beginning with the task as it is now, without its text.

        It ends when nothing changes any more without a person.
        """
        return follow(self, task_id, Until())

    def wait_until(self, task_id: str, most: timedelta, done: Callable[[Task], bool]) -> Task:
        """Follows a task until `done` says so, and reads it whole. Raises `StillWaiting` after `most`."""
        last = ""
        try:
            with closing(follow(self, task_id, Until(time.monotonic() + most.total_seconds()))) as tasks:
                for task in tasks:
                    if done(task):
                        break
                    last = task["status"]
            # The stream has ended, because the task is over.
        except Late:
            raise StillWaiting(last, most) from None
        return self.task(task_id)

    def stream_address(self, task_id: str) -> str:
        """An address of the task's stream with a ticket, for a page of yours: for one connection, within thirty seconds."""
        ticket = self.read(Call.to("makeStreamTicket", task_id))["ticket"]
        return address_of(self.streams or self.base, Call.to("streamTask", task_id).query("ticket", ticket))
