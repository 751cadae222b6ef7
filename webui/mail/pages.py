"""The page *Messages*: the mail server's health, a test e-mail, the letters, and the sent
messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.messages import message_list
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.capabilities.messages.shapes import MessageSummary
from controller.capabilities.messages.stops import is_address
from controller.capabilities.messages.troubles import Trouble
from controller.domain.locale.catalogue import Translator
from controller.domain.time import Utc
from controller.integrations.mail import trial
from controller.integrations.mail.server import NotSent
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from controller.kernel.paging import Cursor
from controller.kernel.translation import translator
from webui.context import context
from webui.feature import Pages
from webui.guard import account, actor, is_allowed, site, site_zone
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, relative
from webui.integration import Health
from webui.limits import TryLimit
from webui.mail.letters import Letters, example, pieces, read_letters
from webui.naming import read_label
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState
from webui.reauthentication import too_many
from webui.request_transaction import request_transaction
from webui.undo import flash_done
from webui.write_actions import write_action

PAGE_SIZE = 12
"""Messages per page."""
MAX_UNSENT = 5
"""How many of the messages that did not go out stand beside the letters."""
MAX_ADDRESS_CHARACTERS = 254
"""Longest e-mail address that is read."""
TRIALS, WINDOW_S = 10, 600
"""How many trial e-mails an account may send within how many seconds."""

pages = Pages("mail", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message in the list."""

    id: str
    what: str
    """The title of its kind."""
    to: str
    at: Moment
    state: str
    icon: str
    why: str
    """The kind of delivery problem in words; empty: none."""
    error: str
    may_again: bool
    """Whether it was given up and may be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """The mail server's settings and the list of messages."""

    is_on: bool
    is_admin: bool
    """Whether the reader can set the server up."""
    server: str
    sender: str
    is_encrypted: bool
    waiting: int
    failed: int
    held_up: int
    """How many of the waiting messages have failed at least once."""
    last: Moment | None
    """When a message was last sent this month."""
    letters: Letters
    rows: tuple[Row, ...]
    given_up: tuple[Row, ...]
    """The last ones that did not go out."""
    only_failed: bool
    after: str | None
    """Cursor of this page of the list."""
    next: str | None
    """Cursor of the next page; None: this is the last one."""
    to: str
    wrong: str = ""
    """Why the trial failed; empty: it did not fail."""
    error: str = ""
    """What the server answered to the trial."""


def health(db: Session, site_id: str, _now: Utc) -> Health:
    """Return the state of mail: not set up, held up, or being sent."""
    mail = context().settings.mail
    if not mail.is_on:
        return Health(look="off", word=_("Not used"))
    where = f"{mail.host}:{mail.port}"
    if count := message_list.count_held_up(db, site_id):
        text = plural("%(n)s message waiting", "%(n)s messages waiting", count)
        return Health(look="fault", word=_("Messages are not sent"), detail=f"{where} · {text}")
    return Health(look="running", word=_("Messages are sent"), detail=where)


def card_state() -> CardState:
    """Return the card's text: whether messages are sent, and how many were given up."""
    if not context().settings.mail.is_on:
        return CardState(_("Not set up yet"), needs_act=True)
    with request_transaction() as db:
        _waiting, given_up = message_list.count_waiting_and_failed(db, site().id)
        state = health(db, site().id, context().clock())
    if given_up:
        text = plural("%(n)s message did not go out", "%(n)s messages did not go out", given_up)
        return CardState(text, needs_act=True)
    return CardState(state.detail if state.look == "fault" else state.word, state.look == "fault")


@pages.get(
    "/mail",
    MANAGE_MESSAGES,
    nav=Nav(
        entry=SETTINGS,
        icon="mail",
        text=lambda: _("Messages"),
        also="mail mails email e-mail courriel courriels messages",
        place=50,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the messages that were written, the latest first."""
    return _render_page(_own_address())


@pages.post("/mail/trial", MANAGE_MESSAGES)
def send_trial() -> ResponseReturnValue:
    """Send a test e-mail at once, and show the error if it fails."""
    to, web, who = request.form.get("to", "").strip()[:MAX_ADDRESS_CHARACTERS], context(), account()
    mail = web.settings.mail
    if not mail.is_on:
        return _render_page(to, _("No mail server is set in config.toml.")), 422
    if not is_address(to):
        return _render_page(to, _("Enter a valid e-mail address.")), 422
    limit = TryLimit("mail trial", TRIALS, WINDOW_S, web.live)
    if wait_s := limit.take(who.id if who else ""):
        return too_many(wait_s)
    with web.database.read() as db:
        texts = translator(db, current())
        letter = example(db, request.form.get("letter", ""), current(), web.clock())
    try:
        trial.send(
            mail,
            web.settings.web.public_url,
            to=to,
            translator=texts,
            language=current(),
            place=read_label(site().name) or site().id,
            now=web.clock(),
            example=letter,
        )
    except NotSent as problem:
        return _render_page(to, trouble_texts()[problem.trouble], problem.detail), 422
    flash_done(
        _("The server accepted the message for %(address)s. Check that it arrives.", address=to)
    )
    return redirect(url_for("mail.show", letter=request.form.get("letter")), 303)


@pages.post("/mail/<key>/again", MANAGE_MESSAGES)
def again(key: str) -> ResponseReturnValue:
    """Send a message again that was given up."""
    back = redirect(url_for("mail.show"), 303)
    with write_action(Conflict, _("This message has been sent, or is already waiting."), back) as (
        db,
        now,
    ):
        message_list.retry(db, key, actor=actor(), now=now)
    flash_done(_("The message is being sent again."))
    return back


def _render_page(to: str, wrong: str = "", server_answer: str = "") -> str:
    web, place = context(), site()
    now, zone, mail = web.clock(), site_zone(), web.settings.mail
    after, failed = request.args.get("after"), "failed" in request.args
    month = Utc.midnight(now.astimezone(zone).date().replace(day=1), zone)
    with web.database.read() as db:
        cursor, few = Cursor(after=after, limit=PAGE_SIZE), Cursor(limit=MAX_UNSENT)
        sent = message_list.page(db, place.id, actor=actor(), failed=failed, cursor=cursor)
        failed_messages = message_list.page(db, place.id, actor=actor(), failed=True, cursor=few)
        kinds = _kind_titles(translator(db, current()))
        waiting, failed_count = message_list.count_waiting_and_failed(db, place.id)
        held_up = message_list.count_held_up(db, place.id)
        counts, last = message_list.count_sent(db, place.id, month)
        letters = read_letters(db, counts, request.values.get("letter"), now)
    page = MailPage(
        is_on=mail.is_on,
        is_admin=is_allowed(Permission.ACCOUNTS_WRITE),
        server=f"{mail.host}:{mail.port}" if mail.is_on else "",
        sender=mail.sender or "",
        is_encrypted=mail.tls != "none",
        waiting=waiting,
        failed=failed_count,
        held_up=held_up,
        last=relative(last, now, zone) if last else None,
        letters=letters,
        given_up=tuple(_row(message, kinds, now, zone) for message in failed_messages.items),
        rows=tuple(_row(message, kinds, now, zone) for message in sent.items),
        only_failed=failed,
        after=after,
        next=sent.next,
        to=to,
        wrong=wrong,
        error=server_answer,
    )
    return render_template("mail/mail.html", page=page, pieces=pieces)


def _row(message: MessageSummary, kinds: Mapping[str, str], now: Utc, zone: ZoneInfo) -> Row:
    state, icon = _state(message)
    return Row(
        id=message.id,
        what=kinds.get(message.what, message.what),
        to=message.to,
        at=relative(message.written_at, now, zone),
        state=state,
        icon=icon,
        why=trouble_texts()[message.trouble] if message.trouble else "",
        error=message.said or "",
        may_again=message.sent_at is None and message.due_at is None,
    )


def _state(message: MessageSummary) -> tuple[str, str]:
    if message.sent_at is not None:
        return _("sent"), "circle-check"
    if message.due_at is None:
        return _("abandoned"), "triangle-alert"
    return (_("tried again"), "hourglass") if message.trouble else (_("waiting"), "clock")


def _kind_titles(texts: Translator) -> Mapping[str, str]:
    """Return the title of each kind of message, in the page's language."""
    titles = context().database.house.messages.titles
    return {what: texts.say(title) for what, title in titles.items()}


def _own_address() -> str:
    who = account()
    return who.login if who and is_address(who.login) else ""


# What went wrong with a message and what to do about it, in plain words.


def trouble_texts() -> Mapping[Trouble, str]:
    """Return the explanation of each kind of delivery problem."""
    return {
        Trouble.DNS: _("The name of the mail server does not exist. Check “host”."),
        Trouble.REFUSED: _("Nothing answers at this address and port. Check “host” and “port”."),
        Trouble.TIMEOUT: _("The server does not answer. A firewall may block this port."),
        Trouble.TLS: _(
            "Encryption failed: the certificate is not the server’s, or “tls” is not the right "
            "setting."
        ),
        Trouble.LOGIN: _(
            "The server refuses the account or its password. Check “user” and the file "
            "“password_file”."
        ),
        Trouble.SENDER: _("The server does not send from this address. Check “sender”."),
        Trouble.LATER: _("The server refuses messages for now. Sending is retried automatically."),
        Trouble.RECIPIENT: _("This address does not exist. Correct it on the person’s record."),
        Trouble.CONTENT: _("The server refuses this message, often because it takes it for spam."),
        Trouble.CUT: _("The connection was lost, or this is not a mail server."),
        Trouble.NO_ADDRESS: _("This person no longer has an e-mail address."),
        Trouble.STOPPED: _("This person has unsubscribed from these messages."),
        Trouble.TURNED_OFF: _("The place no longer sends these e-mails."),
        Trouble.WORDS: _("The message could not be composed: see the server’s log."),
        Trouble.UNKNOWN: _("Written by a newer version of Loquet."),
        Trouble.LATE: _("Too late: the message is out of date."),
    }
