"""Takes an access point out of service if its wiring differs from the tested one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.commissioning_plan import (
    Plan,
    WiringReport,
    plan_of,
    reported_wiring,
    ticks_of,
)
from controller.capabilities.machines.models import AccessPointRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.outbox import post_news

_WIRING = Actor.system("wiring")


def handle_rewiring(
    db: Session, agent_id: str, before: WiringReport | None, after: WiringReport, now: Utc
) -> None:
    """Recheck the access points of an agent that reported another wiring.

    A point whose steps were all ticked is no longer commissioned if a tick no longer counts. If
    `commissioned` was set by hand, without ticks, nothing changes.
    """
    for row in db.scalars(select(AccessPointRow).where(AccessPointRow.agent_id == agent_id)):
        _recheck(db, row, plan_of(row, agent_id, before), plan_of(row, agent_id, after), now)


def handle_agent_change(
    db: Session, row: AccessPointRow, agent_before: str | None, now: Utc
) -> None:
    """Recheck the commissioning of an access point that got another agent."""
    if agent_before != row.agent_id:
        before = plan_of(row, agent_before, reported_wiring(db, agent_before))
        _recheck(
            db, row, before, plan_of(row, row.agent_id, reported_wiring(db, row.agent_id)), now
        )


def _recheck(
    db: Session, row: AccessPointRow, before: Plan | None, after: Plan | None, now: Utc
) -> None:
    if not row.commissioned or before is None:
        return
    ticks = ticks_of(db, row)
    if before.missing(ticks) or (after is not None and not after.missing(ticks)):
        return
    row.commissioned = False
    db.flush()
    missing = () if after is None else after.missing(ticks)
    audit.record(
        db,
        _WIRING,
        now,
        "commissioning_lapsed",
        f"access_point:{row.id}",
        row.site_id,
        missing=list(missing),
    )
    post_news(db, PointNews(site=row.site_id, key=row.id))
