"""What a person lacks, grouped by what is missing: for which machines and doors, and ways on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from controller.capabilities.access.explain import PointDecision, decision_text
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import PointKind
from controller.domain.locale.time import format_upcoming
from controller.domain.time import Utc
from webui.i18n import _, translator
from webui.icons import machine_icon

PLAN = frozenset({DenyReason.SUBSCRIPTION_MISSING, DenyReason.SUBSCRIPTION_EXPIRED})
BADGE = frozenset(
    {
        DenyReason.CREDENTIAL_UNKNOWN,
        DenyReason.CREDENTIAL_LOST,
        DenyReason.CREDENTIAL_SUSPENDED,
        DenyReason.CREDENTIAL_EXPIRED,
        DenyReason.CREDENTIAL_NOT_YET_VALID,
        DenyReason.ASSURANCE_TOO_LOW,
    }
)
CERTIFICATION = frozenset(
    {
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_EXPIRED,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
_WORTH_SAYING = {
    DenyReason.SUBSCRIPTION_MISSING: slice(0, 1),
    DenyReason.SUBSCRIPTION_EXPIRED: slice(0, 1),
    DenyReason.ASSURANCE_TOO_LOW: slice(0, 1),
    DenyReason.CREDENTIAL_EXPIRED: slice(0, 1),
    DenyReason.CREDENTIAL_NOT_YET_VALID: slice(0, 1),
    DenyReason.CERTIFICATION_EXPIRED: slice(1, 2),
}
"""Of the lines for whoever holds the badge those that title and buttons don't say already."""


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


class Width(StrEnum):
    """How much of the place asks for it."""

    EVERYTHING = "everything"
    MACHINES = "machines"
    SOME = "some"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingItem:
    """What is missing, for which machines and doors, and the ways on."""

    title: str
    rows: tuple[CanRow, ...]
    width: Width
    """Where it is wanted by more than some, rows are those alone that are named nowhere else."""
    lines: tuple[str, ...] = ()
    way: tuple[str, str] = ("", "")
    """What a button of this page says that mends it, and where on the page that is."""
    certification: str = ""
    """What can be given on this page at once; empty: nothing, or not by this reader."""
    document: bool = False
    """Whether it is signed or handed in, not learnt."""
    session: str = ""
    """The course session to enrol in; empty: none."""
    when: str = ""
    free: int | None = None
    restore: str = ""
    """The certification that is suspended, if this reader may restore it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What this reader can do about it here and now."""

    names: Mapping[str, str]
    """Names of certifications."""
    grantable: Collection[str]
    seats: Mapping[str, Seat]
    """Free places in sessions, by certification."""
    badge: bool
    plan: bool
    now: Utc
    zone: str


def missing_items(judged: Sequence[PointDecision], ways: Ways) -> tuple[MissingItem, ...]:
    """Missing items, those that concern the most access points first."""
    groups: dict[object, list[PointDecision]] = {}
    for verdict in judged:
        for lack in verdict.lacks:
            key = (lack.reason, lack.detail.certifications, lack.detail.assurance)
            groups.setdefault(key, []).append(verdict.of(lack))
    ordered = sorted(groups.values(), key=_order)
    wide = {_same(found[0].decision): _width(found, judged) for found in ordered}
    return tuple(_group(found, wide, ways) for found in ordered)


def lack_words(lack: PointDecision, names: Mapping[str, str]) -> str:
    """What is missing, by its name."""
    reason, detail = lack.decision.reason, lack.decision.detail
    if reason is DenyReason.CREDENTIAL_UNKNOWN:
        return _("A badge")
    if reason not in CERTIFICATION:
        return decision_text(lack, translator()).title
    name = ", ".join(_either(group, names) for group in detail.certifications)
    if reason is DenyReason.CERTIFICATION_SUSPENDED:
        return _("%(name)s, suspended", name=name)
    if detail.expired_since is not None:
        return _("%(name)s, to be renewed", name=name)
    return name


def way_of(reason: DenyReason | None) -> tuple[str, str]:
    """What mends it on the person's page: a button's words, and where it leads."""
    if reason in PLAN or reason is DenyReason.OUTSIDE_PLAN_HOURS:
        return _("Give a subscription"), "subscribe"
    if reason in BADGE:
        return _("Give a badge"), "enrol"
    return ("", "")


def name_of_point(judged: PointDecision) -> str:
    """In the current language."""
    return judged.point.name.read(translator().language) or judged.point.id


def icon_of_point(judged: PointDecision) -> str:
    """A door's, or the machine's own."""
    point = judged.point
    return "door-closed" if point.kind is PointKind.DOOR else machine_icon(point.icon)


def _order(found: Sequence[PointDecision]) -> tuple[bool, int, int]:
    reason = found[0].decision.reason
    place = list(DenyReason).index(reason) if reason else 0
    return (True, -len(found), place) if reason in CERTIFICATION else (False, place, 0)


def _same(lack: Decision) -> object:
    return lack.reason, lack.detail.certifications, lack.detail.assurance


def _width(found: Sequence[PointDecision], judged: Sequence[PointDecision]) -> Width:
    machines = [verdict for verdict in judged if verdict.point.kind is PointKind.MACHINE]
    if len(found) == len(judged) > 1:
        return Width.EVERYTHING
    lacking = [verdict for verdict in found if verdict.point.kind is PointKind.MACHINE]
    return Width.MACHINES if len(lacking) == len(machines) > 1 else Width.SOME


def _group(found: Sequence[PointDecision], wide: Mapping[object, Width], ways: Ways) -> MissingItem:
    """One thing that is missing, at these machines and doors."""
    width = wide[_same(found[0].decision)]
    lack, reason = found[0], found[0].decision.reason
    keys = [key for group in lack.decision.detail.certifications for key in group]
    suspended = reason is DenyReason.CERTIFICATION_SUSPENDED
    seat = next((ways.seats[key] for key in keys if key in ways.seats), None)
    if suspended:
        seat = None
    may = next((key for key in keys if key in ways.grantable), "")
    may_mend = (reason in PLAN and ways.plan) or (reason in BADGE and ways.badge)
    return MissingItem(
        title=lack_words(lack, ways.names),
        rows=tuple(_row(verdict) for verdict in found if _is_named(verdict, width)),
        width=width,
        lines=(
            *decision_text(_for_all(found), translator()).lines[_said(reason)],
            *_also(found, wide, ways),
        ),
        way=way_of(reason) if may_mend else ("", ""),
        certification="" if suspended else may,
        restore=may if suspended else "",
        document=reason is DenyReason.DOCUMENT_MISSING,
        session=seat.session if seat else "",
        when=format_upcoming(seat.starts_at, ways.now, ways.zone, translator()) if seat else "",
        free=seat.free if seat else None,
    )


def _row(lack: PointDecision) -> CanRow:
    note = "" if lack.point.in_service else _("also out of service")
    return CanRow(name=name_of_point(lack), icon=icon_of_point(lack), note=note)


def _said(reason: DenyReason | None) -> slice:
    return _WORTH_SAYING.get(reason, slice(0)) if reason else slice(0)


def _is_named(lack: PointDecision, width: Width) -> bool:
    """Of what nearly everything asks for only those that want nothing more particular."""
    if width is Width.SOME:
        return True
    is_door = lack.point.kind is PointKind.DOOR
    if width is Width.MACHINES and is_door:
        return True
    return width is Width.EVERYTHING and lack.lacks[-1] == lack.decision


def _for_all(found: Sequence[PointDecision]) -> PointDecision:
    """One that says what would do at each of them: of plans those that open all."""
    first = found[0]
    plans = [verdict.decision.detail.plans for verdict in found]
    common = tuple(key for key in plans[0] if all(key in plan for plan in plans))
    detail = replace(first.decision.detail, plans=common)
    return first.of(replace(first.decision, detail=detail))


def _also(
    found: Sequence[PointDecision], wide: Mapping[object, Width], ways: Ways
) -> Iterable[str]:
    """Which of them will want something else that is as particular."""
    if wide[_same(found[0].decision)] is not Width.SOME:
        return
    wanting: dict[str, list[str]] = {}
    for verdict in found:
        others = [
            lack_words(verdict.of(one), ways.names)
            for one in verdict.lacks
            if one != verdict.decision and wide[_same(one)] is Width.SOME
        ]
        if others:
            wanting.setdefault(", ".join(others), []).append(name_of_point(verdict))
    for titles, names in wanting.items():
        said = ", ".join(names)
        yield _("Also needed for %(names)s: %(titles)s.", names=said, titles=titles)


def _either(group: Sequence[str], names: Mapping[str, str]) -> str:
    return _(" or ").join(names.get(key, key) for key in group)
