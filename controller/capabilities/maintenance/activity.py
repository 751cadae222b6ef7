"""Maintenance that is due, or soon."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.called import called
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.models import MaintenanceRow
from controller.capabilities.maintenance.shapes import Maintenance, UpkeepState
from controller.domain.facts import Name
from controller.kernel.activity import Asked, Happened, NextAction, Part, Recent, Said, Weight, say

DONE, PLAN = "maintenance.done", "maintenance.plan"
_LOOKED_AT = 1000
"""Of a site; hours are counted for all of them together."""


def _tell(db: Session, asked: Asked) -> Iterator[Happened]:
    wanted = select(MaintenanceRow).where(
        MaintenanceRow.site_id == asked.site, MaintenanceRow.ended_at.is_(None)
    )
    rows = list(db.scalars(wanted.order_by(MaintenanceRow.id).limit(_LOOKED_AT)))
    due = [
        each
        for each in maintenance.shapes(db, rows, asked.now)
        if each.state is not UpkeepState.FINE
    ]
    names = called(db, [each.access_point for each in due])
    for each in due[: asked.limit]:
        yield _row(each, names)


def _row(each: Maintenance, names: dict[str, Name]) -> Happened:
    soon = each.state is UpkeepState.SOON
    done = NextAction(DONE, {"key": each.id, "seen": each.since.text()})
    do = NextAction(PLAN, {"point": each.access_point}) if soon else done
    return Happened(
        part=Part.MAINTENANCE,
        names=("maintenance", each.id, each.since.text(), str(soon)),
        at=each.due_at or each.since,
        title=say(
            "%(where)s: %(what)s",
            where=names.get(each.access_point, Name(fr=each.access_point)),
            what=Name(fr=each.name.fr, en=each.name.en),
        ),
        facts=tuple(_left(each)),
        weight=Weight.KNOW if soon else Weight.TODO,
        action=do,
    )


def _left(each: Maintenance) -> Iterator[Said]:
    if each.left_h is not None and each.left_h > 0:
        yield say("%(n)s h of work left", n=round(each.left_h))
    elif each.left_h is not None:
        yield say("over by %(n)s h of work", n=round(-each.left_h))
    if each.due_at is not None:
        yield say("to be done before %(at)s", at=each.due_at)


RECENT = Recent(tell=_tell, actions=frozenset({DONE, PLAN}))
