"""The recipients of a session's change, as text: by e-mail, or to be called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.messages.recipients import Recipient, Unreachable
from controller.capabilities.training import notices
from controller.capabilities.training.messages import SessionCancelledMessage, SessionMovedMessage
from controller.capabilities.training.notices import Notice
from controller.capabilities.training.session_sheet import Sheet
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed
from webui.i18n import _, plural
from webui.i18n.dates import clock
from webui.training.session_text import format_when


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientLine:
    """A person to notify, and whether an e-mail reaches them."""

    member_id: str
    name: str
    about: tuple[tuple[str, str], ...]
    """The subject of the notice and its address, if recipients have different subjects."""
    state: str
    icon: str
    phone: str
    """The phone number of somebody who must be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """The members whom a change affects: a sentence on those who get an e-mail, and a line for each
    of the others."""

    title: str
    summary: str
    to_call: tuple[RecipientLine, ...]
    written: tuple[RecipientLine, ...]
    asks_desk: bool
    """Whether the reader has to ask the desk for the numbers of those to call."""


def before_change(recipients: Sequence[Recipient], now: Utc, zone: ZoneInfo) -> NoticeView | None:
    """Return the members whom moving or cancelling a session would affect; None without any."""
    if not recipients:
        return None
    return notice_view(_("Who will be notified"), recipients, now, zone)


def last_notice(db: Session, sheet: Sheet, now: Utc, zone: ZoneInfo) -> NoticeView | None:
    """Return how those affected by the last change were notified, while the session is ahead.

    None for readers who don't run the session or may not see members.
    """
    if not _shows_notices(sheet, now):
        return None
    notice = notices.last_notice(db, sheet.session.id, actor=actor())
    return after_change(notice, now, zone) if notice is not None else None


def _shows_notices(sheet: Sheet, now: Utc) -> bool:
    may_read = sheet.may_run and is_allowed(Permission.MEMBERS_READ)
    return may_read and sheet.session.starts_at > now


def moved_up(db: Session, sheet: Sheet, now: Utc, zone: ZoneInfo) -> NoticeView | None:
    """Return how those who moved up from the waiting list were notified, while the session is
    ahead."""
    if not _shows_notices(sheet, now):
        return None
    recipients = notices.moved_up(db, sheet.session.id, actor=actor())
    title = _("Moved up from the waiting list: who is notified")
    return notice_view(title, recipients, now, zone) if recipients else None


def removed_text(recipients: Sequence[Recipient]) -> str:
    """Return the confirmation after somebody's withdrawal gave their place to others.

    `recipients`: those, if the reader may see them.
    """
    if not recipients:
        return _("Taken off the list. The place goes to whoever has waited longest.")
    names = ", ".join(one.name for one in recipients)
    text = _("Removed from the list. The place goes to %(name)s.", name=names)
    return text + to_call_text(recipients)


def to_call_text(recipients: Sequence[Recipient]) -> str:
    """Name, after another sentence, those whom no e-mail reaches."""
    names = [one.name for one in recipients if one.unreachable is not None]
    if not names:
        return ""
    return " " + _("To call, as no e-mail reaches them: %(names)s.", names=", ".join(names))


def after_change(notice: Notice, now: Utc, zone: ZoneInfo) -> NoticeView:
    """Return how those affected by a change were notified."""
    titles = {
        SessionCancelledMessage.WHAT: _("Session cancelled: who is notified"),
        SessionMovedMessage.WHAT: _("Session moved: who is notified"),
    }
    title = titles.get(notice.what, _("Session reinstated: who is notified"))
    return notice_view(title, notice.recipients, now, zone)


def notice_view(
    title: str,
    recipients: Sequence[Recipient],
    now: Utc,
    zone: ZoneInfo,
    about: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
    waiting: str = "",
) -> NoticeView:
    """Return the people to notify of a change, by e-mail or by phone, and why. `about`: by member,
    the subject of the notice; `waiting`: the text for an e-mail that is not sent yet."""
    about = about or {}
    waiting = waiting or _("e-mail not sent yet")
    to_call = [recipient for recipient in recipients if recipient.unreachable is not None]
    letters = len(recipients) - len(to_call)
    return NoticeView(
        title=title,
        summary=", ".join(
            (
                plural("%(n)s person by e-mail", "%(n)s people by e-mail", letters),
                plural("%(n)s to call", "%(n)s to call", len(to_call)),
            )
        ),
        to_call=tuple(_line(recipient, about, waiting, now, zone) for recipient in to_call),
        written=tuple(
            _line(recipient, about, waiting, now, zone)
            for recipient in recipients
            if recipient.unreachable is None
        ),
        asks_desk=bool(to_call) and not is_allowed(Permission.MEMBERS_WRITE),
    )


def _line(
    recipient: Recipient,
    about: Mapping[str, tuple[tuple[str, str], ...]],
    waiting: str,
    now: Utc,
    zone: ZoneInfo,
) -> RecipientLine:
    state, icon = waiting, "clock"
    if recipient.unreachable is not None:
        state, icon = _reasons()[recipient.unreachable], "triangle-alert"
    elif recipient.sent_at is not None:
        at = recipient.sent_at
        is_today = at.astimezone(zone).date() == now.astimezone(zone).date()
        time = clock(at, zone) if is_today else format_when(at, now, zone)
        state, icon = _("e-mail sent: %(time)s", time=time), "circle-check"
    return RecipientLine(
        member_id=recipient.member_id,
        name=recipient.name,
        about=about.get(recipient.member_id, ()),
        state=state,
        icon=icon,
        phone=recipient.phone or "",
    )


def _reasons() -> dict[Unreachable, str]:
    return {
        Unreachable.NO_ADDRESS: _("no e-mail address"),
        Unreachable.REFUSED: _("has unsubscribed from these e-mails"),
        Unreachable.NO_MAIL: _("this place sends no e-mail"),
        Unreachable.FAILED: _("the e-mail could not be sent"),
        Unreachable.NOT_WRITTEN: _("no e-mail was prepared"),
    }
