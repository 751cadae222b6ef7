"""How a holder stands with each certification that an access point asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from controller.domain.case import Case
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
class Asked:
    """One group of certifications of a requirement, and how the holder stands with it."""

    group: tuple[str, ...]
    standing: Standing
    ended: Utc | None = None
    """When expired: since when."""
    begins: Utc | None = None
    """When missing: from when a certification already given counts."""
    until: Utc | None = None
    """When held: until when; None is for good."""


def asked(case: Case) -> tuple[Asked, ...]:
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


def _judge(holder: Holder, group: tuple[str, ...], now: Utc) -> Asked:
    """The best standing among the group's certifications."""
    found = [held for held in holder.certifications if held.certification in group]
    standing = min((standing_of(held, now) for held in found), default=Standing.MISSING)
    best = [held for held in found if standing_of(held, now) is standing]
    return Asked(
        group,
        standing,
        ended=_latest(h.valid_until for h in best) if standing is Standing.EXPIRED else None,
        begins=min((h.valid_from for h in best if h.valid_from is not None), default=None)
        if standing is Standing.MISSING
        else None,
        until=_latest(h.valid_until for h in best) if standing <= Standing.ACCOMPANIED else None,
    )


def _latest(ends: Iterable[Utc | None]) -> Utc | None:
    """The last of the ends; None, which is never, is later than any."""
    known = list(ends)
    return max((end for end in known if end is not None), default=None) if all(known) else None
