"""*Can she use it?*: what `decide()` answers at each machine and door, and what is missing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from controller.capabilities.access.explain import Judged, told
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.domain.words.time import when
from webui.i18n import _, words
from webui.icons import machine_icon

NOT_NOW = frozenset(
    {
        DenyReason.POLICY_STALE,
        DenyReason.CLOCK_UNTRUSTED,
        DenyReason.OUTSIDE_PLAN_HOURS,
        DenyReason.SITE_CLOSED,
        DenyReason.OUT_OF_SERVICE,
        DenyReason.FAULT_LATCHED,
        DenyReason.SUPERVISOR_REQUIRED,
        DenyReason.COMPANY_REQUIRED,
        DenyReason.BOOKING_REQUIRED,
        DenyReason.BOOKED_BY_OTHER,
        DenyReason.IN_USE,
        DenyReason.ZONE_FULL,
        DenyReason.INTERLOCK_OPEN,
    }
)
"""Reasons that pass by themselves: the person has the right, only not at this moment."""
GIVEN_HERE = frozenset({DenyReason.CERTIFICATION_MISSING, DenyReason.DOCUMENT_MISSING})
_NAMED = GIVEN_HERE | {DenyReason.CERTIFICATION_EXPIRED, DenyReason.CERTIFICATION_SUSPENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CanRow:
    """A machine or door, and what else is to be said of it: until when, or why not now."""

    name: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """The next course session that would help: its id, and when it is in words."""

    session: str
    starts_at: Utc
    free: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is missing, for which machines and doors, and the ways on."""

    title: str
    rows: tuple[CanRow, ...]
    lines: tuple[str, ...] = ()
    certification: str = ""
    """What can be given on this page at once; empty: nothing, or not by this reader."""
    session: str = ""
    """The course session to enrol in; empty: none."""
    when: str = ""
    free: int | None = None
    restore: str = ""
    """The certification that is suspended, if this reader may restore it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """What she can use now, what she could at another moment, and what she can't yet."""

    yes: tuple[CanRow, ...]
    later: tuple[CanRow, ...]
    missing: tuple[Missing, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to use."""
        return not (self.yes or self.later or self.missing)


def can(
    judged: Sequence[Judged],
    names: Mapping[str, str],
    grantable: Collection[str],
    seats: Mapping[str, Seat],
    now: Utc,
    zone: str,
) -> Can:
    """Grouped; `names` of certifications, `seats` by certification, `grantable` by this reader."""
    ordered = sorted(judged, key=lambda e: (e.point.kind is not PointKind.DOOR, _name(e)))
    groups: dict[tuple[DenyReason, tuple[tuple[str, ...], ...]], list[Judged]] = {}
    for each in ordered:
        reason = each.decision.reason
        if reason is not None and reason not in NOT_NOW:
            groups.setdefault((reason, each.decision.detail.certifications), []).append(each)
    return Can(
        yes=_particular([_row(each) for each in ordered if each.decision.granted]),
        later=tuple(_row(each) for each in ordered if each.decision.reason in NOT_NOW),
        missing=tuple(
            _missing(reason, certifications, found, names, grantable, seats, now, zone)
            for (reason, certifications), found in groups.items()
        ),
    )


def _missing(
    reason: DenyReason,
    certifications: tuple[tuple[str, ...], ...],
    found: Sequence[Judged],
    names: Mapping[str, str],
    grantable: Collection[str],
    seats: Mapping[str, Seat],
    now: Utc,
    zone: str,
) -> Missing:
    text = told(found[0], words())
    keys = [key for group in certifications for key in group]
    title = ", ".join(_either(group, names) for group in certifications)
    suspended = reason is DenyReason.CERTIFICATION_SUSPENDED
    if reason is DenyReason.CERTIFICATION_EXPIRED:
        title = _("%(name)s, à renouveler", name=title)
    elif suspended:
        title = _("%(name)s, suspendue", name=title)
    no_badge = reason is DenyReason.CREDENTIAL_UNKNOWN
    if no_badge:
        title = _("Un badge")
    seat = next((seats[key] for key in keys if key in seats), None)
    may = [key for key in keys if key in grantable]
    return Missing(
        title=title if reason in _NAMED or no_badge else text.title,
        rows=tuple(CanRow(name=_name(each), icon=_icon(each)) for each in found),
        lines=() if reason in GIVEN_HERE or no_badge else text.lines,
        certification="" if suspended or reason not in _NAMED or not may else may[0],
        restore=may[0] if suspended and may else "",
        session=seat.session if seat and not suspended else "",
        when=when(seat.starts_at, now, zone, words()) if seat else "",
        free=seat.free if seat else None,
    )


def _particular(rows: Sequence[CanRow]) -> tuple[CanRow, ...]:
    """What is the same everywhere is said once, in the sentence above."""
    same = len(rows) > 1 and len({each.note for each in rows}) == 1
    return tuple(replace(each, note="") if same else each for each in rows)


def _either(group: Sequence[str], names: Mapping[str, str]) -> str:
    return _(" ou ").join(names.get(key, key) for key in group)


def _row(judged: Judged) -> CanRow:
    """Until when is said of the person, not of each; here what is particular to this one."""
    text, decision = told(judged, words()), judged.decision
    if decision.granted:
        note = text.lines[-1] if decision.notices else ""
    else:
        note = " ".join((f"{text.title}.", *text.lines[:1]))
    return CanRow(name=_name(judged), icon=_icon(judged), note=note)


def _name(judged: Judged) -> str:
    return judged.point.name.read(words().language) or judged.point.id


def _icon(judged: Judged) -> str:
    point = judged.point
    return "door-closed" if point.kind is PointKind.DOOR else machine_icon(point.icon)
