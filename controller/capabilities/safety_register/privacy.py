"""What the safety register holds of people: who was hurt, for the five years that law asks for."""

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


def _is_named(_since: Utc) -> ColumnElement[bool]:
    """Who was hurt stays known as long as the register must say so, unless they are erased."""
    return exists().where(SafetyEntry.member_id == MemberRow.id)


def _forget(db: Session, due: RetentionScope) -> int:
    """Of the years that are over, that it happened, when and where is left; the words go."""
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
