"""Checks that do not depend on the moment: badge, membership, certifications."""

from controller.domain.access.case import Case, Denial, first_after
from controller.domain.access.certifications import (
    CertificationStatus,
    RequiredGroup,
    is_document,
    required_groups,
)
from controller.domain.access.decision import DenyReason, Detail
from controller.domain.facts import AccessPoint, Assurance, CredentialStatus, Holder, MemberStatus
from controller.domain.time import Utc

_STATUS_REASON = {
    CredentialStatus.LOST: DenyReason.CREDENTIAL_LOST,
    CredentialStatus.SUSPENDED: DenyReason.CREDENTIAL_SUSPENDED,
}
_CERTIFICATION_REASON = {
    CertificationStatus.MISSING: DenyReason.CERTIFICATION_MISSING,
    CertificationStatus.EXPIRED: DenyReason.CERTIFICATION_EXPIRED,
    CertificationStatus.SUSPENDED: DenyReason.CERTIFICATION_SUSPENDED,
}


def badge(holder: Holder, now: Utc) -> Denial | None:
    """Check that the badge is active and within its dates."""
    reason = _STATUS_REASON.get(holder.status)
    if reason is not None:
        return Denial(reason)
    if holder.valid_from is not None and now < holder.valid_from:
        detail = Detail(valid_from=holder.valid_from)
        return Denial(DenyReason.CREDENTIAL_NOT_YET_VALID, detail)
    if holder.valid_until is not None and now >= holder.valid_until:
        return Denial(DenyReason.CREDENTIAL_EXPIRED, Detail(expired_since=holder.valid_until))
    return None


def assurance(holder: Holder, point: AccessPoint, proved: Assurance | None) -> Denial | None:
    """Check that the tap proves the assurance that the point requires."""
    needed = holder.assurance
    if not needed.covers(point.requirement.assurance):
        needed = point.requirement.assurance
    if proved is not None and proved.covers(needed):
        return None
    return Denial(DenyReason.ASSURANCE_TOO_LOW, Detail(assurance=needed))


def membership(case: Case) -> Denial | None:
    """Check that the member is active: not suspended, and has not left."""
    if case.holder.member_status is MemberStatus.ACTIVE:
        return None
    return Denial(DenyReason.MEMBER_SUSPENDED)


def certifications(case: Case) -> Denial | None:
    """Check the certifications, then the documents, that the point requires."""
    lacking = [
        group for group in required_groups(case) if group.standing > CertificationStatus.ACCOMPANIED
    ]
    for standing in (
        CertificationStatus.MISSING,
        CertificationStatus.EXPIRED,
        CertificationStatus.SUSPENDED,
    ):
        groups = [
            group
            for group in lacking
            if group.standing is standing and not is_document(case, group.group)
        ]
        if groups:
            return Denial(_CERTIFICATION_REASON[standing], _certification_detail(case, groups))
    if lacking:
        return Denial(DenyReason.DOCUMENT_MISSING, _certification_detail(case, lacking))
    return None


def each_certification(case: Case) -> list[Denial]:
    """Return one denial per required group that the holder lacks, in the point's order."""
    return [
        Denial(
            DenyReason.DOCUMENT_MISSING
            if is_document(case, group.group)
            else _CERTIFICATION_REASON[group.standing],
            _certification_detail(case, [group]),
        )
        for group in required_groups(case)
        if group.standing > CertificationStatus.ACCOMPANIED
    ]


def _certification_detail(case: Case, groups: list[RequiredGroup]) -> Detail:
    """Describe the groups that are missing or expired: since when, and the next course session that
    would help."""
    certifications = case.site.certifications
    ids = [id for group in groups for id in group.group if id in certifications]
    return Detail(
        certifications=tuple(group.group for group in groups),
        expired_since=min(
            (group.ended for group in groups if group.ended is not None), default=None
        ),
        valid_from=first_after(case.now, *(group.begins for group in groups)),
        next_session=first_after(case.now, *(certifications[id].next_session for id in ids)),
    )
