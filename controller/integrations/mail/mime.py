"""Converts a message to an e-mail (RFC 5322) with plain text and simple HTML."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

from controller.capabilities.messages.queue import DueMessage
from controller.domain.control_characters import as_line
from controller.domain.facts import Language
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.time import Utc
from controller.kernel.message import Invitation, Letter
from controller.settings import MailSettings

STOP = N_("Unsubscribe from these messages: %(what)s")
_TRANSFER_ENCODING = "quoted-printable"
_PAGE = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body style="font:16px/1.5 sans-serif;max-width:36em;margin:1em auto;padding:0 1em">'
    '<h1 style="font-size:1.25em">{title}</h1>{body}</body></html>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The sender's settings, and the base address of links."""

    settings: MailSettings
    public_url: str
    translator: Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Recipient, language and id; composing the same message again gives the same e-mail."""

    id: str
    to: str
    language: Language
    at: Utc
    place: str


def compose(due: DueMessage, envelope: Envelope) -> EmailMessage:
    """Return the e-mail for a message, with a link to stop such messages."""
    head = Heading(
        id=due.id, to=due.address, language=due.language, at=due.written_at, place=due.place
    )
    if due.stop_path is None:
        return message(due.letter, head, envelope)
    url = envelope.public_url + due.stop_path
    mail = message(due.letter, head, envelope, (envelope.translator.say(STOP, what=due.title), url))
    mail["List-Unsubscribe"] = f"<{url}/now>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    return mail


def message(
    letter: Letter, head: Heading, envelope: Envelope, stop: tuple[str, str] | None = None
) -> EmailMessage:
    """Return the e-mail; `stop` is the text and address of the unsubscribe page."""
    name, sender = parseaddr(envelope.settings.sender or "")
    mail = EmailMessage()
    mail["From"] = Address(as_line(name or head.place), addr_spec=sender)
    mail["To"] = Address(addr_spec=head.to)
    if envelope.settings.reply_to:
        mail["Reply-To"] = envelope.settings.reply_to
    mail["Subject"] = " ".join(as_line(letter.subject).split())
    mail["Date"] = format_datetime(head.at)
    mail["Message-ID"] = f"<{head.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents automatic absence replies
    mail.set_content(
        _plain_text(letter, head.place, envelope.public_url, stop), cte=_TRANSFER_ENCODING
    )
    html = _html(letter, head, envelope.public_url, stop)
    mail.add_alternative(html, subtype="html", cte=_TRANSFER_ENCODING)
    if letter.invitation is not None:
        place, at = head.place, head.at
        attach(mail, letter.invitation, place=place, sender=sender, at=at)
    mail["Content-Language"] = head.language.value
    return mail


def _plain_text(letter: Letter, place: str, url: str, stop: tuple[str, str] | None) -> str:
    blocks = [*letter.lines]
    blocks += [
        "\n".join([listing.title, *(f"- {_item(*item)}" for item in listing.items)])
        for listing in letter.lists
    ]
    if letter.link is not None:
        blocks.append(f"{letter.link.text}\n{url}{letter.link.path}")
    blocks += letter.after
    foot = [place] if stop is None else [place, f"{stop[0]}\n{stop[1]}"]
    return "\n\n".join([*blocks, "-- \n" + "\n".join(foot)]) + "\n"


def _html(letter: Letter, head: Heading, url: str, stop: tuple[str, str] | None) -> str:
    parts = [_paragraph(escape(line)) for line in letter.lines]
    for title, items in letter.lists:
        rows = "".join(f"<li>{_item(f'<b>{escape(a)}</b>', escape(b))}</li>" for a, b in items)
        parts.append(f'<h2 style="font-size:1em">{escape(title)}</h2><ul>{rows}</ul>')
    if letter.link is not None:
        text, path = letter.link
        parts.append(_paragraph(f'<a href="{escape(url + path)}">{escape(text)}</a>'))
    parts += [_paragraph(escape(paragraph)) for paragraph in letter.after]
    foot = escape(head.place)
    if stop is not None:
        foot += f'<br><a href="{escape(stop[1])}">{escape(stop[0])}</a>'
    parts.append(f'<p style="font-size:.85em;color:#555">{foot}</p>')
    title = escape(" ".join(letter.subject.split()))
    return _PAGE.format(lang=head.language.value, title=title, body="".join(parts))


def _item(text: str, detail: str) -> str:
    return f"{text} · {detail}" if detail else text


def _paragraph(inner: str) -> str:
    return f"<p>{inner}</p>"


# A message's calendar entry as an iTIP message (RFC 5546): one VEVENT, added or cancelled.

PRODUCT = "-//Loquet//Loquet//FR"
FILE_NAME = "loquet.ics"


def attach(mail: EmailMessage, invitation: Invitation, *, place: str, sender: str, at: Utc) -> None:
    """Attach the invitation to an e-mail that has its recipient; `at` is when it was written."""
    method = "CANCEL" if invitation.is_cancelled else "REQUEST"
    to = mail["To"].addresses[0].addr_spec
    data = _calendar(invitation, method, place=place, sender=sender, to=to, at=at)
    mail.add_attachment(
        data,
        maintype="text",
        subtype="calendar",
        filename=FILE_NAME,
        params={"method": method, "charset": "utf-8"},
    )


def _calendar(
    invitation: Invitation, method: str, *, place: str, sender: str, to: str, at: Utc
) -> bytes:
    # imported only if an invitation is sent
    from icalendar import Calendar, Event, vCalAddress, vText

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", invitation.starts)
    event.add("dtend", invitation.ends)
    event.add("summary", invitation.title)
    event.add("location", place)
    event.add("status", "CANCELLED" if invitation.is_cancelled else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{sender}")
    organizer.params["cn"] = vText(place)
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{to}")
    attendee.params["partstat"] = vText("ACCEPTED")  # no answer is needed
    attendee.params["rsvp"] = vText("FALSE")
    event.add("attendee", attendee)
    calendar.add_component(event)
    return bytes(calendar.to_ical())
