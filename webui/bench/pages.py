"""The *Bench* page: use the demo's simulated readers, buttons, meters and doors."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import demo_badges as badges
from controller.capabilities.journal import events
from controller.capabilities.live import board
from controller.capabilities.machines import access_points
from controller.domain.ids import parse_credential_id
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.policy import facts_of
from webui.bench.hardware import Hardware, HardwareError
from webui.bench.views import (
    BRIDGE_OP,
    DENIED,
    GRANTED,
    PLUG,
    RESET,
    REX,
    UNPLUG,
    BenchPage,
    bench_page,
)
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_htmx_request, site
from webui.i18n import _
from webui.live.board import live_board
from webui.navigation import SETTINGS, Nav
from webui.paging import all_items
from webui.parts import CardState

LAST_TAP = timedelta(minutes=1)
"""How long the last tap is shown."""
PRESS_S = 0.3
"""How long a push-button is pressed, in seconds: longer than any debouncing."""
DAY_ACTIONS = ("pause", "go_on")
DOOR_ACTIONS = ("open", "hang", "force", "close")

pages = Pages("bench", __name__)


@pages.get(
    "/bench",
    Permission.RULES_WRITE,
    nav=Nav(
        entry=SETTINGS,
        icon="cable",
        text=lambda: _("Bench"),
        place=100,
        card=lambda: CardState(_("Simulated readers, buttons and meters")),
    ),
)
def show() -> ResponseReturnValue:
    """Show the whole bench; for htmx only its stations."""
    page = _page()
    if is_htmx_request():
        return render_template("bench/stations.html", page=page)
    near = page.near[0].value if page.near else ""
    chosen, free = request.args.get("badge") or near, request.args.get("free", "").strip()
    return render_template("bench/bench.html", page=page, chosen=chosen, free=free)


@pages.post("/bench/day", Permission.RULES_WRITE)
def day() -> ResponseReturnValue:
    """Pause or resume the day that a script plays."""
    do = request.form.get("do", "")
    if do not in DAY_ACTIONS:
        return _answer(_("There is no such button here."))
    return _send("day", do=do)


@pages.post("/bench/<point>/tap", Permission.RULES_WRITE)
def tap(point: str) -> ResponseReturnValue:
    """Hold a badge to a reader: the number that was typed, or else the chosen person's badge."""
    _check_point(point)
    badge = request.form.get("free", "").strip() or request.form.get("person", "")
    try:
        parse_credential_id(badge)
    except ValueError:
        return _answer(_("“%(badge)s” is not a badge number.", badge=badge))
    return _send("tap", reader=point, credential=badge)


@pages.post("/bench/<point>/push", Permission.RULES_WRITE)
def push(point: str) -> ResponseReturnValue:
    """Press a button or an E-stop, move a door, or start or end a job."""
    _check_point(point)
    op, value = request.form.get("op", ""), request.form.get("value", "")
    if op == "job":
        return _send("job", machine=point, running=value == "start")
    if op == "door" and value in DOOR_ACTIONS:
        return _send("door", door=point, do=value)
    if op == BRIDGE_OP and value in (PLUG, UNPLUG, RESET):
        return _send(BRIDGE_OP, bridge=f"{point}-mcu", do=value)
    if op == REX:
        return _use_hardware(lambda ask: _press_briefly(ask, f"{point}/{REX}"))
    if value in ("press", "release"):
        return _send("press", contact=f"{point}/{op}", active=value == "press")
    return _answer(_("There is no such button here."))


def _press_briefly(ask: Hardware, contact: str) -> None:
    ask("press", contact=contact, active=True)
    time.sleep(PRESS_S)
    ask("press", contact=contact, active=False)


def _page() -> BenchPage:
    web, who, own_site = context(), actor(), site()
    now = web.clock()
    try:
        state = _hardware()("state")
    except HardwareError:
        return BenchPage(stations=())
    with web.database.read() as db:
        read_board = board.board(db, own_site.id, actor=who, now=now)
        place = facts_of.site(db, own_site.id, now)
        people = badges.badges(db, own_site.id, vault=web.vault, actor=who)
        since = events.Filter(since=Utc.of(now - LAST_TAP))
        recent = all_items(lambda cursor: events.page(db, actor=who, filters=since, cursor=cursor))
    view = live_board(read_board, now, may_command=False)
    last = {event.access_point: event for event in recent if event.type in (GRANTED, DENIED)}
    by_name = [
        *sorted(view.machines, key=lambda machine: machine.name),
        *sorted(view.doors, key=lambda door: door.name),
    ]
    return bench_page(by_name, state, people, {key: last[key] for key in last if key}, place)


def _send(op: str, **fields: Any) -> ResponseReturnValue:
    return _use_hardware(lambda ask: ask(op, **fields))


def _use_hardware(operation: Callable[[Hardware], object]) -> ResponseReturnValue:
    try:
        operation(_hardware())
    except HardwareError as error:
        return _answer(str(error))
    return _answer()


def _check_point(point: str) -> None:
    """Check that the access point belongs to this page's site. Raises NotFound."""
    with context().database.read() as db:
        access_points.get(db, point, actor=actor())


def _hardware() -> Hardware:
    return context().hardware or abort(404)


def _answer(wrong: str = "") -> ResponseReturnValue:
    """Return the stations and an error, if any; without scripts, redirect to the page."""
    if is_htmx_request():
        return render_template("bench/done.html", page=_page(), wrong=wrong)
    if wrong:
        flash(wrong, "wrong")
    form = request.form
    back = url_for("bench.show", badge=form.get("person"), free=form.get("free"))
    return redirect(back, 303)
