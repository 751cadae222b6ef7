"""The *Catch up* page: list what happened, mark items as seen for the team, and undo that."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.activity import digest_mail, ticks
from controller.capabilities.activity.messages import ActivityTextRenderer
from controller.capabilities.activity.rows import list_activity
from controller.capabilities.alarms import alarms
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.policy import facts_of
from controller.settings import Settings, SettingsError
from webui.activity.strip import timeline
from webui.activity.views import (
    FRIDAY,
    LAST,
    CatchUpPage,
    InvalidPeriod,
    page,
    period_start,
    without_backups,
)
from webui.alarms.views import alarm_texts
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, plural, translator
from webui.live.board import ALARM_LIMIT
from webui.navigation import CATCH_UP, Nav
from webui.undo import done_with_undo, flash_done, moment_done

_READ = Permission.EVENTS_READ
pages = Pages("activity", __name__)


@pages.get(
    "/since",
    _READ,
    nav=Nav(entry=CATCH_UP, text=CATCH_UP.text, also="since news nouvelles week semaine"),
)
def show() -> ResponseReturnValue:
    """Show the list since the chosen time."""
    since_text = request.args.get("since", "")
    page = _page(since_text)
    if "row" in request.args:
        return _redirect_back(
            since_text, page.key_to_focus(request.args["row"], request.args.get("then", ""))
        )
    return render_template("activity/activity.html", page=page), 422 if page.wrong else 200


@pages.post("/since/tick", _READ)
def tick() -> ResponseReturnValue:
    """Mark an item as seen, for the whole team."""
    key, since_text, web = request.form.get("key", ""), request.form.get("since", ""), context()
    try:
        with web.database.write() as db:
            now = web.clock()
            since, _choice = _read_start(db, since_text, now)
            ticks.tick(db, site().id, key, since, actor=actor(), now=now)
    except (NotFound, InvalidPeriod):
        flash(
            _("This item is no longer here: it has been resolved, or the list has changed."),
            "wrong",
        )
        return _redirect_back(since_text)
    done_with_undo(
        _("Marked as seen for the whole team."), "activity.untick", key=key, since=since_text
    )
    return _redirect_back(since_text, request.form.get("then", "") or key)


@pages.post("/since/untick", _READ)
def untick() -> ResponseReturnValue:
    """Mark an item as not seen."""
    key, since_text = request.form.get("key", ""), request.form.get("since", "")
    with context().database.write() as db:
        ticks.untick(db, site().id, key, actor=actor())
    flash_done(_("Marked as not seen."))
    return _redirect_back(since_text, key)


@pages.post("/since/all", _READ)
def tick_all() -> ResponseReturnValue:
    """Mark all items as seen that the page showed; the next list begins where it ended."""
    since_text, web = request.form.get("since", ""), context()
    at, keys = moment_done(), set(request.form.getlist("key"))
    try:
        with web.database.write() as db:
            now = web.clock()
            since, _choice = _read_start(db, since_text, now)
            number = ticks.tick_all(db, site().id, keys, since, at=at, actor=actor(), now=now)
    except (InvalidPeriod, Invalid):
        abort(400)
    text = plural("%(n)s item marked as seen.", "%(n)s items marked as seen.", number)
    done_with_undo(text, "activity.untick_all", at=at.text(), since=since_text)
    return _redirect_back(since_text)


@pages.post("/since/all/undo", _READ)
def untick_all() -> ResponseReturnValue:
    """Undo marking all items as seen."""
    at = moment_done()
    with context().database.write() as db:
        ticks.untick_all(db, site().id, at, actor=actor())
    flash_done(_("Marked as not seen."))
    return _redirect_back(request.form.get("since", ""))


@pages.post("/since/mail", _READ)
def mail() -> ResponseReturnValue:
    """Switch the daily e-mail with the list on or off."""
    is_wanted, web = request.form.get("wanted") == "yes", context()
    try:
        with web.database.write() as db:
            digest_mail.choose(db, site().id, wanted=is_wanted, actor=actor(), now=web.clock())
    except Conflict:
        flash(_("This account has no e-mail address: its login can be one."), "wrong")
    else:
        text = _("You will receive it every morning at 7, if there is something to see.")
        stopped_text = _("You will no longer receive it by e-mail.")
        done_with_undo(
            text if is_wanted else stopped_text,
            "activity.mail",
            wanted="no" if is_wanted else "yes",
        )
    return _redirect_back(request.form.get("since", ""))


def _redirect_back(since_text: str, key: str = "") -> ResponseReturnValue:
    """Redirect to the same list, at a row's button, so that the keyboard stays there."""
    anchor = f"t-{key[:12]}" if key else None
    return redirect(url_for("activity.show", since=since_text or None, _anchor=anchor), 303)


def _read_start(db: Session, since_text: str, now: Utc) -> tuple[Utc, str]:
    """Return the start of the list, and the chosen period. Raises InvalidPeriod."""
    last = ticks.read_until(db, site().id, actor=actor())
    choice = since_text or LAST
    return period_start(choice, last, now, site_zone()), choice


def _page(since_text: str) -> CatchUpPage:
    web, place = context(), site()
    zone, now, wrong = ZoneInfo(place.time_zone), web.clock(), ""
    with web.database.read() as db:
        last = ticks.read_until(db, place.id, actor=actor())
        try:
            since, choice = _read_start(db, since_text, now)
        except InvalidPeriod:
            since, choice = _read_start(db, "", now)
            wrong = _("Choose a time in the last six weeks.")
        activity = list_activity(db, place.id, since, actor=actor(), now=now)
        if not _is_backed_up(web.settings):
            activity = without_backups(activity)
        address = digest_mail.address(db, actor=actor())
        mailed = address is not None and digest_mail.is_wanted(db, address)
        hours = facts_of.site_hours_and_zones(db, place.id, now)
        kinds = db.info["house"].alarms
        active = [
            alarm_texts(kind, kinds)[0] for kind in alarms.active_kinds(db, place.id, ALARM_LIMIT)
        ]
    if choice == LAST and last is None:
        choice = FRIDAY
    typed = since.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    renderer = ActivityTextRenderer(translator(), place.time_zone, now)
    strip = timeline(activity, hours, renderer)
    view = page(
        activity, choice, typed, renderer, has_read=last is not None, alarms=active, wrong=wrong
    )
    has_mail = web.settings.mail.is_on
    return replace(view, address=address or "", mailed=mailed, has_mail=has_mail, strip=strip)


def _is_backed_up(settings: Settings) -> bool:
    """Return whether this installation makes backups."""
    try:
        return backups.backup_settings(settings).is_on
    except SettingsError:  # its file cannot be read, so no backup is made either
        return False
