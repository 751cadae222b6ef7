"""The plan: where machines and doors stand, drawn by managers as a draft and then published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.live import board, day, plan
from controller.capabilities.live.plan import Drawing
from controller.capabilities.live.reservations import find_reservations
from controller.capabilities.live.rooms import heads_inside
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, ServiceError, Stale
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site, site_zone
from webui.i18n import _, current, pgettext
from webui.i18n.dates import relative
from webui.icons import machine_icon
from webui.list_filter import natural_key, read
from webui.live.board import PAGE_SIZE as MACHINES_AT_ONCE
from webui.live.board import alarms_of
from webui.live.default_plan import default_drawing
from webui.live.facts import Head, plan_head
from webui.live.plan_view import PlanData, PlanPicture, plan_picture
from webui.live.point_list import is_shown, list_filters
from webui.live.tiles import name_of
from webui.navigation import LIVE, Nav
from webui.undo import done_with_undo, flash_done, refuse
from webui.write_actions import answer_errors, write_action

PAGE_SIZE = 60
"""Machines and doors on one page."""
KINDS = ("walls", "doors", "rooms", "machines")
"""The fields of the drawing's form, each with a line for every wall, door, room or machine."""
FIELDS = {
    "walls": ("x1", "y1", "x2", "y2"),
    "doors": ("x", "y", "turn", "point"),
    "rooms": ("zone", "x", "y"),
    "machines": ("point", "x", "y"),
}
"""The fields of a line, in order."""

pages = Pages("plan", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A machine, door or room that can be put on the plan."""

    kind: str
    id: str
    name: str
    icon: str = ""


@pages.get(
    "/plan",
    Permission.LIVE_READ,
    nav=Nav(
        entry=LIVE,
        icon="map",
        text=lambda: pgettext("floor", "Plan"),
        place=10,
        also="plan map carte floor étage",
    ),
)
def show() -> ResponseReturnValue:
    """Show the plan; for htmx only the part that changes."""
    web, who, site_id = context(), actor(), site().id
    now, list_filter = web.clock(), read(request.args)
    with web.database.read() as db:
        live_board = board.board(db, site_id, actor=who, now=now)
        published = plan.read_plan(db, site_id, actor=who).published
        data, head = _read_plan(db, live_board, now)
    listed = [tile for tile in live_board.tiles if is_shown(tile, list_filter)]
    listed.sort(key=lambda tile: (tile.point.zone or "", natural_key(name_of(tile))))
    page_tiles = list_filter.page(listed, PAGE_SIZE)
    every = len(page_tiles) == len(live_board.tiles)
    drawing = published or default_drawing(live_board.site, page_tiles, every_room=every)
    return render_template(
        "live/plan.html" if is_htmx_request() else "live/plan_page.html",
        plan=plan_picture(drawing, page_tiles, data),
        head=head,
        may_draw=is_allowed(Permission.RULES_WRITE),
        filters=list_filters(
            "plan.show", list_filter, live_board, matching=len(listed), shown=len(page_tiles)
        ),
        is_large=len(live_board.tiles) > MACHINES_AT_ONCE,
    )


def public_picture(db: Session, site_id: str, now: Utc, counts: Mapping[str, str]) -> PlanPicture:
    """Return the plan as strangers may see it, without names of people. Raises NotFound."""
    who = Actor.system("screen")
    live_board = board.board(db, site_id, actor=who, now=now)
    zone = ZoneInfo(live_board.site.time_zone)
    reservations = find_reservations(db, site_id, now, day.span(zone, now)[1], actor=who)
    drawing = plan.read_plan(db, site_id, actor=who).published
    stops = tuple(alarm for alarm in live_board.alarms if alarm.kind == "estop")
    data = PlanData(
        board=live_board,
        now=now,
        reservations=reservations,
        counts=counts,
        is_public=True,
        alarms=alarms_of(replace(live_board, alarms=stops), now, zone, may_take=False),
    )
    return plan_picture(
        drawing or default_drawing(live_board.site, live_board.tiles), live_board.tiles, data
    )


def _read_plan(db: Session, live_board: board.Board, now: Utc) -> tuple[PlanData, Head]:
    who, at, zone = actor(), live_board.site.id, ZoneInfo(live_board.site.time_zone)
    reservations = find_reservations(db, at, now, day.span(zone, now)[1], actor=who)
    heads = heads_inside(db, at, actor=who, now=now)
    alarms = alarms_of(live_board, now, zone, may_take=is_allowed(Permission.COMMAND))
    head = plan_head(live_board, heads, now, alarms)
    return PlanData(
        board=live_board, now=now, reservations=reservations, counts=head.counts, alarms=alarms
    ), head


@pages.get("/plan/draw", Permission.RULES_WRITE)
def draw() -> ResponseReturnValue:
    """Show the page on which the plan is drawn."""
    web, who, place = context(), actor(), site()
    now = web.clock()
    with web.database.read() as db:
        live_board = board.board(db, place.id, actor=who, now=now)
        stored_plan = plan.read_plan(db, place.id, actor=who)
    drawing = (
        stored_plan.draft
        or stored_plan.published
        or default_drawing(live_board.site, live_board.tiles)
    )
    zone, things = site_zone(), _placeable_things(live_board)
    return render_template(
        "live/plan_draw.html",
        lines={kind: _lines(drawing, kind) for kind in KINDS},
        things=things,
        draft_at=stored_plan.draft_at.text() if stored_plan.draft_at else "",
        names=json.dumps({thing.id: [thing.kind, thing.name, thing.icon] for thing in things}),
        saved=relative(stored_plan.draft_at, now, zone)
        if stored_plan.draft and stored_plan.draft_at
        else None,
        published=relative(stored_plan.published_at, now, zone)
        if stored_plan.published_at
        else None,
        has_draft=stored_plan.draft is not None,
    )


@pages.post("/plan/draft", Permission.RULES_WRITE)
def save() -> ResponseReturnValue:
    """Save the drawing as the draft; with scripts this happens after each change."""
    with write_action((Invalid, Stale), _render_not_saved) as (db, now):
        plan.save_draft(
            db, site().id, _read_drawing(), draft_at=_time("draft_at"), actor=actor(), now=now
        )
    if is_htmx_request():
        return _("draft saved"), {"Draft-At": now.text()}
    flash_done(_("Draft saved."))
    return redirect(url_for("plan.draw"), 303)


def _render_not_saved(error: ServiceError) -> ResponseReturnValue:
    """Say why the draft was not saved."""
    if isinstance(error, Invalid):
        text = _("Nothing was saved: see line “%(line)s”.", line=_first_invalid_line(error))
    else:
        text = _("Nothing was saved: somebody else has changed the draft. Reload the page.")
    if is_htmx_request():
        return text, 422 if isinstance(error, Invalid) else 409
    refuse(text)
    return redirect(url_for("plan.draw"), 303)


@pages.post("/plan/publish", Permission.RULES_WRITE)
def publish() -> ResponseReturnValue:
    """Publish the draft, or undo that."""
    is_undo = request.form.get("published") == "no"
    draw, show = (redirect(url_for(f"plan.{name}"), 303) for name in ("draw", "show"))
    refused = _("Nothing was published: there is no draft, or somebody has drawn meanwhile.")
    since = _("Nothing was published: somebody else has changed the draft. Look at it first.")
    if is_undo:
        since = _("The plan stays as it is: somebody has published another one since.")
    to = draw if is_undo else show
    with answer_errors(Stale, since, draw), write_action(Conflict, refused, to) as (db, now):
        if is_undo:
            published_at = _time("published_at")
            plan.take_back(db, site().id, published_at=published_at, actor=actor(), now=now)
        else:
            seen = _time("draft_at")
            plan.publish(db, site().id, draft_at=seen, actor=actor(), now=now)
    if is_undo:
        flash_done(_("The plan is as before, and yours is a draft again."))
    else:
        done_with_undo(
            _("Plan published."), "plan.publish", published="no", published_at=now.text()
        )
    return to


def _time(name: str) -> Utc | None:
    """Return the time in a field of the form, None if there is none."""
    try:
        return Utc.parse(request.form.get(name, ""))
    except ValueError:
        return None


def _placeable_things(live_board: board.Board) -> Sequence[Thing]:
    """Return all machines, doors and rooms, by name."""
    things = [
        Thing(kind="rooms", id=key, name=zone.name.read(current()) or key)
        for key, zone in live_board.site.zones.items()
    ]
    for tile in live_board.tiles:
        is_door = tile.point.kind is PointKind.DOOR
        kind, icon = ("doors", "") if is_door else ("machines", machine_icon(tile.point.icon))
        things.append(Thing(kind=kind, id=tile.point.id, name=name_of(tile), icon=icon))
    return sorted(things, key=lambda thing: natural_key(thing.name))


def _lines(drawing: Drawing, kind: str) -> str:
    """Return the walls, doors, rooms or machines of a drawing, each as a line of its form."""
    return "\n".join(
        " ".join(str(value) for name in FIELDS[kind] if (value := getattr(item, name)) is not None)
        for item in getattr(drawing, kind)
    )


def _read_drawing() -> dict[str, Any]:
    """Return the drawing of the form. Raises Invalid."""
    return {
        kind: [
            _parse_line(kind, number, line.split())
            for number, line in enumerate(request.form.get(kind, "").splitlines())
            if line.strip()
        ]
        for kind in KINDS
    }


def _parse_line(kind: str, number: int, words: list[str]) -> dict[str, Any]:
    names = FIELDS[kind]
    least = len(names) - (kind == "doors")
    if not least <= len(words) <= len(names):
        raise Invalid.of(f"{kind}.{number}", f"{' '.join(names)}")
    return {
        name: int(word) if word.isdecimal() and name not in ("zone", "point") else word
        for name, word in zip(names, words, strict=False)
    }


def _first_invalid_line(error: Invalid) -> str:
    kind, _dot, rest = error.errors[0].field.partition(".")
    number = rest.partition(".")[0]
    lines = [line for line in request.form.get(kind, "").splitlines() if line.strip()]
    is_known = number.isdecimal() and int(number) < len(lines)
    return lines[int(number)].strip()[:80] if is_known else kind
