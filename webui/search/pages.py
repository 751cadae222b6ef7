"""The search: results while one types, a page of them without scripts, or the single match."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.search import lookup
from controller.domain.facts import PointKind
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui import menu
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _, current
from webui.icons import machine_icon
from webui.members import namesakes
from webui.parts import Chip
from webui.search import acts

LONGEST = 80
"""Longest search text that is read; the rest is cut off."""

pages = Pages("search", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A search result: its address, its name and what it is."""

    href: str
    icon: str
    name: str
    what: str
    """What the result is, such as *member* or *machine*."""
    chip: Chip | None = None
    """The state of a machine or a door."""


@pages.get("/find", Permission.LIVE_READ)
def search() -> ResponseReturnValue:
    """Show the results; only the list when htmx asks for it."""
    query = request.args.get("q", "")[:LONGEST].strip()
    if asked := request.args.get(acts.QUESTION):
        return _ask(asked)
    template = "search/hits.html" if is_htmx_request() else "search/search.html"
    found, todo = results(query)
    add = (
        url_for("members.search", q=query, _anchor="add")
        if _is_nobody(query, found) and not todo
        else ""
    )
    only = acts.only_act(query, todo) or _only(query, found, todo)
    return render_template(
        template, query=query, hits=found, acts=todo, only=only, add=add, pieces=acts.pieces
    )


def _ask(asked: str) -> ResponseReturnValue:
    """Show what an act asks for; its choices stand on the page of its machine too."""
    if not is_htmx_request():
        return redirect(url_for("machine.show", point=asked.partition("/")[0]), 303)
    with context().database.read() as db:
        found = acts.question(db, asked)
    if found is None:
        abort(404)
    return render_template("search/question.html", question=found)


@pages.post("/find", Permission.LIVE_READ)
def first() -> ResponseReturnValue:
    """Open the single match; a badge's number is sent here, so that no address contains it.

    Nothing is done from here: the page shows the effect of an act first.
    """
    query = request.form.get("q", "")[:LONGEST].strip()
    found, todo = results(query)
    if only := _only(query, found, todo):
        return redirect(only.href, 303)
    is_number = lookup.NUMBER.fullmatch(query) is not None
    if is_number and (group := _group(query)):
        return group
    if is_number:
        flash(_("Nobody here has this badge."), "wrong")
    return redirect(url_for("search.search", q=None if is_number else query or None), 303)


def _only(query: str, found: Sequence[Hit], todo: Sequence[acts.Act]) -> Hit | None:
    """Return the result that *Enter* opens: the only one, or the only one with exactly that
    name.

    None if several words ask for acts.
    """
    if todo and " " in query:
        return None
    same = [hit for hit in found if hit.name.casefold() == query.casefold()]
    fitting = same or found
    return fitting[0] if len(fitting) == 1 else None


def _is_nobody(query: str, found: Sequence[Hit]) -> bool:
    """Whether the query may be the name of somebody to add, since nothing was found."""
    is_name = bool(query) and lookup.NUMBER.fullmatch(query) is None
    return is_name and not found and is_allowed(Permission.MEMBERS_WRITE)


def _group(number: str) -> ResponseReturnValue | None:
    """Open the group whose badge this is at the desk, or name it to readers without a desk.

    None if it is no group's badge.
    """
    given = context()
    with given.database.read() as db:
        found = lookup.group_of(db, number, site().id, vault=given.vault, actor=actor())
    if found is None:
        return None
    if is_allowed(Permission.DESK):
        return redirect(url_for("desk.show", group=found.id), 303)
    flash(_("It is the badge of the group %(name)s.", name=found.name), "done")
    return redirect(url_for("search.search"), 303)


def results(query: str) -> tuple[list[Hit], list[acts.Act]]:
    """Return the matches (people and badges, then machines and doors, then pages), and what can
    be done."""
    given = context()
    with given.database.read() as db:
        found = lookup.find(db, query, site().id, vault=given.vault, actor=actor())
        is_act = acts.asks_for_act(query)
        if is_act and found == lookup.SearchResults():
            rest = acts.names_in(query)
            found = lookup.find(db, rest, site().id, vault=given.vault, actor=actor())
        tiles = acts.read_tiles(db) if found.points or is_act else []
        todo = acts.acts(db, query, tiles) if is_act else []
        chips = {str(state.point.id): shown.chip for state, shown in tiles}
        beside = namesakes.distinguishing_marks(
            db, {person.id: person.name for person in found.people}
        )
        people = [_person(db, person, beside.get(person.id, "")) for person in found.people]
    points = [_point(point, chips.get(point.id)) for point in found.points]
    return [*people, *points, *_pages(query)], todo


def hits_without_people(query: str) -> list[Hit]:
    """Return only machines, doors and pages, for a field that searches for people itself."""
    with context().database.read() as db:
        found = lookup.find_points(db, query, site().id, actor=actor())
    return [*map(_point, found), *_pages(query)]


def _person(db: Session, found: lookup.FoundPerson, beside: str) -> Hit:
    """Return a link to the member.

    If their badge opens nothing, the address carries it, so that the page shows it first.
    """
    stops = found.badge and credentials.find_badge_stop(
        db, found.badge, actor=actor(), now=context().clock()
    )
    what = _("their badge") if found.by_badge else beside or _("member")
    icon = "nfc" if found.by_badge else "circle-user-round"
    href = url_for("member.show", member=found.id, shown=found.badge if stops else None)
    return Hit(href=href, icon=icon, name=found.name, what=what)


def _point(found: lookup.FoundPoint, chip: Chip | None = None) -> Hit:
    is_door = found.kind is PointKind.DOOR
    return Hit(
        href=url_for("machine.show", point=found.id),
        icon="door-closed" if is_door else machine_icon(found.icon),
        name=found.name.read(current()) or found.id,
        what=_("door") if is_door else _("machine"),
        chip=chip,
    )


def _pages(query: str) -> list[Hit]:
    if not query:
        return []
    return [
        Hit(href=link.href, icon=link.icon, name=link.text, what=_("page"))
        for link, also in menu.searchable_pages()
        if lookup.matches(query, link.text, also)
    ]
