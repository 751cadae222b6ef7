"""The list of machines and doors, and the form that adds one."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.live import board
from controller.capabilities.machines import access_points, mistakes
from controller.capabilities.machines.kinds import Kind, from_kind, kinds
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import Maintenance, UpkeepState
from controller.capabilities.members import maintainers
from controller.capabilities.usage.weeks import hours_since
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, Stale
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site, site_zone
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import Zone, format_remaining
from webui.icons import machine_icon
from webui.list_filter import Filters, ListFilter, read
from webui.live.board import alarms_of, with_alarms
from webui.live.point_list import is_shown, list_filters, urgency_key
from webui.live.tiles import style_of, tile
from webui.live.views import Tile
from webui.machines import maintainer_pages, rule_words
from webui.machines.machine_presenter import (
    agent_names,
    certification_names,
    options,
    plan_names,
    zone_names,
)
from webui.machines.machine_view import risk_words
from webui.maintenance.maintenance_view import left_words
from webui.naming import read_label
from webui.navigation import MACHINES, Nav
from webui.paging import all_items
from webui.parts import Option
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

pages = Pages("machines", __name__)

RECENT = timedelta(days=30)
"""Period over which the list counts hours of use."""
PAGE_SIZE = 50
"""Machines and doors per page."""
_MOST_URGENT_FIRST = (UpkeepState.OVERDUE, UpkeepState.DUE, UpkeepState.SOON, UpkeepState.FINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLine:
    """One machine or door in the list, in words."""

    href: str
    tile: Tile
    zone: str
    rule: str
    used: str
    """Hours of use in the last 30 days; empty for a door."""
    care: str
    """The next maintenance, and when it is due."""
    care_late: bool
    unmaintained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinesPage:
    """The list's page: the site's machines and doors, after the filters."""

    machines: tuple[PointLine, ...]
    doors: tuple[PointLine, ...]
    usual: str
    """What most machines ask for, as words; the lines of machines leave it out."""
    facts: tuple[str, ...]
    """Figures on all machines and doors, regardless of the filters."""
    may_add: bool
    filters: Filters
    is_short: bool
    """Whether a name is enough to find one: rooms and states need no filter of their own."""
    refresh: str
    """Where this page of the list is read again, with the filters that then apply."""
    kinds: tuple[tuple[str, str, bool], ...]
    """Machines, doors or both: the word, the address, and whether these are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """A kind of machine or door, with the rules that a new one of it starts with."""

    value: str
    text: str
    icon: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """The form for a new machine or door."""

    kinds: tuple["KindChoice", ...]
    zones: tuple[Option, ...]
    agents: tuple[Option, ...]
    certifications: tuple[Option, ...]
    maintainers: tuple[Option, ...] = ()
    """The reader's own person, or nobody; empty for an account without a person at this site."""


@pages.get(
    "/machines",
    Permission.LIVE_READ,
    nav=Nav(
        entry=MACHINES,
        text=lambda: _("Machines"),
        also="machines doors portes equipment tools outils parc",
        short=lambda: pgettext("short", "Machines"),
    ),
)
def show() -> ResponseReturnValue:
    """Show the list: state, hours, next maintenance and rule of each, those that need attention
    first."""
    web, who, place = context(), actor(), site()
    now, zone = web.clock(), site_zone()
    kind = request.args.get("kind", "")
    with web.database.read() as db:
        page = _list(db, who, place.id, now, zone, read(request.args), kind)
    return render_template(
        "machines/lines.html" if is_htmx_request() else "machines/list.html", page=page
    )


@pages.get("/machines/new", Permission.RULES_WRITE)
def new() -> ResponseReturnValue:
    """Show the form for a new machine or door; the address may preselect its box."""
    typed = {"agent": request.args.get("agent", ""), "maintainer": actor().member_id or ""}
    return _form(typed, {})


@pages.post("/machines", Permission.RULES_WRITE)
def create() -> ResponseReturnValue:
    """Add a machine or door of the chosen kind; it opens nothing before it is commissioned."""
    typed = {key: text.strip() for key, text in request.form.items()}
    kind = next((kind for kind in kinds() if kind.id == typed.get("kind")), None)
    if kind is None:
        return _form(typed, {"kind": _("Choose a type.")}), 422
    with write_action(Invalid, lambda error: (_form(typed, _field_errors(error)), 422)) as (
        db,
        now,
    ):
        name = parse({site().language.value: typed.get("name", "")}, Label)
        new_point = create_of_kind(db, kind, name, typed, actor(), now)
        maintainer_pages.add_self_if_chosen(
            db, new_point.id, typed.get("maintainer", ""), actor(), now
        )
    text = _("Added. It stays out of service until it is commissioned.")
    done_with_undo(text, "machines.take_back", point=new_point.id, version=new_point.version)
    return redirect(url_for("machine.show", point=new_point.id), 303)


@pages.post("/machines/<point>/take-back", Permission.RULES_WRITE)
def take_back(point: str) -> ResponseReturnValue:
    """Remove a machine or door that was added by mistake, unless something refers to it already."""
    typed = request.form.get("version", "")
    version = int(typed) if typed.isdecimal() else -1
    with write_action(
        (Conflict, Stale),
        _("It has changed since, or is already in use: take it out of service instead."),
        redirect(url_for("machine.show", point=point), 303),
    ) as (db, now):
        mistakes.take_back(db, point, version=version, actor=actor(), now=now)
    flash_done(_("Removed, as if it had never been added."))
    return redirect(url_for("machines.show"), 303)


def create_of_kind(
    db: Session, kind: Kind, name: Label, typed: dict[str, str], who: Actor, now: Utc
) -> AccessPoint:
    """Create an access point of that kind with what was typed in the form. Raises Invalid."""
    key = unused_slug(db, AccessPointRow, read_label(name))
    point = from_kind(
        kind,
        key=key,
        site_id=site().id,
        name=name,
        zone_id=typed.get("zone") or None,
        agent_id=typed.get("agent") or None,
        certification=typed.get("certification") or None,
    )
    return access_points.create(db, point, actor=who, now=now)


def kind_options(only: PointKind | None = None) -> tuple[Option, ...]:
    """Return the kinds to choose from; `only` leaves those for machines or those for doors."""
    return tuple(
        Option(value=kind.id, text=read_label(kind.name))
        for kind in kinds()
        if only in (None, kind.kind)
    )


def _field_errors(error: Invalid) -> dict[str, str]:
    """Return the messages by form field; the services' field names differ from the form's."""
    form_fields = {"zone_id": "zone", "agent_id": "agent", "requirement": "certification"}
    fields = {
        form_fields.get(field_error.field.partition(".")[0], "name") for field_error in error.errors
    }
    gone_text = _("That no longer exists: choose another one.")
    name = _("Enter a name, on one line.")
    return {field: name if field == "name" else gone_text for field in fields}


def _choice(kind: Kind) -> KindChoice:
    """Return the kind with its initial rules in words."""
    opens = format_remaining(kind.door.pulse_s)
    is_door = kind.kind is PointKind.DOOR
    rules = [_("opens for %(time)s", time=opens) if is_door else risk_words()[kind.risk]]
    if kind.certified:
        rules.append(_("with a certification"))
    if kind.company > 1:
        rules.append(_("at least %(n)s people", n=kind.company))
    if not is_door:
        idle = format_remaining(kind.session.idle_timeout_s)
        rules.append(_("off after %(time)s without work", time=idle))
    if kind.session.cool_down_s:
        rules.append(_("cools for %(time)s", time=format_remaining(kind.session.cool_down_s)))
    return KindChoice(
        value=kind.id, text=read_label(kind.name), icon=machine_icon(kind.icon), rules=tuple(rules)
    )


def _form(typed: dict[str, str], wrong: dict[str, str]) -> str:
    web, who = context(), actor()
    with web.database.read() as db:
        page = NewPage(
            kinds=tuple(_choice(kind) for kind in kinds()),
            zones=(Option(value="", text=_("none")), *options(zone_names(db, who))),
            agents=(Option(value="", text=_("later")), *options(agent_names(db, who, web.clock()))),
            certifications=(
                Option(value="", text=pgettext("feminine", "none")),
                *options(certification_names(db, who)),
            ),
            maintainers=maintainer_pages.choices(db, who),
        )
    return render_template("machines/new.html", page=page, typed=typed, wrong=wrong)


def _list(
    db: Session, who: Actor, site_id: str, now: Utc, zone: Zone, list_filter: ListFilter, kind: str
) -> MachinesPage:
    live_board = board.board(db, site_id, actor=who, now=now)
    care, kept_by = (
        _most_urgent_maintenance(db, who, now),
        maintainers.of_points(db, _ids(live_board.tiles)),
    )
    selected = [point_tile for point_tile in live_board.tiles if is_shown(point_tile, list_filter)]
    selected = [point_tile for point_tile in selected if kind in ("", point_tile.point.kind)]
    urgent = [
        alarm for alarm in alarms_of(live_board, now, zone, may_take=False) if not alarm.can_wait
    ]
    alarming = {alarm.point for alarm in urgent}
    selected.sort(
        key=lambda point_tile: (
            point_tile.point.kind is PointKind.DOOR,
            point_tile.point.id not in alarming,
            urgency_key(point_tile),
        )
    )
    page_tiles = list_filter.page(selected, PAGE_SIZE)
    tiles = with_alarms(
        [tile(machine, live_board.kinds, now, live_board.site) for machine in page_tiles], urgent
    )
    tile_of = {machine.id: machine for machine in tiles}
    rooms, rule_names = zone_names(db, who), (certification_names(db, who), plan_names(db, who))
    rules = [machine.point.requirement for machine in _machines(live_board.tiles)]
    usual = rule_words.usual_rule(rules, *rule_names)
    hours = hours_since(db, site_id, (now - RECENT).astimezone(zone).date())

    def line(machine_tile: board.Tile) -> PointLine:
        point, due = machine_tile.point, care.get(machine_tile.point.id)
        is_door = point.kind is PointKind.DOOR
        worked = round(hours.get(point.id, 0.0))
        return PointLine(
            href=url_for("machine.show", point=point.id),
            tile=tile_of[point.id],
            zone=rooms.get(point.zone or "", ""),
            rule=rule_words.rule_text(
                point.requirement, *rule_names, rule_words.UsualRule() if is_door else usual
            ),
            used="" if is_door else _("%(n)s h in 30 days", n=worked),
            care=_due_text(due, now, zone),
            care_late=_is_late(due),
            unmaintained=not any(person.active for person in kept_by[point.id]),
        )

    return MachinesPage(
        machines=tuple(
            line(point_tile)
            for point_tile in page_tiles
            if point_tile.point.kind is PointKind.MACHINE
        ),
        doors=tuple(
            line(point_tile) for point_tile in page_tiles if point_tile.point.kind is PointKind.DOOR
        ),
        usual=usual.text,
        facts=_facts(live_board.tiles, care, kept_by, alarming),
        may_add=is_allowed(Permission.RULES_WRITE),
        filters=list_filters(
            "machines.show",
            list_filter,
            live_board,
            matching=len(selected),
            shown=len(page_tiles),
            kind=kind,
        ),
        is_short=len(live_board.tiles) <= PAGE_SIZE and not (list_filter.room or list_filter.state),
        refresh=url_for("machines.show", **_start(list_filter)),
        kinds=_kinds(live_board.tiles, list_filter, kind),
    )


def _ids(tiles: Sequence[board.Tile]) -> list[str]:
    return [point_tile.point.id for point_tile in tiles]


def _machines(tiles: Sequence[board.Tile]) -> list[board.Tile]:
    return [point_tile for point_tile in tiles if point_tile.point.kind is PointKind.MACHINE]


def _kinds(
    tiles: Sequence[board.Tile], list_filter: ListFilter, kind: str
) -> tuple[tuple[str, str, bool], ...]:
    """Return the filters by kind; empty if the site has only machines or only doors."""
    if len({point_tile.point.kind for point_tile in tiles}) < 2:
        return ()
    words = {
        "": pgettext("things", "All"),
        PointKind.MACHINE: _("Machines"),
        PointKind.DOOR: _("Doors"),
    }
    return tuple(
        (text, url_for("machines.show", **_filter_query(list_filter, key)), key == kind)
        for key, text in words.items()
    )


def _start(list_filter: ListFilter) -> dict[str, Any]:
    return {"from": list_filter.start} if list_filter.start else {}


def _filter_query(list_filter: ListFilter, kind: str) -> dict[str, Any]:
    return list_filter.parameters | ({"kind": kind} if kind else {})


def _is_late(due: Maintenance | None) -> bool:
    return due is not None and due.state in (UpkeepState.DUE, UpkeepState.OVERDUE)


def _facts(
    tiles: Sequence[board.Tile],
    care: Mapping[str, Maintenance],
    kept_by: Mapping[str, Sequence[maintainers.MaintainerSummary]],
    alarming: Container[str],
) -> tuple[str, ...]:
    """Return the figures on all machines and doors, also on those that the filters hide."""
    machines = _machines(tiles)
    looks = ["fault" if machine.point.id in alarming else style_of(machine) for machine in machines]
    texts: list[Any] = [_("%(n)s running", n=looks.count("running"))]
    if out := looks.count("out") + looks.count("fault"):
        texts.append(_("%(n)s out of service or at fault", n=out))
    if silent := looks.count("offline"):
        texts.append(plural("%(n)s has a silent box", "%(n)s have a silent box", silent))
    if late := sum(_is_late(care.get(key)) for key in _ids(machines)):
        texts.append(_("%(n)s due for maintenance", n=late))
    if without_maintainer := sum(
        not any(person.active for person in kept_by[key]) for key in _ids(tiles)
    ):
        texts.append(_("%(n)s without a maintainer", n=without_maintainer))
    return tuple(texts)


def _most_urgent_maintenance(db: Session, who: Actor, now: Utc) -> dict[str, Maintenance]:
    """Return the most urgent maintenance of each machine, by access point."""
    every = all_items(lambda at: maintenance.page(db, actor=who, now=now, cursor=at))
    most_urgent: dict[str, Maintenance] = {}
    for task in sorted(every, key=lambda task: _MOST_URGENT_FIRST.index(task.state)):
        most_urgent.setdefault(task.access_point, task)
    return most_urgent


def _due_text(due: Maintenance | None, now: Utc, zone: Zone) -> str:
    if due is None:
        return ""
    name, left = read_label(due.name), left_words(due, now, zone)
    return _("%(where)s: %(what)s", where=name, what=left)
