"""Rules for the personal data in the safety register, which the law keeps for five years."""

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.safety_register.models import (
    SafetyAddition,
    SafetyEntry,
    SafetyReading,
)
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.privacy import (
    GONE_REASON,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
)

_LEFT = {
    "account": GONE_REASON,
    "place": None,
    "member_id": None,
    "hurt": None,
    "injury": None,
    "done": None,
    "measures": None,
    "annulled_because": None,
}
"""The values of an entry's columns once retention or five years have passed."""


def _is_named(_since: Utc) -> ColumnElement[bool]:
    """Return the condition that a member was hurt, so that they are not erased by age meanwhile."""
    return exists().where(SafetyEntry.member_id == MemberRow.id)


def _forget(db: Session, due: RetentionScope) -> int:
    """Empty the entries of years that are over: only what kind, when and where is kept."""
    over = (SafetyEntry.site_id == due.site_id, SafetyEntry.year < due.before.year)
    ids = select(SafetyEntry.id).where(*over)
    gone = count_changed(db, delete(SafetyAddition).where(SafetyAddition.entry_id.in_(ids)))
    gone += count_changed(db, delete(SafetyReading).where(SafetyReading.entry_id.in_(ids)))
    emptied = update(SafetyEntry).where(*over, SafetyEntry.account != GONE_REASON).values(**_LEFT)
    return gone + count_changed(db, emptied)


PERSONAL_DATA = (
    PersonalDataRule(
        SafetyEntry,
        Purpose.SAFETY,
        RetentionKind.REGISTER,
        ErasureKind.EMPTY,
        member="member_id",
        text="account place hurt injury done measures annulled_because",
        actor="written_by annulled_by",
        plain="id site_id year kind happened_at access_point_id zone_id written_at changed_at"
        " annulled_at row_version",
        current=_is_named,
        stays=N_("Safety register: what happened, without names"),
        retention=Retention("safety register", _forget),
    ),
    PersonalDataRule(
        SafetyAddition,
        Purpose.SAFETY,
        RetentionKind.REGISTER,
        text="text",
        actor="by",
        plain="id entry_id kind at",
    ),
    PersonalDataRule(
        SafetyReading, Purpose.SAFETY, RetentionKind.REGISTER, actor="by", plain="entry_id at"
    ),
)
