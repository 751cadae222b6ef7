"""The holder's standing for each certification that an access point requires."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from controller.domain.access.case import Case
from controller.domain.facts import CertificationKind, HeldCertification, HeldStatus, Holder, Level
from controller.domain.time import Utc


class CertificationStatus(IntEnum):
    """How a holder stands with a certification, best first: of several, the best one counts."""

    HOLDS = 0
    ACCOMPANIED = 1
    """Holds it at level *accompanied*, which counts only during a supervision window."""
    EXPIRED = 2
    SUSPENDED = 3
    MISSING = 4


@dataclass(frozen=True, slots=True)
class RequiredGroup:
    """A group of certifications, any one of which satisfies a requirement, and the holder's
    standing."""

    group: tuple[str, ...]
    standing: CertificationStatus
    ended: Utc | None = None
    """When it expired, if it has."""
    begins: Utc | None = None
    """If missing: when a certification that the holder already has becomes valid."""
    until: Utc | None = None
    """If held: when it ends; None: never."""


def required_groups(case: Case) -> tuple[RequiredGroup, ...]:
    """Return the holder's standing for each group that the access point requires, in order."""
    groups = case.point.requirement.certifications
    return tuple(_best_standing(case.holder, group, case.now) for group in groups)


def standing_of(certification: HeldCertification, now: Utc) -> CertificationStatus:
    """Return the standing of one held certification at a moment; at `valid_until` it is expired."""
    if certification.status is HeldStatus.SUSPENDED:
        return CertificationStatus.SUSPENDED
    if certification.valid_from is not None and now < certification.valid_from:
        return CertificationStatus.MISSING
    if certification.valid_until is not None and now >= certification.valid_until:
        return CertificationStatus.EXPIRED
    return (
        CertificationStatus.ACCOMPANIED
        if certification.level is Level.ACCOMPANIED
        else CertificationStatus.HOLDS
    )


def is_trainer(holder: Holder, certification: str, now: Utc) -> bool:
    """Return whether the holder may certify others for this certification now."""
    return any(
        holding.certification == certification
        and holding.level is Level.TRAINER
        and standing_of(holding, now) is CertificationStatus.HOLDS
        for holding in holder.certifications
    )


def is_document(case: Case, group: tuple[str, ...]) -> bool:
    """Return whether a group consists only of documents, which no course provides."""
    kinds = [case.site.certifications[c].kind for c in group if c in case.site.certifications]
    return bool(kinds) and len(kinds) == len(group) and set(kinds) == {CertificationKind.DOCUMENT}


def _best_standing(holder: Holder, group: tuple[str, ...], now: Utc) -> RequiredGroup:
    """Return the holder's best standing for the group."""
    standings = [
        (standing_of(h, now), h) for h in holder.certifications if h.certification in group
    ]
    if not standings:
        return RequiredGroup(group, CertificationStatus.MISSING)
    standing = min(one_standing for one_standing, _ in standings)
    best = [holding for one_standing, holding in standings if one_standing is standing]
    if standing is CertificationStatus.MISSING:
        starts = [holding.valid_from for holding in best if holding.valid_from is not None]
        return RequiredGroup(group, standing, begins=min(starts, default=None))
    if standing is CertificationStatus.EXPIRED:
        return RequiredGroup(
            group, standing, ended=_latest(holding.valid_until for holding in best)
        )
    if standing is CertificationStatus.SUSPENDED:
        return RequiredGroup(group, standing)
    return RequiredGroup(group, standing, until=_latest(holding.valid_until for holding in best))


def _latest(ends: Iterable[Utc | None]) -> Utc | None:
    """Return the latest end; None means that it never ends."""
    all_ends = list(ends)
    return (
        max((end for end in all_ends if end is not None), default=None) if all(all_ends) else None
    )
