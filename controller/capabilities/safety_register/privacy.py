"""Personal-data rules for the safety register, which the law requires for five years."""

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

_EMPTY_VALUES = {
    "account": GONE_REASON,
    "place": None,
    "member_id": None,
    "hurt": None,
    "injury": None,
    "done": None,
    "measures": None,
    "annulled_because": None,
}
"""The values of an entry's columns once its five years are over."""


def _is_named(_since: Utc) -> ColumnElement[bool]:
    """Return the condition that a member was hurt, so that they are not erased by age."""
    return exists().where(SafetyEntry.member_id == MemberRow.id)


def _empty_past_years(db: Session, scope: RetentionScope) -> int:
    """Empty the entries of past years, except for kind, time and place."""
    over = (SafetyEntry.site_id == scope.site_id, SafetyEntry.year < scope.before.year)
    ids = select(SafetyEntry.id).where(*over)
    deleted_count = count_changed(
        db, delete(SafetyAddition).where(SafetyAddition.entry_id.in_(ids))
    )
    deleted_count += count_changed(db, delete(SafetyReading).where(SafetyReading.entry_id.in_(ids)))
    emptied = (
        update(SafetyEntry).where(*over, SafetyEntry.account != GONE_REASON).values(**_EMPTY_VALUES)
    )
    return deleted_count + count_changed(db, emptied)


PERSONAL_DATA = (
    PersonalDataRule(
        SafetyEntry,
        Purpose.SAFETY,
        RetentionKind.REGISTER,
        ErasureKind.EMPTY,
        current=_is_named,
        retained_note=N_("Safety register: what happened, without names"),
        retention=Retention("safety register", _empty_past_years),
    ),
    PersonalDataRule(SafetyAddition, Purpose.SAFETY, RetentionKind.REGISTER),
    PersonalDataRule(SafetyReading, Purpose.SAFETY, RetentionKind.REGISTER),
)
