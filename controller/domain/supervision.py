"""What two taps in a row mean: supervision windows, certifying at the machine, guests."""

from dataclasses import dataclass

from controller.domain.facts import AccessPoint, Assurance, Context, Holder, RecentTap, Site, Window
from controller.domain.ids import MemberRef
from controller.domain.time import Utc

PAIR_S = 30.0
"""The second tap of a pair counts within this time of the first, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChange:
    """What a supervisor's tap did: opened `window`, or closed it."""

    window: Window
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedAtMachine:
    """A trainer's tap, then a trainee's: the trainee now holds these, at level user."""

    trainer: MemberRef
    trainee: MemberRef
    certifications: tuple[str, ...]


def window_tap(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> WindowChange | None:
    """What a tap does to the supervision windows of the point's zone; None: an ordinary tap.

    A supervisor's tap at a point that asks for a window opens one, until her next tap there or
    the zone's `window_max_min`. Such a tap starts no session.
    """
    raise NotImplementedError


def open_window(
    windows: tuple[Window, ...], zone: str | None, now: Utc, *, other_than: MemberRef | None = None
) -> Window | None:
    """The window open on that zone now that lasts longest, or None."""
    raise NotImplementedError


def certify_tap(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> CertifiedAtMachine | None:
    """Whether this tap, after a trainer's (`context.recent`), certifies its holder at the machine.

    Ask when `decide()` denied with certification_missing or certification_expired.
    """
    raise NotImplementedError


def guest_tap(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> Utc | None:
    """Until when a guest badge is admitted by the host's tap just before it; None: not admitted.

    Until the site closes; a site that never closes: until midnight there.
    """
    raise NotImplementedError


def is_credible(recent: RecentTap, point: AccessPoint, now: Utc) -> bool:
    """Whether a recent tap proves a person of good standing, within PAIR_S."""
    raise NotImplementedError


__all__ = [
    "PAIR_S",
    "Assurance",
    "CertifiedAtMachine",
    "WindowChange",
    "certify_tap",
    "guest_tap",
    "is_credible",
    "open_window",
    "window_tap",
]
