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
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.domain.locale.catalogue import N_
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
from webui.alarms.views import alarm_texts as alarm_words
from webui.chat.kinds import OTHER, Kind, address, kinds
from webui.context import context
from webui.feature import Pages
from webui.guard import account, actor, is_allowed, site, site_zone
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, relative
from webui.integration import Health
from webui.limits import TryLimit
from webui.naming import read_label
from webui.reauthentication import too_many
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

TRIALS, WINDOW_S = 10, 600
"""How many tests an account may send within `WINDOW_S` seconds."""
MAX_URL_CHARACTERS = 1000

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
    error: str
    """The last error as text; empty: none."""
    is_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPage:
    """What the page shows: all targets, and the form for another."""

    rows: tuple[TargetLine, ...]
    has_mail: bool
    kinds: tuple[Kind, ...]
    kind: str
    """The chosen one."""
    typed: Mapping[str, str]


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
    summary = targets.summarise_targets(db, site_id)
    if not summary.count:
        return Health(look="off", word=_("Not used"))
    if summary.failing:
        text = plural(
            "%(n)s no longer receives alerts", "%(n)s no longer receive alerts", summary.failing
        )
        return Health(look="fault", word=_("Does not answer"), detail=text)
    text = plural("%(n)s person or chat room", "%(n)s people or chat rooms", summary.count)
    return Health(look="running", word=_("All alerts arrive"), detail=text)


@pages.get("/chat", MANAGE_MESSAGES)
def show() -> ResponseReturnValue:
    """List the targets with their state."""
    return _render_page()


@pages.post("/chat", MANAGE_MESSAGES, grave=N_("Send alerts to this address"))
def add() -> ResponseReturnValue:
    """Add a target for alerts."""
    web, form = context(), request.form
    name, kind = form.get("name", "").strip(), form.get("kind", OTHER)
    url, only_grave = address(kind, form)[:MAX_URL_CHARACTERS], form.get("wakes") != "all"
    with write_action(
        Invalid, lambda error: (_render_page(form, wrong=_field_errors(error, kind)), 422)
    ) as (db, now):
        new = parse({"name": name, "url": url, "only_grave": only_grave}, NewTarget)
        targets.add(
            db,
            site().id,
            new,
            seals=_sealer(),
            allow_private=web.settings.chat.allow_private,
            actor=actor(),
            now=now,
        )
    flash_done(_("Added. Send a test: it is the only way to know that alerts arrive."))
    return redirect(url_for("chat.show"), 303)


@pages.post("/chat/<key>/trial", MANAGE_MESSAGES)
def send_trial(key: str) -> ResponseReturnValue:
    """Send a test message; an error is shown with the target."""
    web, who = context(), account()
    limit = TryLimit("chat trial", TRIALS, WINDOW_S, web.live)
    if wait_s := limit.take(who.id if who else ""):
        return too_many(wait_s)
    with web.database.read() as db:
        service, url = targets.address(db, key, seals=_sealer(), actor=actor())
    result = _send_test(service, url)
    with web.database.write() as db:
        targets.record_try(db, key, result, now=web.clock())
    if result is None:
        flash_done(_("Sent. Check that it arrives."))
    return redirect(url_for("chat.show"), 303)


@pages.post("/chat/<key>/pause", MANAGE_MESSAGES)
def pause(key: str) -> ResponseReturnValue:
    """Stop sending alerts to a target, or start again."""
    paused = request.form.get("paused") == "yes"
    with context().database.write() as db:
        targets.pause(db, key, paused=paused, actor=actor(), now=context().clock())
    text = _("Alerts are no longer sent to it.") if paused else _("Alerts are sent to it again.")
    done_with_undo(text, "chat.pause", key=key, paused="no" if paused else "yes")
    return redirect(url_for("chat.show"), 303)


@pages.post("/chat/<key>/remove", MANAGE_MESSAGES)
def remove(key: str) -> ResponseReturnValue:
    """Delete a target with its address."""
    with context().database.write() as db:
        targets.remove(db, key, actor=actor(), now=context().clock())
    flash_done(_("Removed."))
    return redirect(url_for("chat.show"), 303)


@pages.get("/chat/alarms/<key>", Permission.LIVE_READ)
def alarm(key: str) -> ResponseReturnValue:
    """Show the alarm to which an alert links; the link contains nothing secret."""
    web = context()
    with web.database.read() as db:
        active_alarm = alarms.get(db, key, actor=actor())
        where = _alarm_place(db, active_alarm)
    title, todo = alarm_words(active_alarm.kind, web.database.house.alarms)
    page = AlarmPage(
        id=active_alarm.id,
        title=title,
        todo=todo,
        where=where,
        since=relative(active_alarm.raised_at, web.clock(), site_zone()),
        taken_by=short_login(active_alarm.taken_by) if active_alarm.taken_by else None,
        is_over=not active_alarm.active,
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


def _alarm_place(db: Session, raised: Alarm) -> str:
    """Return the name of the alarm's machine, door or agent."""
    row: AccessPointRow | AgentRow | None = None
    if raised.access_point:
        row = db.get(AccessPointRow, raised.access_point)
    elif raised.agent_id:
        row = db.get(AgentRow, raised.agent_id)
    return read_label(from_json(row.name, Label)) if row else raised.agent_id or ""


def _send_test(service: str, url: str) -> str | None:
    web = context()
    with web.database.read() as db:
        texts = translator(db, current())
    title = texts.say(TRIAL)
    if service == targets.MAIL:
        with web.database.write() as db:
            message = AlarmMessage(kind="trial", title=TRIAL, todo="", where={}, path="/chat")
            write.to_address(
                db,
                url.removeprefix("mailto:"),
                message,
                language=current(),
                site_id=site().id,
                key=f"trial {url} {web.clock().text()}"[:400],
                now=web.clock(),
            )
        return None
    try:
        place = read_label(site().name) or site().id
        allow_private = web.settings.chat.allow_private
        notifiers.send(url, f"{title} ({place})", title, allow_private=allow_private)
    except notifiers.NotSent as problem:
        return str(problem)
    return None


def _render_page(
    typed: Mapping[str, str] | None = None, *, wrong: dict[str, str] | None = None
) -> str:
    web, place = context(), site()
    now, zone = web.clock(), site_zone()
    with web.database.read() as db:
        site_targets = targets.of_site(db, place.id, actor=actor())
    has_mail, typed = web.settings.mail.is_on, typed or {}
    page = ChatPage(
        rows=tuple(_row(target, now, zone, has_mail=has_mail) for target in site_targets),
        has_mail=has_mail,
        kinds=kinds(),
        kind=typed.get("kind", "mail" if has_mail else "ntfy"),
        typed=typed,
    )
    return render_template("chat/chat.html", page=page, wrong=wrong or {})


def _row(target: Target, now: Utc, zone: ZoneInfo, *, has_mail: bool) -> TargetLine:
    state, icon = _state(target, has_mail=has_mail)
    service = target.service
    return TargetLine(
        id=target.id,
        name=target.name,
        service=next((kind.name for kind in kinds() if kind.key == service), service),
        wakes=_("for serious alarms") if target.only_grave else _("for all alarms"),
        state=state,
        icon=icon,
        told=relative(target.told_at, now, zone) if target.told_at else None,
        error=error_text(target.said or ""),
        is_paused=target.paused_at is not None,
    )


def _state(target: Target, *, has_mail: bool) -> tuple[str, str]:
    if target.paused_at is not None:
        return _("paused"), "bell-off"
    if target.service == targets.MAIL and not has_mail:
        return _("waiting for a mail server to be set up"), "clock"
    if target.failures:
        tries = plural(
            "does not arrive: %(n)s failed attempt",
            "does not arrive: %(n)s failed attempts in a row",
            target.failures,
        )
        return tries, "triangle-alert"
    if target.told_at is None:
        return _("never tested"), "circle-dashed"
    return _("arrives"), "circle-check"


def _field_errors(error: Invalid, kind: str) -> dict[str, str]:
    fields = {field_error.field: field_error.message for field_error in error.errors}
    texts = {}
    if "name" in fields:
        texts["name"] = _("Enter a name, on one line.")
    if fields.get("url") == "private":
        texts["url"] = _(
            "This address is on a private network. To allow it, set “allow_private = true” under "
            "[chat] in config.toml."
        )
    elif "url" in fields and kind != OTHER:
        texts["url"] = _("Copy it as it stands in the example.")
    elif "url" in fields:
        texts["url"] = _(
            "This kind of address is not supported. Use %(list)s, or mailto:somebody@example.org.",
            list=", ".join(sorted(notifiers.SERVICES)),
        )
    return texts


def _sealer() -> Sealer:
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


def error_text(message: str) -> str:
    """Return an error as a text in the page's language; unknown ones are quoted.

    Empty: no error.
    """
    if not message:
        return ""
    if match := _CODE.search(message):
        code = match[1]
        if code in _CODES:
            return _CODES[code](code)
        if code.startswith("5"):
            return _("The service is down (code %(n)s).", n=code)
        return _("The service refuses (code %(n)s).", n=code)
    for pattern, text in _RULES.items():
        if pattern.search(message.lower()):
            return text()
    return _("The service’s answer: “%(said)s”", said=message)
