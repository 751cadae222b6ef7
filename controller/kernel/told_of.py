"""Events about a person since a given time, to find out whether something was used."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import IS_SKEWED, may_hold, moment, number, usual
from controller.kernel.reactions import happen

OPENED = ("access_granted", "session_started")
"""Events by which a door or a machine was used."""


@dataclass(frozen=True, slots=True)
class ArrivalQuestion:
    """Whether all events since a time have arrived. Raise `NotArrived` when some may be missing."""

    since: Utc
    site_id: str | None
    """None: of any site."""


class NotArrived(Exception):
    """Events of an access point that is cut off are still to come."""


def may_be_told_of(
    db: Session,
    member_ref: str,
    since: Utc,
    *,
    site_id: str | None = None,
    types: Collection[str] = (),
) -> bool:
    """As `is_told_of`, and also whether such an event may still be on its way."""
    told = is_told_of(db, member_ref, since, site_id=site_id, types=types)
    return told or not have_arrived(db, since, site_id)


def have_arrived(db: Session, since: Utc, site_id: str | None = None) -> bool:
    """Whether every event since then has arrived, as far as is known."""
    try:
        happen(db, ArrivalQuestion(since, site_id))
    except NotArrived:
        return False
    return True


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
        for narrowed in (usual(since, None), IS_SKEWED)
        for row in db.scalars(found.where(narrowed))
    )
