"""The notice about a badge that does not work, and what to do about it."""

from dataclasses import dataclass

from flask import redirect, request, url_for

from controller.capabilities.badges import credentials
from controller.capabilities.badges.credentials import BadgeStop
from controller.capabilities.badges.shapes import Credential
from controller.domain.access.decision import DenyReason
from controller.domain.facts import MemberStatus, SuspendedBecause
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, NotFound, ServiceError
from webui.badges.numbers import read_number
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _
from webui.i18n.dates import day, format_until, is_date
from webui.members.member_action import known_here, refusal
from webui.write_actions import EarlyAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeNotice:
    """The notice: a sentence, what to do, and an action if the reader of the page may do it."""

    text: str
    more: str
    """What to do."""
    works: bool = False
    """Whether the badge works: it is lent, and probably read because it comes back."""
    href: str = ""
    act: str = ""
    """Text of the button for the action; empty: there is none."""


def read_badge_notice(db: Session, member: str, key: str, now: Utc) -> BadgeNotice | None:
    """Return the notice about a badge of this person; None if it works and is not lent."""
    if not key:
        return None
    try:
        badge = credentials.get(db, key, actor=actor())
        stop = credentials.find_badge_stop(db, key, actor=actor(), now=now)
        holder = known_here(db, member)
    except NotFound:
        return None
    if badge.member_id != member:
        return None
    may = holder.site_id == site().id and is_allowed(Permission.CREDENTIALS_WRITE)
    if stop is not None:
        return _view(stop, may, holder.status is MemberStatus.LEFT, now)
    return _loan_notice(badge, may, now) if badge.lent else None


def why_not_given(error: ServiceError, member: str, *, at_desk: bool = False) -> str:
    """Return why the badge of the form was not given to this person.

    If it is their own, and does not work or is lent, EarlyAnswer shows the notice about it instead.
    """
    if not isinstance(error, Conflict):
        return refusal(error)
    web = context()
    with web.database.read() as db:
        number = read_number(request.form.get("value", ""))
        badge = credentials.find(db, number, vault=web.vault, actor=actor())
        if badge is not None and read_badge_notice(db, member, badge.id, web.clock()):
            record = url_for("member.show", member=member, shown=badge.id)
            desk = url_for("desk.show", person=member, shown=badge.id)
            raise EarlyAnswer(redirect(desk if at_desk else record, 303))
    return badge_in_use_text()


def badge_in_use_text() -> str:
    """Return the message for a badge that belongs to somebody already."""
    return _("This badge already belongs to somebody. Use another one, or return it first.")


def _loan_notice(badge: Credential, may: bool, now: Utc) -> BadgeNotice:
    text = _("This badge is lent.")
    if badge.valid_until is not None:
        until = format_until(badge.valid_until, now, site_zone())
        text = _("This badge is lent until %(time)s.", time=until)
        if is_date(until):
            text = _("This badge is lent until %(day)s.", day=until)
    more = _("If it comes back, record that it is returned.")
    if not may:
        return BadgeNotice(text=text, more="", works=True)
    back = url_for("badges.return_badge", member=badge.member_id, key=badge.id)
    return BadgeNotice(text=text, more=more, works=True, href=back, act=_("Returned"))


def _view(stop: BadgeStop, may: bool, has_left: bool, now: Utc) -> BadgeNotice:
    """Return the notice; a lent badge, or one of somebody who has left, is only taken back."""
    zone = site_zone()
    since = None if stop.since is None else day(stop.since, now, zone)
    text, more = _stop_texts(stop, since)
    works_later = stop.reason is DenyReason.CREDENTIAL_NOT_YET_VALID
    is_collected = has_left or (stop.badge.lent and not works_later)
    if is_collected:
        more = _("Collect the badge: it no longer works.")
    if not may:
        return BadgeNotice(text=text, more=more)
    key, member = stop.badge.id, stop.badge.member_id
    restore = url_for("badges.set_status", member=member, key=key, action="restore")
    back = url_for("badges.return_badge", member=member, key=key)
    if is_collected:
        return BadgeNotice(text=text, more=more, href=back, act=_("Returned"))
    href, act = {
        DenyReason.CREDENTIAL_LOST: (restore, _("Found again: restore it")),
        DenyReason.CREDENTIAL_SUSPENDED: (restore, _("Restore")),
        DenyReason.CREDENTIAL_EXPIRED: (back, _("Returned")),
    }.get(stop.reason, ("", ""))
    return BadgeNotice(text=text, more=more, href=href, act=act)


def _stop_texts(stop: BadgeStop, since: str | None) -> tuple[str, str]:
    """Return why the badge does not work, and what to do."""
    if stop.reason is DenyReason.CREDENTIAL_LOST:
        return (
            _("This badge was reported lost on %(day)s.", day=since)
            if since
            else _("This badge was reported lost."),
            _(
                "Keep the badge: it no longer works. If it has been found, restore it to give it "
                "back."
            ),
        )
    if stop.badge.suspended_because is SuspendedBecause.COPIED:
        return (
            _(
                "This badge was used at two places at once: it has been suspended since %(day)s.",
                day=since,
            )
            if since
            else _("This badge was used at two places at once: it is suspended."),
            _("Somebody has probably copied it. Replace it rather than restore it."),
        )
    if stop.reason is DenyReason.CREDENTIAL_SUSPENDED:
        return (
            _("This badge has been suspended since %(day)s.", day=since)
            if since
            else _("This badge is suspended."),
            _("The badge does not work until it is restored."),
        )
    if stop.reason is DenyReason.CREDENTIAL_NOT_YET_VALID:
        return (
            _("This badge only works from %(day)s.", day=since),
            _("Until then, it does not work."),
        )
    if stop.badge.lent:
        return (
            _("The loan of this badge ended on %(day)s.", day=since),
            _("Collect the badge: it no longer works."),
        )
    return (
        _("This badge ended on %(day)s.", day=since),
        _("The badge no longer works: collect it, and give another one."),
    )
