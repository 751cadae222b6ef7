"""Bench: play with the demo's simulated readers, pins, meters and doors."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import demo_badges as badges
from controller.capabilities.journal import events
from controller.capabilities.live import board
from controller.domain.ids import parse_credential_id
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.access import PART, actor, require
from webui.bench.client import BenchAway, BenchClient, BenchRefused
from webui.bench.mcu import OP, PLUG, RESET, UNPLUG, mcu_of
from webui.bench.views import DENIED, ESTOP, GRANTED, REX, BenchPage, bench_page
from webui.context import context
from webui.i18n import _
from webui.live.board import live_board
from webui.paging import everything

LAST_TAP = timedelta(minutes=1)
DOOR_DEEDS = ("open", "hang", "force", "close")

blueprint = Blueprint("bench", __name__, url_prefix="/bench")


@blueprint.get("")
@require(Permission.RULES_WRITE)
def show() -> ResponseReturnValue:
    """The whole bench, or only its stations when the page asks for that part."""
    chosen, free = request.args.get("badge", ""), request.args.get("free", "").strip()
    page = _page()
    template = "pages/_stations.html" if PART in request.headers else "pages/bench.html"
    chosen = chosen or (page.near[0].value if page.near else "")
    return render_template(template, page=page, chosen=chosen, free=free)


@blueprint.post("/<point>/tap")
@require(Permission.RULES_WRITE)
def tap(point: str) -> ResponseReturnValue:
    """Hold a badge to a reader."""
    badge = request.form.get("badge", "").strip()
    try:
        parse_credential_id(badge)
    except ValueError:
        return _back(_("« %(badge)s » n’est pas un numéro de badge.", badge=badge))
    return _do("tap", reader=point, credential=badge)


@blueprint.post("/<point>/push")
@require(Permission.RULES_WRITE)
def push(point: str) -> ResponseReturnValue:
    """Push a button, an E-stop or a door, or start and end a job."""
    op, value = request.form.get("op", ""), request.form.get("value", "")
    if op == "job":
        return _do("job", machine=point, running=value == "start")
    if op == "door" and value in DOOR_DEEDS:
        return _do("door", door=point, do=value)
    if op == OP and value in (PLUG, UNPLUG, RESET):
        return _do(OP, bridge=mcu_of(point), do=value)
    if op == REX:
        return _with(lambda client: client.press_briefly(f"{point}/{REX}"))
    if op == ESTOP:
        return _do("press", contact=f"{point}/{ESTOP}", active=value == "press")
    return _back(_("Ce bouton n’existe pas ici."))


def _page() -> BenchPage:
    given, who = context(), actor()
    site, now = given.settings.site.id, given.clock()
    try:
        with BenchClient(_socket()) as client:
            state = client.do("state")
    except BenchAway:
        return BenchPage(stations=())
    with given.database.read() as db:
        found = board.board(db, site, actor=who, now=now)
        people = badges.badges(db, site, vault=given.vault, actor=who)
        since = events.Filter(since=Utc.of(now - LAST_TAP))
        recent = everything(lambda at: events.page(db, actor=who, filters=since, cursor=at))
    shown = live_board(found, now, may_take=False)
    last = {each.access_point: each for each in recent if each.type in (GRANTED, DENIED)}
    by_name = sorted((*shown.machines, *shown.doors), key=lambda each: each.name)
    return bench_page(by_name, state, people, {key: last[key] for key in last if key}, found.site)


def _do(op: str, **fields: object) -> ResponseReturnValue:
    return _with(lambda client: client.do(op, **fields))


def _with(deed: Callable[[BenchClient], object]) -> ResponseReturnValue:
    try:
        with BenchClient(_socket()) as client:
            deed(client)
    except (BenchAway, BenchRefused) as error:
        return _back(str(error))
    return _back()


def _socket() -> str:
    path = context().bench_socket
    if path is None:
        abort(404)
    return path


def _back(wrong: str = "") -> ResponseReturnValue:
    """To the bench again; the page's script is told no more than that it is done."""
    if PART in request.headers:
        return Response(wrong, 409 if wrong else 204, mimetype="text/plain")
    if wrong:
        flash(wrong, "wrong")
    chosen = request.form.get("badge", "")
    return redirect(url_for("bench.show", badge=chosen), 303)
