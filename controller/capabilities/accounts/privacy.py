"""Personal-data rules for the tables of accounts."""

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    AuthenticatorRow,
    LinkedIdentity,
    MailedLinkRow,
    PasskeyRow,
    PrintedCodeRow,
    SecondFactorRule,
    SignInRow,
    StepRow,
    TokenRow,
)
from controller.capabilities.members.models import MemberRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
)

_TABLES_OF_ACCOUNT = (
    AccountRole,
    SignInRow,
    StepRow,
    AuthenticatorRow,
    PasskeyRow,
    PrintedCodeRow,
    MailedLinkRow,
    LinkedIdentity,
    TokenRow,
)


def _staff(_since: Utc) -> ColumnElement[bool]:
    return exists().where(
        AccountRow.member_id == MemberRow.id,
        AccountRow.disabled_at.is_(None),
        AccountRole.account_id == AccountRow.id,
        AccountRole.role != Role.MEMBER,
    )


def _refuse_staff(db: Session, erasing: ErasureInProgress) -> str | None:
    """Refuse to erase staff: the audit needs their names until their roles end."""
    person = erasing.person
    staff_members = select(MemberRow.id).where(MemberRow.id == person.id, _staff(erasing.now))
    if erasing.actor.member_id != person.id or db.scalar(staff_members) is None:
        return None
    return N_("You are a team member: an administrator must remove your roles first.")


def _close(db: Session, erasing: ErasureInProgress) -> int:
    """Close the accounts of the member. Raises Conflict for the last admin of a site."""
    of_member = AccountRow.member_id == erasing.person.id
    for account in db.scalars(select(AccountRow).where(of_member)).all():
        accounts.close(db, account, actor=erasing.actor, now=erasing.now)
    return 0


def _delete_closed(db: Session, scope: RetentionScope) -> int:
    """Delete accounts without a member that were closed long ago, with everything that belongs to
    them."""
    closed = (AccountRow.member_id.is_(None), AccountRow.disabled_at < scope.before)
    keys = list(db.scalars(select(AccountRow.id).where(*closed)))
    for model in _TABLES_OF_ACCOUNT:
        db.execute(delete(model).where(model.account_id.in_(keys)))
    return count_changed(db, delete(AccountRow).where(AccountRow.id.in_(keys)))


_MEMBER_RULE = (Purpose.ACCOUNTS, RetentionKind.MEMBER, ErasureKind.DELETE)

PERSONAL_DATA = (
    PersonalDataRule(
        AccountRow,
        *_MEMBER_RULE,
        current=_staff,
        erasure_blocker=_refuse_staff,
        at_erasure=_close,
        retention=Retention("accounts", _delete_closed, is_of_sites=False),
    ),
    PersonalDataRule(AccountRole, *_MEMBER_RULE),
    PersonalDataRule(SignInRow, *_MEMBER_RULE),
    PersonalDataRule(StepRow, *_MEMBER_RULE),
    PersonalDataRule(AuthenticatorRow, *_MEMBER_RULE),
    PersonalDataRule(PasskeyRow, *_MEMBER_RULE),
    PersonalDataRule(SecondFactorRule),
    PersonalDataRule(PrintedCodeRow, *_MEMBER_RULE),
    PersonalDataRule(MailedLinkRow, *_MEMBER_RULE),
    PersonalDataRule(LinkedIdentity, *_MEMBER_RULE),
    PersonalDataRule(TokenRow, *_MEMBER_RULE),
)
