"""The iCalendar feed, for anybody who has a calendar's secret address."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from controller.integrations.calendars import calendars
from controller.integrations.calendars.feed import feed, icalendar
from webui.context import context
from webui.feature import Pages

pages = Pages("calendars", __name__)


@pages.get("/calendar/<secret>.ics", None)
def calendar(secret: str) -> ResponseReturnValue:
    """Return the calendar as iCalendar text; 304 if it is unchanged, 404 if unknown or revoked."""
    web = context()
    with web.database.read() as db:
        shared_calendar = calendars.find_by_secret(db, secret)
        if shared_calendar is None:
            abort(404)
        text = icalendar(feed(db, shared_calendar, web.clock()))
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)
