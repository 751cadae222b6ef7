"""A member's own bookings and course sessions as a calendar, at an address that is shown once."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.integrations.calendars import calendars
from controller.integrations.calendars.models import CalendarKind
from controller.integrations.calendars.shapes import NewCalendar
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.calendars.pages import SharedCalendar, revoke_calendar
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import relative
from webui.write_actions import SECRET

_OWN = Permission.OWN_WRITE
pages = Pages("own_calendar", __name__)


@pages.get("/mine/calendar", _OWN)
def show() -> str:
    """List the calendars in use, with a button that creates another."""
    web, zone, name = context(), site_zone(), _("My calendar")
    now = web.clock()
    with web.database.read() as db:
        calendars_in_use = calendars.own(db, actor=actor())
    lines = [
        SharedCalendar(id=calendar.id, name=name, made=relative(calendar.created_at, now, zone))
        for calendar in calendars_in_use
    ]
    return render_template("own_calendar/own.html", used=lines, is_somebody=actor().member_id)


@pages.post("/mine/calendar", _OWN)
def create() -> ResponseReturnValue:
    """Create a calendar and show its address once."""
    web, who = context(), actor()
    new = NewCalendar(kind=CalendarKind.OWN, member_id=who.member_id, site_id=site().id)
    base = web.settings.web.public_url
    try:
        with web.database.write() as db:
            new_calendar = calendars.create(db, new, base=base, actor=who, now=web.clock())
    except Invalid:  # the account is not a member's
        return redirect(url_for("own_calendar.show"), 303)
    return render_template("own_calendar/made.html", address=new_calendar.address), SECRET


@pages.post("/mine/calendar/<key>/revoke", _OWN)
def revoke(key: str) -> ResponseReturnValue:
    """Revoke a calendar: its address no longer works."""
    revoke_calendar(key)
    return redirect(url_for("own_calendar.show"), 303)
