"""What access points told of a person since some time, to know whether something was used."""

from collections.abc import Collection

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import SKEWED, may_hold, moment, number, usual

OPENED = ("access_granted", "session_started")
"""Events by which a door or a machine was used."""


def is_told_of(
    db: Session,
    member_ref: str,
    since: Utc,
    *,
    site_id: str | None = None,
    types: Collection[str] = (),
) -> bool:
    """Whether an event since then names this person; of a site or any, of these types or all."""
    here = true() if site_id is None else EventRow.site_no == number(site_id)
    kind = EventRow.type.in_(types) if types else true()
    wanted = member_ref.encode()
    found = select(EventRow).where(here, kind, moment >= since, may_hold(db, [member_ref]))
    return any(
        wanted in (row.raw or b"")
        for narrowed in (usual(since, None), SKEWED)
        for row in db.scalars(found.where(narrowed))
    )
