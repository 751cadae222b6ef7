"""Missing rights of a member, with the machines and doors that require them, and the possible
actions."""

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

PLAN_REASONS = frozenset({DenyReason.SUBSCRIPTION_MISSING, DenyReason.SUBSCRIPTION_EXPIRED})
"""Reasons that a subscription would remove."""
BADGE_REASONS = frozenset(
    {
        DenyReason.CREDENTIAL_UNKNOWN,
        DenyReason.CREDENTIAL_LOST,
        DenyReason.CREDENTIAL_SUSPENDED,
        DenyReason.CREDENTIAL_EXPIRED,
        DenyReason.CREDENTIAL_NOT_YET_VALID,
        DenyReason.ASSURANCE_TOO_LOW,
    }
)
"""Reasons that a badge would remove."""
CERTIFICATION_REASONS = frozenset(
    {
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_EXPIRED,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
"""Reasons that a certification or document would remove."""
_WORTH_SAYING = {
    DenyReason.SUBSCRIPTION_MISSING: slice(0, 1),
    DenyReason.SUBSCRIPTION_EXPIRED: slice(0, 1),
    DenyReason.ASSURANCE_TOO_LOW: slice(0, 1),
    DenyReason.CREDENTIAL_EXPIRED: slice(0, 1),
    DenyReason.CREDENTIAL_NOT_YET_VALID: slice(0, 1),
    DenyReason.CERTIFICATION_EXPIRED: slice(1, 2),
}
"""Which lines of the reader's message are shown too, by reason: those that add something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanRow:
    """A machine or door with a note: until when it can be used, or why not now."""

    name: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """The next course session that grants a missing certification, and its free places (None: no
    limit)."""

    session: str
    starts_at: Utc
    free: int | None
    missing: tuple[str, ...] = ()
    """Certifications without which the member is not enrolled in it."""


class Scope(StrEnum):
    """How much of the site requires the missing item."""

    EVERYTHING = "everything"
    MACHINES = "machines"
    SOME = "some"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingItem:
    """Something that is missing, the machines and doors that require it, and the possible
    actions."""

    title: str
    rows: tuple[CanRow, ...]
    scope: Scope
    """Unless it is SOME, `rows` has only the access points that no other item names."""
    lines: tuple[str, ...] = ()
    way: tuple[str, str] = ("", "")
    """The label of the button that leads to the remedy, and its anchor on the page."""
    certification: str = ""
    """Id of the certification that the reader can give at once; empty: none."""
    document: bool = False
    """Whether it is a document, which is signed or handed in, not learnt."""
    session: str = ""
    """Id of the course session to enrol in; empty: none."""
    when: str = ""
    free: int | None = None
    """Free places in that session; None: no limit."""
    needed_first: str = ""
    """Names of the certifications required for enrolling in it; empty: none."""
    restore: str = ""
    """Id of the suspended certification that the reader may restore; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """What the reader of the page can give this member now."""

    names: Mapping[str, str]
    grantable: Collection[str]
    seats: Mapping[str, Seat]
    """The next course session of each certification."""
    badge: bool
    plan: bool
    now: Utc
    zone: str


def missing_items(decisions: Sequence[PointDecision], ways: Remedies) -> tuple[MissingItem, ...]:
    """Return the missing items: badge and plan first, then what concerns most access points."""
    groups: dict[object, list[PointDecision]] = {}
    for verdict in decisions:
        for lack in verdict.missing_rights:
            key = (lack.reason, lack.detail.certifications, lack.detail.assurance)
            groups.setdefault(key, []).append(verdict.with_decision(lack))
    ordered = sorted(groups.values(), key=_order)
    scopes = {_group_key(group[0].decision): _scope_of(group, decisions) for group in ordered}
    return tuple(_group(group, scopes, ways) for group in ordered)


def lack_words(lack: PointDecision, names: Mapping[str, str]) -> str:
    """Return the name of what is missing."""
    reason, detail = lack.decision.reason, lack.decision.detail
    if reason is DenyReason.CREDENTIAL_UNKNOWN:
        return _("A badge")
    if reason not in CERTIFICATION_REASONS:
        return decision_text(lack, translator()).title
    name = ", ".join(_either_text(group, names) for group in detail.certifications)
    if reason is DenyReason.CERTIFICATION_SUSPENDED:
        return _("%(name)s, suspended", name=name)
    if detail.expired_since is not None:
        return _("%(name)s, to be renewed", name=name)
    return name


def remedy(reason: DenyReason | None) -> tuple[str, str]:
    """Return the label and anchor of the button that resolves this; empty without one."""
    if reason in PLAN_REASONS or reason is DenyReason.OUTSIDE_PLAN_HOURS:
        return _("Give a subscription"), "subscribe"
    if reason in BADGE_REASONS:
        return _("Give a badge"), "enrol"
    return ("", "")


def name_of_point(decision: PointDecision) -> str:
    """Return the name of the machine or door in the current language."""
    return decision.point.name.read(translator().language) or decision.point.id


def icon_of_point(decision: PointDecision) -> str:
    """Return the icon of the machine, or that of a door."""
    point = decision.point
    return "door-closed" if point.kind is PointKind.DOOR else machine_icon(point.icon)


def _order(decisions: Sequence[PointDecision]) -> tuple[bool, int, int]:
    """Sort key of what is missing: by reason, then certifications that most points require."""
    reason = decisions[0].decision.reason
    place = list(DenyReason).index(reason) if reason else 0
    return (True, -len(decisions), place) if reason in CERTIFICATION_REASONS else (False, place, 0)


def _group_key(lack: Decision) -> object:
    return lack.reason, lack.detail.certifications, lack.detail.assurance


def _scope_of(decisions: Sequence[PointDecision], all_decisions: Sequence[PointDecision]) -> Scope:
    machines = [verdict for verdict in all_decisions if verdict.point.kind is PointKind.MACHINE]
    if len(decisions) == len(all_decisions) > 1:
        return Scope.EVERYTHING
    lacking = [verdict for verdict in decisions if verdict.point.kind is PointKind.MACHINE]
    return Scope.MACHINES if len(lacking) == len(machines) > 1 else Scope.SOME


def _group(
    decisions: Sequence[PointDecision], scopes: Mapping[object, Scope], ways: Remedies
) -> MissingItem:
    """Return the item for one reason, with the machines and doors that it closes."""
    scope = scopes[_group_key(decisions[0].decision)]
    lack, reason = decisions[0], decisions[0].decision.reason
    keys = [key for group in lack.decision.detail.certifications for key in group]
    suspended = reason is DenyReason.CERTIFICATION_SUSPENDED
    seat = next((ways.seats[key] for key in keys if key in ways.seats), None)
    if suspended:
        seat = None
    grantable = next((key for key in keys if key in ways.grantable), "")
    can_give = (reason in PLAN_REASONS and ways.plan) or (reason in BADGE_REASONS and ways.badge)
    return MissingItem(
        title=lack_words(lack, ways.names),
        rows=tuple(_row(verdict) for verdict in decisions if _is_named(verdict, scope)),
        scope=scope,
        lines=(
            *decision_text(_for_all(decisions), translator()).lines[_line_slice(reason)],
            *_also_texts(decisions, scopes, ways),
        ),
        way=remedy(reason) if can_give else ("", ""),
        certification="" if suspended else grantable,
        restore=grantable if suspended else "",
        document=reason is DenyReason.DOCUMENT_MISSING,
        session=seat.session if seat else "",
        when=format_upcoming(seat.starts_at, ways.now, ways.zone, translator()) if seat else "",
        free=seat.free if seat else None,
        needed_first=", ".join(ways.names.get(key, key) for key in seat.missing) if seat else "",
    )


def _row(lack: PointDecision) -> CanRow:
    note = "" if lack.point.in_service else _("also out of service")
    return CanRow(name=name_of_point(lack), icon=icon_of_point(lack), note=note)


def _line_slice(reason: DenyReason | None) -> slice:
    return _WORTH_SAYING.get(reason, slice(0)) if reason else slice(0)


def _is_named(lack: PointDecision, scope: Scope) -> bool:
    """Return whether the item names this access point.

    What nearly all access points require is named only where nothing else is missing.
    """
    if scope is Scope.SOME:
        return True
    is_door = lack.point.kind is PointKind.DOOR
    if scope is Scope.MACHINES and is_door:
        return True
    return scope is Scope.EVERYTHING and lack.missing_rights[-1] == lack.decision


def _for_all(decisions: Sequence[PointDecision]) -> PointDecision:
    """Return the decision with the plans that would do at all of these access points."""
    first = decisions[0]
    plans = [verdict.decision.detail.plans for verdict in decisions]
    common = tuple(key for key in plans[0] if all(key in plan for plan in plans))
    detail = replace(first.decision.detail, plans=common)
    return first.with_decision(replace(first.decision, detail=detail))


def _also_texts(
    decisions: Sequence[PointDecision], scopes: Mapping[object, Scope], ways: Remedies
) -> Iterable[str]:
    """Yield texts on further requirements of only some of these access points."""
    if scopes[_group_key(decisions[0].decision)] is not Scope.SOME:
        return
    points_by_need: dict[str, list[str]] = {}
    for verdict in decisions:
        others = [
            lack_words(verdict.with_decision(lack), ways.names)
            for lack in verdict.missing_rights
            if lack != verdict.decision and scopes[_group_key(lack)] is Scope.SOME
        ]
        if others:
            points_by_need.setdefault(", ".join(others), []).append(name_of_point(verdict))
    for titles, names in points_by_need.items():
        text = ", ".join(names)
        yield _("Also needed for %(names)s: %(titles)s.", names=text, titles=titles)


def _either_text(group: Sequence[str], names: Mapping[str, str]) -> str:
    return _(" or ").join(names.get(key, key) for key in group)
