"""The holder's standing for each certification that an access point requires."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from controller.domain.access.case import Case
from controller.domain.facts import CertificationKind, Held, HeldStatus, Holder, Level
from controller.domain.time import Utc


class Standing(IntEnum):
    """Best first. Of several that would do, the best counts."""

    HOLDS = 0
    ACCOMPANIED = 1
    """Holds it at level accompanied: only in a supervision window."""
    EXPIRED = 2
    SUSPENDED = 3
    MISSING = 4


@dataclass(frozen=True, slots=True)
class RequiredGroup:
    """One group of certifications of a requirement, and how the holder stands with it."""

    group: tuple[str, ...]
    standing: Standing
    ended: Utc | None = None
    """If expired, since when."""
    begins: Utc | None = None
    """If missing, when a certification that was already given starts to count."""
    until: Utc | None = None
    """If held, until when; None: without end."""


def required_groups(case: Case) -> tuple[RequiredGroup, ...]:
    """Each group that the access point asks for, in order."""
    groups = case.point.requirement.certifications
    return tuple(_judge(case.holder, group, case.now) for group in groups)


def standing_of(held: Held, now: Utc) -> Standing:
    """How one held certification stands at that moment; its end is no longer within it."""
    if held.status is HeldStatus.SUSPENDED:
        return Standing.SUSPENDED
    if held.valid_from is not None and now < held.valid_from:
        return Standing.MISSING
    if held.valid_until is not None and now >= held.valid_until:
        return Standing.EXPIRED
    return Standing.ACCOMPANIED if held.level is Level.ACCOMPANIED else Standing.HOLDS


def is_trainer(holder: Holder, certification: str, now: Utc) -> bool:
    """Whether this person may now certify others for that very certification."""
    return any(
        held.certification == certification
        and held.level is Level.TRAINER
        and standing_of(held, now) is Standing.HOLDS
        for held in holder.certifications
    )


def is_document(case: Case, group: tuple[str, ...]) -> bool:
    """Whether a group asks for documents only, which no course gives."""
    kinds = [case.site.certifications[c].kind for c in group if c in case.site.certifications]
    return bool(kinds) and len(kinds) == len(group) and set(kinds) == {CertificationKind.DOCUMENT}


def _judge(holder: Holder, group: tuple[str, ...], now: Utc) -> RequiredGroup:
    """The best standing among the group's certifications."""
    stands = [(standing_of(h, now), h) for h in holder.certifications if h.certification in group]
    if not stands:
        return RequiredGroup(group, Standing.MISSING)
    standing = min(stand for stand, _ in stands)
    best = [held for stand, held in stands if stand is standing]
    if standing is Standing.MISSING:
        known = [held.valid_from for held in best if held.valid_from is not None]
        return RequiredGroup(group, standing, begins=min(known, default=None))
    if standing is Standing.EXPIRED:
        return RequiredGroup(group, standing, ended=_latest(held.valid_until for held in best))
    if standing is Standing.SUSPENDED:
        return RequiredGroup(group, standing)
    return RequiredGroup(group, standing, until=_latest(held.valid_until for held in best))


def _latest(ends: Iterable[Utc | None]) -> Utc | None:
    """The last of the ends; None, which is never, is later than any."""
    known = list(ends)
    return max((end for end in known if end is not None), default=None) if all(known) else None
