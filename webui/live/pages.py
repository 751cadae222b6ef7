"""Live: what every machine and door of the place is doing, and what needs somebody."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.alarms import alarms
from controller.capabilities.live import board
from controller.kernel.actor import Permission
from controller.kernel.errors import ServiceError
from webui.access import actor, allowed, require
from webui.context import context
from webui.i18n import _
from webui.live.board import live_board
from webui.live.views import Board

blueprint = Blueprint("live", __name__)


@blueprint.get("/")
@require(Permission.LIVE_READ)
def show() -> ResponseReturnValue:
    """The whole page."""
    return render_template("pages/live.html", board=_board())


@blueprint.get("/board")
@require(Permission.LIVE_READ)
def part() -> ResponseReturnValue:
    """Only the board, for the page's script."""
    return render_template("pages/_board.html", board=_board())


@blueprint.post("/alarms/<alarm>/take")
@require(Permission.COMMAND)
def take(alarm: str) -> ResponseReturnValue:
    """I take it."""
    given = context()
    try:
        with given.database.write() as db:
            alarms.take(db, alarm, actor=actor(), now=given.clock())
    except ServiceError:
        flash(_("Cette alarme n’est plus là."), "note")
    return redirect(url_for("live.show"), 303)


def _board() -> Board:
    given = context()
    now = given.clock()
    with given.database.read() as db:
        found = board.board(db, given.settings.site.id, actor=actor(), now=now)
    return live_board(found, now, may_take=allowed(Permission.COMMAND))
