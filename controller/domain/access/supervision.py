"""Taps with an effect on others: supervision windows, certifying a trainee, admitting a guest."""

from dataclasses import dataclass
from datetime import timedelta

from controller.domain.access.case import Case
from controller.domain.access.certifications import (
    CertificationStatus,
    is_document,
    is_trainer,
    required_groups,
)
from controller.domain.access.checks_person import assurance, badge
from controller.domain.facts import (
    AccessPoint,
    Context,
    CredentialKind,
    Holder,
    MemberStatus,
    RecentTap,
    Site,
    Supervisor,
    Window,
)
from controller.domain.ids import MemberRef
from controller.domain.schedule import closes_at, local_midnight
from controller.domain.time import Utc

PAIR_S = 30.0
"""Longest time in seconds between the two taps of a pair."""

WINDOW_MAX_MIN = 240
"""Default duration in minutes for a zone that the site's facts do not contain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChange:
    """The effect of a supervisor's tap: it opened or closed `window`."""

    window: Window
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedAtMachine:
    """The certifications that a trainee gets, at level user, by tapping after a trainer."""

    trainer: MemberRef
    trainee: MemberRef
    certifications: tuple[str, ...]


def window_tap(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> WindowChange | None:
    """Return the supervision window that this tap opens or closes; None for an ordinary tap.

    A supervisor's tap at a point that requires a window opens one, until the supervisor's next tap
    there or for the zone's `window_max_min`. Such a tap starts no session. If another supervisor's
    window is open, or the supervisor uses the machine, the tap is an ordinary one.
    """
    if holder is None or context.assurance is None or point.zone is None:
        return None
    tap = RecentTap(holder=holder, assurance=context.assurance, age_s=0.0)
    if point.requirement.supervisor is not Supervisor.WINDOW or not _is_supervisor_tap(
        tap, point, now
    ):
        return None
    own_windows = [w for w in context.windows if w.supervisor == holder.member]
    open_own = open_window(tuple(own_windows), point.zone, now)
    if open_own is not None:
        return WindowChange(window=open_own, opened=False)
    if context.held_by == holder.member or open_window(context.windows, point.zone, now):
        return None
    zone = site.zones.get(point.zone)
    minutes = zone.window_max_min if zone is not None else WINDOW_MAX_MIN
    until = now + timedelta(minutes=minutes)
    window = Window(zone=point.zone, supervisor=holder.member, opened_at=now, until=until)
    return WindowChange(window=window, opened=True)


def open_window(
    windows: tuple[Window, ...], zone: str | None, now: Utc, *, other_than: MemberRef | None = None
) -> Window | None:
    """Return the zone's open window that lasts longest; None: there is none."""
    current = [
        w
        for w in windows
        if w.zone == zone and w.opened_at <= now < w.until and w.supervisor != other_than
    ]
    return max(current, key=lambda w: w.until, default=None)


def certify_tap(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> CertifiedAtMachine | None:
    """Return what the holder is certified for by tapping after a trainer (`context.recent`); None
    for an ordinary tap.

    Groups that are missing, expired or held as accompanied are granted at level user; suspended
    ones and documents are not. Call it after `decide()` denied access for lack of
    a certification or supervisor.
    """
    recent = context.recent
    if holder is None or recent is None or not is_credible(recent, point, now):
        return None
    case = Case(holder, point, site, now, context)
    if not _may_be_certified(case, recent.holder):
        return None
    granted = tuple(
        taught[0]
        for group in required_groups(case)
        if group.standing not in (CertificationStatus.HOLDS, CertificationStatus.SUSPENDED)
        and not is_document(case, group.group)
        if (taught := [id for id in group.group if is_trainer(recent.holder, id, now)])
    )
    if not granted:
        return None
    return CertifiedAtMachine(
        trainer=recent.holder.member, trainee=holder.member, certifications=granted
    )


def guest_tap(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> Utc | None:
    """Return until when a guest badge is admitted because a host has just tapped; None if it is
    not.

    That is until the site closes or, for a site that never closes, until midnight.
    """
    if holder is None or holder.kind is not CredentialKind.GUEST:
        return None
    if not has_host_tapped(Case(holder, point, site, now, context)):
        return None
    opening = site.schedules.get(site.opening) if site.opening is not None else None
    closing = closes_at(opening, site.time_zone, now) if opening is not None else None
    return closing or local_midnight(site.time_zone, now)


def is_credible(recent: RecentTap, point: AccessPoint, now: Utc) -> bool:
    """Return whether a recent tap, at most PAIR_S old, proves that its holder is a member in good
    standing.

    It must prove the required assurance, so a copied number of a supervisor's or trainer's card is
    useless.
    """
    holder = recent.holder
    return (
        0 <= recent.age_s <= PAIR_S
        and holder.kind is CredentialKind.MEMBER
        and holder.member_status is MemberStatus.ACTIVE
        and badge(holder, now) is None
        and assurance(holder, point, recent.assurance) is None
    )


def has_host_tapped(case: Case) -> bool:
    """Return whether a supervisor of the zone tapped just before this guest."""
    return _other_supervisor(case)


def is_start_supervised(case: Case) -> bool:
    """Return whether a supervisor of the zone taps, or another one tapped just before."""
    return case.point.zone in case.holder.supervises or _other_supervisor(case)


def _other_supervisor(case: Case) -> bool:
    recent = case.context.recent
    return (
        recent is not None
        and recent.holder.member != case.holder.member
        and _is_supervisor_tap(recent, case.point, case.now)
    )


def _is_supervisor_tap(tap: RecentTap, point: AccessPoint, now: Utc) -> bool:
    return point.zone in tap.holder.supervises and is_credible(tap, point, now)


def _may_be_certified(case: Case, trainer: Holder) -> bool:
    """Return whether the tap proves that its holder is a member in good standing, and not the
    trainer."""
    proved = case.context.assurance
    if proved is None or case.holder.member == trainer.member:
        return False
    return is_credible(
        RecentTap(holder=case.holder, assurance=proved, age_s=0), case.point, case.now
    )
