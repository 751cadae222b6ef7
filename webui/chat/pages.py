"""Who gets alerts: each target with its state and a test button; and an alarm that can be taken."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarms import Alarm
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.messages import write
from controller.capabilities.messages.permissions import MESSAGES
from controller.domain.time import Utc
from controller.integrations.chat import notifiers, targets
from controller.integrations.chat.messages import TRIAL, AlarmMessage
from controller.integrations.chat.shapes import NewTarget, Target
from controller.kernel.actor import Permission
from controller.kernel.crypto import Sealer
from controller.kernel.database import Session
from controller.kernel.errors import Invalid
from controller.kernel.names import short_login
from controller.kernel.shapes import Label
from controller.kernel.translation import translator
from controller.kernel.validate import parse
from controller.policy.reading import from_json
from webui.acts import write_action
from webui.alarms.views import alarm_texts as alarm_words
from webui.context import context
from webui.feature import Pages
from webui.guard import account, actor, is_allowed, site
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, relative
from webui.integration import Health
from webui.limits import TryLimit
from webui.naming import read_label
from webui.reauthentication import too_many
from webui.undo import done_with_undo, flash_done

TRIALS, WINDOW_S = 10, 600
"""How many tests an account may send within `WINDOW_S` seconds."""
LONGEST = 1000

pages = Pages("chat", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """A target in the list."""

    id: str
    name: str
    service: str
    wakes: str
    """Which alarms it gets, as text."""
    state: str
    icon: str
    told: Moment | None
    """When the last alert was sent to it; None: never."""
    said: str
    """The last error as text; empty: none."""
    is_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPage:
    """What the page shows: all targets, and the form for another."""

    rows: tuple[TargetLine, ...]
    has_mail: bool
    name: str = ""
    url: str = ""
    only_grave: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    """An alarm, on the page to which an alert links."""

    id: str
    title: str
    todo: str
    where: str
    since: Moment
    taken_by: str | None
    is_over: bool
    may_take: bool


def health(db: Session, site_id: str, _now: Utc) -> Health:
    """Summarise the state of a site's targets."""
    found = targets.summarise_targets(db, site_id)
    if not found.count:
        return Health(look="off", word=_("Not used"))
    if found.failing:
        said = plural(
            "%(n)s no longer receives alerts", "%(n)s no longer receive alerts", found.failing
        )
        return Health(look="fault", word=_("Does not answer"), said=said)
    said = plural("%(n)s person or chat room", "%(n)s people or chat rooms", found.count)
    return Health(look="running", word=_("All alerts arrive"), said=said)


@pages.get("/chat", MESSAGES)
def show() -> ResponseReturnValue:
    """List the targets with their state."""
    return _page()


@pages.post("/chat", MESSAGES, grave=True)
def add() -> ResponseReturnValue:
    """Add a target for alerts."""
    given, form = context(), request.form
    name, url = form.get("name", "").strip(), form.get("url", "").strip()[:LONGEST]
    only_grave = form.get("wakes") != "all"
    with write_action(
        Invalid, lambda error: (_page(name, url, only_grave=only_grave, wrong=_why_not(error)), 422)
    ) as (db, now):
        new = parse({"name": name, "url": url, "only_grave": only_grave}, NewTarget)
        targets.add(
            db,
            site().id,
            new,
            seals=_seals(),
            allow_private=given.settings.chat.allow_private,
            actor=actor(),
            now=now,
        )
    flash_done(_("Added. Send a test: it is the only way to know that alerts arrive."))
    return redirect(url_for("chat.show"), 303)


@pages.post("/chat/<key>/trial", MESSAGES)
def send_trial(key: str) -> ResponseReturnValue:
    """Send a test message; an error is shown with the target."""
    given, who = context(), account()
    limit = TryLimit("chat trial", TRIALS, WINDOW_S, given.live)
    if wait_s := limit.take(who.id if who else ""):
        return too_many(wait_s)
    with given.database.read() as db:
        service, url = targets.address(db, key, seals=_seals(), actor=actor())
    said = _tell(service, url)
    with given.database.write() as db:
        targets.record_try(db, key, said, now=given.clock())
    if said is None:
        flash_done(_("Sent. Check that it arrives."))
    return redirect(url_for("chat.show"), 303)


@pages.post("/chat/<key>/pause", MESSAGES)
def pause(key: str) -> ResponseReturnValue:
    """Stop sending alerts to a target, or start again."""
    paused = request.form.get("paused") == "yes"
    with context().database.write() as db:
        targets.pause(db, key, paused=paused, actor=actor(), now=context().clock())
    text = _("Alerts are no longer sent to it.") if paused else _("Alerts are sent to it again.")
    done_with_undo(text, "chat.pause", key=key, paused="no" if paused else "yes")
    return redirect(url_for("chat.show"), 303)


@pages.post("/chat/<key>/remove", MESSAGES)
def remove(key: str) -> ResponseReturnValue:
    """Delete a target with its address."""
    with context().database.write() as db:
        targets.remove(db, key, actor=actor(), now=context().clock())
    flash_done(_("Removed."))
    return redirect(url_for("chat.show"), 303)


@pages.get("/chat/alarms/<key>", Permission.LIVE_READ)
def alarm(key: str) -> ResponseReturnValue:
    """Show the alarm to which an alert links; the link contains nothing secret."""
    given, at = context(), site()
    with given.database.read() as db:
        found = alarms.get(db, key, actor=actor())
        where = _where(db, found)
    title, todo = alarm_words(found.kind, given.database.house.alarms)
    page = AlarmPage(
        id=found.id,
        title=title,
        todo=todo,
        where=where,
        since=relative(found.raised_at, given.clock(), ZoneInfo(at.time_zone)),
        taken_by=short_login(found.taken_by) if found.taken_by else None,
        is_over=not found.active,
        may_take=is_allowed(Permission.COMMAND),
    )
    return render_template("chat/alarm.html", page=page)


@pages.post("/chat/alarms/<key>/take", Permission.COMMAND)
def take(key: str) -> ResponseReturnValue:
    """Take care of the alarm, from its page."""
    with context().database.write() as db:
        alarms.take(db, key, actor=actor(), now=context().clock())
    flash_done(_("You are taking care of it. The others can see that."))
    return redirect(url_for("chat.alarm", key=key), 303)


def _where(db: Session, found: Alarm) -> str:
    """Return the name of the alarm's machine, door or agent."""
    row: AccessPointRow | AgentRow | None = None
    if found.access_point:
        row = db.get(AccessPointRow, found.access_point)
    elif found.agent_id:
        row = db.get(AgentRow, found.agent_id)
    return read_label(from_json(row.name, Label)) if row else found.agent_id or ""


def _tell(service: str, url: str) -> str | None:
    given = context()
    with given.database.read() as db:
        said = translator(db, current())
    title = said.say(TRIAL)
    if service == targets.MAIL:
        with given.database.write() as db:
            message = AlarmMessage(kind="trial", title=TRIAL, todo="", where={}, path="/chat")
            write.to_address(
                db,
                url.removeprefix("mailto:"),
                message,
                language=current(),
                site_id=site().id,
                key=f"trial {url} {given.clock().text()}"[:400],
                now=given.clock(),
            )
        return None
    try:
        place = read_label(site().name) or site().id
        allow_private = given.settings.chat.allow_private
        notifiers.send(url, f"{title} ({place})", title, allow_private=allow_private)
    except notifiers.NotSent as problem:
        return str(problem)
    return None


def _page(
    name: str = "", url: str = "", *, only_grave: bool = True, wrong: dict[str, str] | None = None
) -> str:
    given, at = context(), site()
    now, zone = given.clock(), ZoneInfo(at.time_zone)
    with given.database.read() as db:
        found = targets.of_site(db, at.id, actor=actor())
    page = ChatPage(
        rows=tuple(_row(total, now, zone) for total in found),
        has_mail=given.settings.mail.is_on,
        name=name,
        url=url,
        only_grave=only_grave,
    )
    return render_template("chat/chat.html", page=page, wrong=wrong or {})


def _row(it: Target, now: Utc, zone: ZoneInfo) -> TargetLine:
    state, icon = _state(it)
    return TargetLine(
        id=it.id,
        name=it.name,
        service=_("e-mail") if it.service == targets.MAIL else it.service,
        wakes=_("for serious alarms") if it.only_grave else _("for all alarms"),
        state=state,
        icon=icon,
        told=relative(it.told_at, now, zone) if it.told_at else None,
        said=error_text(it.said or ""),
        is_paused=it.paused_at is not None,
    )


def _state(it: Target) -> tuple[str, str]:
    if it.paused_at is not None:
        return _("paused"), "bell-off"
    if it.failures:
        tries = plural(
            "does not arrive: %(n)s failed attempt",
            "does not arrive: %(n)s failed attempts in a row",
            it.failures,
        )
        return tries, "triangle-alert"
    if it.told_at is None:
        return _("never tested"), "circle-dashed"
    return _("arrives"), "circle-check"


def _why_not(error: Invalid) -> dict[str, str]:
    fields = {field_error.field: field_error.message for field_error in error.errors}
    texts = {}
    if "name" in fields:
        texts["name"] = _("Enter a name, on one line.")
    if fields.get("url") == "private":
        texts["url"] = _(
            "This address is on a private network. To allow it, set “allow_private = true” under "
            "[chat] in config.toml."
        )
    elif "url" in fields:
        texts["url"] = _(
            "This kind of address is not supported. Use %(list)s, or mailto:somebody@example.org.",
            list=", ".join(sorted(notifiers.SERVICES)),
        )
    return texts


def _seals() -> Sealer:
    return targets.sealer(context().secret)


# Translate errors of notifications: programs and services report them in English, each in its own
# words.

_CODE = re.compile(r"\b([45]\d\d)\b")
_RULES: Mapping[re.Pattern[str], Callable[[], str]] = {
    re.compile(r"private"): lambda: _("This address leads to a private network."),
    re.compile(r"looked up|not known|resolution"): lambda: _("This name was not found."),
    re.compile(r"refused"): lambda: _("Nothing answers at this address."),
    re.compile(r"took longer|timed out|timeout"): lambda: _("No answer in time."),
    re.compile(r"too long"): lambda: _("The answer is too long."),
    re.compile(r"certificate|ssl|tls"): lambda: _("The service’s certificate is not recognised."),
    re.compile(r"^not taken$"): lambda: _("The service refused it without giving a reason."),
}
_CODES: Mapping[str, Callable[[str], str]] = {
    "401": lambda n: _("The service refuses the token or the password (code %(n)s).", n=n),
    "403": lambda n: _("The service does not allow it for this token (code %(n)s).", n=n),
    "404": lambda n: _("The service does not know this address (code %(n)s).", n=n),
    "410": lambda n: _("The service no longer knows this address (code %(n)s).", n=n),
    "429": lambda n: _("Too many messages: the service asks to wait (code %(n)s).", n=n),
}


def error_text(said: str) -> str:
    """Return an error as a text in the page's language; unknown ones are quoted.

    Empty: no error.
    """
    if not said:
        return ""
    if found := _CODE.search(said):
        code = found[1]
        if code in _CODES:
            return _CODES[code](code)
        if code.startswith("5"):
            return _("The service is down (code %(n)s).", n=code)
        return _("The service refuses (code %(n)s).", n=code)
    for pattern, text in _RULES.items():
        if pattern.search(said.lower()):
            return text()
    return _("The service’s answer: “%(said)s”", said=said)
