"""decide(): the only place that says yes."""

from controller.domain.decision import Decision, Detail, Notice, NoticeKind
from controller.domain.facts import AccessPoint, Context, Holder, Site
from controller.domain.reasons import DenyReason
from controller.domain.time import Utc

__all__ = ["Decision", "Detail", "Notice", "NoticeKind", "decide", "identify", "review"]


def decide(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> Decision:
    """Judge one tap. Total: with no facts the answer is no; the first reason that holds is given.

    `now` is the trusted time, or, on an untrusted clock, the last signed time plus time since.
    """
    raise NotImplementedError


def identify(
    holder: Holder | None, point: AccessPoint, now: Utc, context: Context
) -> DenyReason | None:
    """Why this tap does not prove that the holder is here; None when it does.

    Enough for a holder to leave her own session (`machine.BadgeOut`), whatever else is denied.
    """
    raise NotImplementedError


def review(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> DenyReason | None:
    """Why a session that runs is to be revoked now; None when it may go on.

    Judges rights only (badge, member, subscription, certifications, supervision window), not what
    is asked of a tap alone, nor hours and service, which have events of their own.
    """
    raise NotImplementedError
