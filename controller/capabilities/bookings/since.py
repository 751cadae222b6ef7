"""What was booked, and nobody came."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.called import called
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Name
from controller.kernel.since import Asked, Happened, NextAct, Part, Recent, Weight, say

MEMBER = "booking.member"


def _tell(db: Session, asked: Asked) -> Iterator[Happened]:
    rows = db.execute(
        select(BookingRow, MemberRow.display_name)
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(BookingRow.site_id == asked.site, BookingRow.missed_at >= asked.since)
        .order_by(BookingRow.missed_at.desc(), BookingRow.id.desc())
        .limit(asked.limit)
    ).all()
    names = called(db, [row.access_point_id for row, _ in rows])
    for row, name in rows:
        yield Happened(
            part=Part.BOOKINGS,
            names=("booking", row.id),
            at=row.starts_at,
            title=say(
                "%(name)s n’est pas venu : %(machine)s",
                name=name,
                machine=names.get(row.access_point_id or "", Name(fr="?")),
            ),
            facts=(say("réservé %(at)s", at=row.starts_at),),
            weight=Weight.KNOW,
            act=NextAct(MEMBER, {"member": row.member_id}),
        )


RECENT = Recent(tell=_tell, acts=frozenset({MEMBER}))
