"""Writes the safety register: entries, additions, readings and annulments.

Only retention and erasure (`privacy.py`) change or delete entries.
"""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.safety_register.entry_shapes import shapes
from controller.capabilities.safety_register.models import SafetyAddition, SafetyKind, SafetyReading
from controller.capabilities.safety_register.models import SafetyEntry as Row
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER, SAFETY_WRITE
from controller.capabilities.safety_register.reading import is_unread, reader
from controller.capabilities.safety_register.shapes import (
    Annulment,
    NewAddition,
    NewSafetyEntry,
    SafetyEntry,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.news import News
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, require_existing, resolve_site, visible
from controller.wire.ids import uuid7

# News that this feature publishes through the outbox.


class SafetyEntryNews(News, frozen=True, kw_only=True):
    """An entry of the safety register was written, added to, read or annulled."""

    FEATURE = "safety_register"
    WHAT = "safety_entry"


def create(db: Session, new: NewSafetyEntry, *, actor: Actor, now: Utc) -> SafetyEntry:
    """Write an entry. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, SAFETY_WRITE, new.site_id)
    _check(db, site_id, new, now)
    member_id = _member(db, site_id, new.hurt)
    row = Row(
        id=uuid7(),
        site_id=site_id,
        year=new.happened_at.astimezone(ZoneInfo(db.get_one(SiteRow, site_id).time_zone)).year,
        kind=new.kind,
        happened_at=new.happened_at,
        access_point_id=new.access_point,
        zone_id=new.zone_id,
        place=new.place,
        account=new.account,
        member_id=member_id,
        hurt=None if member_id else new.hurt,
        injury=new.injury,
        done=new.done,
        measures=new.measures,
        written_by=reader(actor),
        written_at=now,
        changed_at=now,
    )
    db.add(row)
    return _record_change(db, row, "safety_entry_written", actor, now)


def get(db: Session, entry_id: str, *, actor: Actor) -> SafetyEntry:
    """Return one entry. Raises NotFound."""
    return shapes(db, [_visible(db, entry_id, actor)], actor)[0]


def page(
    db: Session,
    *,
    actor: Actor,
    year: int | None = None,
    kind: SafetyKind | None = None,
    unread: bool | None = None,
    cursor: Cursor = FIRST,
) -> Page[SafetyEntry]:
    """Return a page of the register of the actor's sites.

    `unread`: True for entries that the actor still has to read, False for the others.
    """
    statement = select(Row).where(at_sites(Row.site_id, actor.sites(SAFETY_WRITE)))
    if year is not None:
        statement = statement.where(Row.year == year)
    if kind is not None:
        statement = statement.where(Row.kind == kind)
    if unread is not None:
        waits = is_unread(actor)
        statement = statement.where(waits if unread else ~waits)
    return paged(db, statement, Row.id, cursor, lambda rows: shapes(db, rows, actor))


def entries_of_year(db: Session, site_id: str, year: int, *, actor: Actor) -> list[SafetyEntry]:
    """Return a site's entries of a year, in order of the events. Raises Forbidden."""
    actor.require(SAFETY_WRITE, site_id)
    entries = select(Row).where(Row.site_id == site_id, Row.year == year)
    rows = db.scalars(entries.order_by(Row.happened_at, Row.id))
    return shapes(db, rows, actor)


def record_export(db: Session, site_id: str, year: int, *, actor: Actor, now: Utc) -> None:
    """Record in the audit that a year was exported, including who was hurt. Raises Forbidden."""
    actor.require(SAFETY_ANSWER, site_id)
    subject = f"site:{site_id}"
    audit.record(db, actor, now, "safety_register_exported", subject, site_id, year=year)


def years(db: Session, site_id: str, *, actor: Actor) -> list[int]:
    """Return the years for which a site's register has entries, newest first. Raises Forbidden."""
    actor.require(SAFETY_WRITE, site_id)
    all_years = select(Row.year).where(Row.site_id == site_id).distinct()
    return list(db.scalars(all_years.order_by(Row.year.desc())))


def add_to_entry(
    db: Session, entry_id: str, new: NewAddition, *, actor: Actor, now: Utc
) -> SafetyEntry:
    """Add to an entry, with date and author. Raises NotFound; Conflict if it is annulled."""
    row = _in_force(db, entry_id, actor)
    db.add(
        SafetyAddition(
            id=uuid7(), entry_id=row.id, kind=new.kind, text=new.text, by=reader(actor), at=now
        )
    )
    row.changed_at = now
    if actor.may(SAFETY_ANSWER, row.site_id):
        _note_reading(db, row, actor, now)
    return _record_change(db, row, "safety_entry_added_to", actor, now)


def annul(db: Session, entry_id: str, new: Annulment, *, actor: Actor, now: Utc) -> SafetyEntry:
    """Annul an entry that should not have been written; it stays readable.

    Raises NotFound, Conflict.
    """
    row = _in_force(db, entry_id, actor)
    actor.require(SAFETY_ANSWER, row.site_id)
    row.annulled_by, row.annulled_at, row.annulled_because = reader(actor), now, new.reason
    row.changed_at = now
    return _record_change(db, row, "safety_entry_annulled", actor, now)


def mark_read(db: Session, entry_id: str, *, actor: Actor, now: Utc) -> SafetyEntry:
    """Record that the actor has read an entry in its current state; idempotent.

    Raises NotFound, Forbidden.
    """
    row = _visible(db, entry_id, actor)
    actor.require(SAFETY_ANSWER, row.site_id)
    if _note_reading(db, row, actor, now):
        post_news(db, SafetyEntryNews(site=row.site_id, key=row.id))
    return shapes(db, [row], actor)[0]


def _note_reading(db: Session, row: Row, actor: Actor, now: Utc) -> bool:
    """Record the reading; return False if the actor had already read the current state."""
    newest = select(SafetyReading.at).where(
        SafetyReading.entry_id == row.id,
        SafetyReading.by == reader(actor),
        SafetyReading.at >= row.changed_at,
    )
    if db.scalars(newest.limit(1)).first() is not None:
        return False
    db.add(SafetyReading(entry_id=row.id, by=reader(actor), at=now))
    db.flush()
    return True


def _check(db: Session, site_id: str, new: NewSafetyEntry, now: Utc) -> None:
    if new.happened_at > now:
        raise Invalid.of("happened_at", "it is in the future")
    for field, key, model in (
        ("access_point", new.access_point, AccessPointRow),
        ("zone_id", new.zone_id, ZoneRow),
    ):
        require_existing(db, field, model.id, filter(None, [key]), model.site_id == site_id)


def _member(db: Session, site_id: str, hurt: str | None) -> str | None:
    """Return the id of the member of the site with exactly this name, if there is only one."""
    if hurt is None:
        return None
    matching = select(MemberRow.id).where(MemberRow.display_name == hurt, known_at([site_id]))
    member_ids = db.scalars(matching.limit(2)).all()
    return member_ids[0] if len(member_ids) == 1 else None


def _in_force(db: Session, entry_id: str, actor: Actor) -> Row:
    row = _visible(db, entry_id, actor)
    if row.annulled_at is not None:
        raise Conflict("this entry is annulled: write a new one")
    return row


def _visible(db: Session, key: str, actor: Actor) -> Row:
    return visible(db, Row, key, "entry", actor, SAFETY_WRITE)


def _record_change(db: Session, row: Row, action: str, actor: Actor, now: Utc) -> SafetyEntry:
    db.flush()
    audit.record(db, actor, now, action, f"safety_entry:{row.id}", row.site_id)
    post_news(db, SafetyEntryNews(site=row.site_id, key=row.id))
    return shapes(db, [row], actor)[0]
