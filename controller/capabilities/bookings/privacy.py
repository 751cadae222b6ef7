"""Personal-data rules for the tables of bookings."""

from sqlalchemy import ColumnElement, exists

from controller.capabilities.bookings.models import BookingRow, BookingTerms, WishRow
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)
from controller.policy.invalidation import INVALIDATED_BY_HAND


def _has_open_booking(_since: Utc) -> ColumnElement[bool]:
    return exists().where(BookingRow.member_id == MemberRow.id, BookingRow.closed_at.is_(None))


PERSONAL_DATA = (
    PersonalDataRule(
        BookingRow,
        Purpose.RIGHTS,
        RetentionKind.ACCESS,
        ErasureKind.DELETE,
        current=_has_open_booking,
        retention=Retention("bookings", deletion_step(BookingRow.closed_at, INVALIDATED_BY_HAND)),
    ),
    PersonalDataRule(WishRow, Purpose.RIGHTS, RetentionKind.SHIFT, ErasureKind.DELETE),
    PersonalDataRule(BookingTerms),
)
