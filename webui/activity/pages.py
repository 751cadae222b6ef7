"""The *Catch up* page: list what happened, mark items as seen for the team, and undo that."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.activity import digest_mail, ticks
from controller.capabilities.activity.messages import ActivityTextRenderer
from controller.capabilities.activity.rows import list_activity
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, NotFound
from controller.policy import facts_of
from controller.settings import Settings, SettingsError
from webui.activity.strip import timeline
from webui.activity.views import FRIDAY, LAST, CatchUpPage, InvalidPeriod, page, period_start
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _, plural, translator
from webui.navigation import CATCH_UP, Nav
from webui.undo import done_with_undo, flash_done

_READ = Permission.EVENTS_READ
pages = Pages("activity", __name__)


@pages.get(
    "/since",
    _READ,
    nav=Nav(entry=CATCH_UP, text=CATCH_UP.text, also="since news nouvelles week semaine"),
)
def show() -> ResponseReturnValue:
    """Show the list since the chosen time."""
    asked = request.args.get("since", "")
    made = _page(asked)
    if "row" in request.args:
        return _back(asked, made.stands(request.args["row"], request.args.get("then", "")))
    return render_template("activity/activity.html", page=made), 422 if made.wrong else 200


@pages.post("/since/tick", _READ)
def tick() -> ResponseReturnValue:
    """Mark an item as seen, for the whole team."""
    key, asked, given = request.form.get("key", ""), request.form.get("since", ""), context()
    try:
        with given.database.write() as db:
            now = given.clock()
            since, _asked = _begin(db, asked, now)
            ticks.tick(db, site().id, key, since, actor=actor(), now=now)
    except (NotFound, InvalidPeriod):
        flash(
            _("This item is no longer here: it has been resolved, or the list has changed."),
            "wrong",
        )
        return _back(asked)
    done_with_undo(_("Marked as seen for the whole team."), "activity.untick", key=key, since=asked)
    return _back(asked, request.form.get("then", "") or key)


@pages.post("/since/untick", _READ)
def untick() -> ResponseReturnValue:
    """Mark an item as not seen."""
    key, asked = request.form.get("key", ""), request.form.get("since", "")
    with context().database.write() as db:
        ticks.untick(db, site().id, key, actor=actor())
    flash_done(_("Marked as not seen."))
    return _back(asked, key)


@pages.post("/since/all", _READ)
def tick_all() -> ResponseReturnValue:
    """Mark all items as seen; the next list begins here."""
    asked, given = request.form.get("since", ""), context()
    try:
        with given.database.write() as db:
            now = given.clock()
            since, _asked = _begin(db, asked, now)
            was = ticks.tick_all(db, site().id, since, actor=actor(), now=now)
    except InvalidPeriod:
        abort(400)
    text = plural("%(n)s item marked as seen.", "%(n)s items marked as seen.", was.open)
    done_with_undo(text, "activity.untick_all", at=now.text(), since=asked)
    return _back(asked)


@pages.post("/since/all/undo", _READ)
def untick_all() -> ResponseReturnValue:
    """Undo marking all items as seen."""
    try:
        at = Utc.parse(request.form.get("at", ""))
    except ValueError:
        abort(400)
    with context().database.write() as db:
        ticks.untick_all(db, site().id, at, actor=actor())
    flash_done(_("Marked as not seen."))
    return _back(request.form.get("since", ""))


@pages.post("/since/mail", _READ)
def mail() -> ResponseReturnValue:
    """Switch the daily e-mail with the list on or off."""
    wanted, given = request.form.get("wanted") == "yes", context()
    try:
        with given.database.write() as db:
            digest_mail.choose(db, site().id, wanted=wanted, actor=actor(), now=given.clock())
    except Conflict:
        flash(_("This account has no e-mail address: its login can be one."), "wrong")
    else:
        text = _("You will receive it every morning at 7, if there is something to see.")
        gone = _("You will no longer receive it by e-mail.")
        done_with_undo(text if wanted else gone, "activity.mail", wanted="no" if wanted else "yes")
    return _back(request.form.get("since", ""))


def _back(asked: str, key: str = "") -> ResponseReturnValue:
    """Redirect to the same list, at a row's button, so that the keyboard stays there."""
    anchor = f"t-{key[:12]}" if key else None
    return redirect(url_for("activity.show", since=asked or None, _anchor=anchor), 303)


def _begin(db: Session, asked: str, now: Utc) -> tuple[Utc, str]:
    """Return when the list begins, and which choice that is. Raises InvalidPeriod."""
    last = ticks.read_until(db, site().id, actor=actor())
    choice = asked or LAST
    return period_start(choice, last, now, ZoneInfo(site().time_zone)), choice


def _page(asked: str) -> CatchUpPage:
    given, here = context(), site()
    zone, now, wrong = ZoneInfo(here.time_zone), given.clock(), ""
    with given.database.read() as db:
        last = ticks.read_until(db, here.id, actor=actor())
        try:
            since, choice = _begin(db, asked, now)
        except InvalidPeriod:
            since, choice = _begin(db, "", now)
            wrong = _("Choose a time in the last six weeks.")
        found = list_activity(db, here.id, since, actor=actor(), now=now)
        to = digest_mail.address(db, actor=actor())
        mailed = to is not None and digest_mail.is_wanted(db, to)
        hours = facts_of.site_hours_and_zones(db, here.id, now)
    if choice == LAST and last is None:
        choice = FRIDAY
    typed = since.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    speaker = ActivityTextRenderer(translator(), here.time_zone, now)
    drawn = timeline(found, hours, speaker)
    shown = page(
        found,
        choice,
        typed,
        speaker,
        has_read=last is not None,
        is_backed_up=_is_backed_up(given.settings),
        wrong=wrong,
    )
    has_mail = given.settings.mail.is_on
    return replace(shown, address=to or "", mailed=mailed, has_mail=has_mail, strip=drawn)


def _is_backed_up(settings: Settings) -> bool:
    try:
        return backups.backup_settings(settings).is_on
    except SettingsError:  # its file cannot be read, so no backup is made either
        return False
