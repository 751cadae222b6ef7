"""Due maintenance for the *Catch up* page."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.models import MaintenanceRow
from controller.capabilities.maintenance.shapes import Maintenance, UpkeepState
from controller.domain.facts import Name
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    ActivityText,
    NextAction,
    Part,
    Weight,
    say,
)

DONE, PLAN = "maintenance.done", "maintenance.plan"
"""The actions that rows suggest: log the task as done, or plan it."""
_READ_LIMIT = 1000
"""Maximum number of tasks read per site."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    tasks = select(MaintenanceRow).where(
        MaintenanceRow.site_id == query.site, MaintenanceRow.ended_at.is_(None)
    )
    rows = list(db.scalars(tasks.order_by(MaintenanceRow.id).limit(_READ_LIMIT)))
    due_tasks = [
        shape
        for shape in maintenance.shapes(db, rows, query.now)
        if shape.state is not UpkeepState.FINE
    ]
    names = machine_names(db, [task.access_point for task in due_tasks])
    for task in due_tasks[: query.limit]:
        yield _row(task, names)


def _row(task: Maintenance, names: dict[str, Name]) -> ActivityRow:
    soon = task.state is UpkeepState.SOON
    done_action = NextAction(DONE, {"key": task.id, "seen": task.since.text()})
    action = NextAction(PLAN, {"point": task.access_point}) if soon else done_action
    return ActivityRow(
        part=Part.MAINTENANCE,
        names=("maintenance", task.id, task.since.text(), str(soon)),
        at=task.due_at or task.since,
        title=say(
            "%(where)s: %(what)s",
            where=names.get(task.access_point, Name(fr=task.access_point)),
            what=Name(fr=task.name.fr, en=task.name.en),
        ),
        facts=tuple(_time_left(task)),
        weight=Weight.KNOW if soon else Weight.TODO,
        action=action,
    )


def _time_left(task: Maintenance) -> Iterator[ActivityText]:
    if task.left_h is not None and task.left_h > 0:
        yield say("%(n)s h of work left", n=round(task.left_h))
    elif task.left_h is not None:
        yield say("overdue by %(n)s h of work", n=round(-task.left_h))
    if task.due_at is not None:
        yield say("to be done before %(at)s", at=task.due_at)


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({DONE, PLAN}))
