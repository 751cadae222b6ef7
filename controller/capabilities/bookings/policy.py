"""The part of the policy that comes from bookings: who has booked which access point."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Booking
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, FactKind, Fields, Keys, at_its_site, key_condition


def _bookings(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    """Return open bookings of access points; agents don't need those of zones."""
    row = BookingRow.__table__.c
    columns = select(row.id, row.access_point_id, row.starts_at, row.ends_at, MemberRow.ref)
    is_open = (
        row.site_id == site_id,
        key_condition(BookingRow.id, keys),
        row.access_point_id.is_not(None),
        row.closed_at.is_(None),
    )
    people = columns.join(MemberRow, MemberRow.id == row.member_id)
    return {
        row.id: {
            "access_point": AccessPointId(row.access_point_id),
            "member": MemberRef(row.ref),
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
        }
        for row in db.execute(people.where(*is_open))
    }


FACTS = Contributor(
    rows=(FactKind(kind="booking", read=_bookings, value=Booking),),
    watches={BookingRow: at_its_site("booking")},
)
