"""Missed bookings, and bookings of machines that are out of service, for *Catch up*."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Name
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    quote,
    say,
)
from controller.policy.reading import from_json

SHOW_MEMBER, TELL_MEMBER = "booking.member", "booking.warn"
"""The actions that rows suggest."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(_missed_bookings(db, query), _stranded(db, query))


def _missed_bookings(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    rows = db.execute(
        select(BookingRow, MemberRow.display_name)
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(BookingRow.site_id == query.site, BookingRow.missed_at >= query.since)
        .order_by(BookingRow.missed_at.desc(), BookingRow.id.desc())
        .limit(query.limit)
    ).all()
    names = machine_names(db, [row.access_point_id for row, _ in rows])
    for row, name in rows:
        yield ActivityRow(
            part=Part.BOOKINGS,
            names=("booking", row.id),
            at=row.starts_at,
            title=say(
                "%(name)s did not come: %(machine)s",
                name=name,
                machine=names.get(row.access_point_id or "", Name(fr="?")),
            ),
            facts=(say("booked %(at)s", at=row.starts_at),),
            weight=Weight.KNOW,
            action=NextAction(SHOW_MEMBER, {"member": row.member_id}),
        )


def _stranded(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield bookings of machines that are out of service.

    A person has to tell these members when the machine will work again.
    """
    rows = db.execute(
        select(
            *(BookingRow.id, BookingRow.member_id, BookingRow.starts_at, MemberRow.display_name),
            *(AccessPointRow.name, AccessPointRow.service_reason),
        )
        .join(AccessPointRow, AccessPointRow.id == BookingRow.access_point_id)
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(AccessPointRow.site_id == query.site, AccessPointRow.in_service.is_(False))
        .where(BookingRow.ends_at > query.now, BookingRow.starts_at < query.until)
        .where(BookingRow.cancelled_at.is_(None), BookingRow.closed_at.is_(None))
        .order_by(BookingRow.starts_at, BookingRow.id)
        .limit(query.limit)
    )
    for row in rows:
        facts = [say("booked %(at)s", at=row.starts_at), say("out of service")]
        facts += [quote(row.service_reason)] if row.service_reason else []
        yield ActivityRow(
            part=Part.BOOKINGS,
            names=("stranded", row.id),
            at=row.starts_at,
            title=say(
                "%(name)s has booked: %(machine)s",
                name=row.display_name,
                machine=from_json(row.name, Name),
            ),
            facts=tuple(facts),
            weight=Weight.TODO,
            action=NextAction(TELL_MEMBER, {"member": row.member_id}),
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({SHOW_MEMBER, TELL_MEMBER}))
