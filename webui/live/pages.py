"""Live: what every machine and door of the place is doing, and what needs somebody."""

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.alarms import alarms
from controller.capabilities.live import board
from controller.kernel.actor import Permission
from controller.kernel.errors import NotFound
from webui.context import context
from webui.guard import actor, allowed, is_part, site
from webui.i18n import _
from webui.live.board import live_board
from webui.room import Nav, NavGroup, Pages
from webui.welcome import welcome

pages = Pages("live", __name__)


@pages.get(
    "/",
    Permission.LIVE_READ,
    nav=Nav(
        icon="activity",
        text=lambda: _("En direct"),
        short=lambda: _("Direct"),
        group=NavGroup.DAY,
        place=10,
    ),
    instead=welcome,
)
def show() -> ResponseReturnValue:
    """The whole page; only the board when htmx asks for it."""
    given = context()
    now = given.clock()
    with given.database.read() as db:
        found = board.board(db, site().id, actor=actor(), now=now)
    shown = live_board(found, now, may_take=allowed(Permission.COMMAND))
    return render_template("live/board.html" if is_part() else "live/live.html", board=shown)


@pages.post("/alarms/<alarm>/take", Permission.COMMAND)
def take(alarm: str) -> ResponseReturnValue:
    """I take it."""
    given = context()
    try:
        with given.database.write() as db:
            alarms.take(db, alarm, actor=actor(), now=given.clock())
    except NotFound:
        abort(404)
    return redirect(url_for("live.show"), 303)
