"""Rules for the personal data in the tables of members."""

from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.members.models import (
    Maintainer,
    MemberRow,
    MemberSite,
    MemberSuspension,
    MemberWord,
    MergedMember,
    OrganisationMember,
    ProjectMember,
    Supervisor,
    WorksFor,
)
from controller.domain.facts import MemberStatus
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
)


def _on_duty(model: Any) -> ColumnElement[bool]:
    """Return the condition that a member has this duty and has not left.

    A duty counts as activity, so that the member is not erased for inactivity.
    """
    is_of_member: ColumnElement[bool] = model.member_id == MemberRow.id
    return exists().where(is_of_member, MemberRow.status != MemberStatus.LEFT)


def _superseded(db: Session, scope: RetentionScope) -> int:
    """Delete superseded choices of who pays for a member's use; sessions have their own copy."""
    later = aliased(WorksFor)
    newer = exists().where(
        later.member_id == WorksFor.member_id,
        later.since > WorksFor.since,
        later.since < scope.before,
    )
    members_of_site = select(MemberRow.id).where(MemberRow.site_id == scope.site_id)
    old = select(WorksFor.id).where(newer, WorksFor.member_id.in_(members_of_site))
    return count_changed(db, delete(WorksFor).where(WorksFor.id.in_(list(db.scalars(old)))))


_OF_MEMBER = (Purpose.RIGHTS, RetentionKind.MEMBER, ErasureKind.DELETE)

PERSONAL_DATA = (
    PersonalDataRule(MemberRow, *_OF_MEMBER),
    PersonalDataRule(MergedMember, *_OF_MEMBER),
    PersonalDataRule(MemberSite, *_OF_MEMBER),
    PersonalDataRule(MemberSuspension, *_OF_MEMBER, is_proof=True),
    PersonalDataRule(MemberWord, *_OF_MEMBER),
    PersonalDataRule(OrganisationMember, *_OF_MEMBER),
    PersonalDataRule(ProjectMember, *_OF_MEMBER),
    PersonalDataRule(
        WorksFor, *_OF_MEMBER, retention=Retention("works_for", _superseded, RetentionKind.ACCESS)
    ),
    PersonalDataRule(Maintainer, *_OF_MEMBER, current=lambda _since: _on_duty(Maintainer)),
    PersonalDataRule(Supervisor, *_OF_MEMBER, current=lambda _since: _on_duty(Supervisor)),
)
