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
from webui.search import actions
from webui.search.shortcuts import matching_shortcuts, new_name

MAX_SEARCH_CHARACTERS = 80
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
    query = request.args.get("q", "")[:MAX_SEARCH_CHARACTERS].strip()
    if action := request.args.get(actions.QUESTION):
        return _render_question(action)
    template = "search/hits.html" if is_htmx_request() else "search/search.html"
    hits, found_actions = results(query)
    is_unknown = not hits and not found_actions and is_allowed(Permission.MEMBERS_WRITE)
    name = new_name(query) if is_unknown else ""
    only = actions.only_action(query, found_actions) or _only_hit(query, hits, found_actions)
    return render_template(
        template,
        query=query,
        hits=hits,
        acts=found_actions,
        only=only,
        name=name,
        closed=[] if hits or found_actions else _closed_pages(query),
        pieces=actions.pieces,
    )


def _render_question(action: str) -> ResponseReturnValue:
    """Show the question of an action; its machine's page has the same choices."""
    if not is_htmx_request():
        return redirect(url_for("machine.show", point=action.partition("/")[0]), 303)
    with context().database.read() as db:
        question = actions.question(db, action)
    if question is None:
        abort(404)
    return render_template("search/question.html", question=question)


@pages.post("/find", Permission.LIVE_READ)
def first() -> ResponseReturnValue:
    """Open the single match; a badge's number is sent here, so that no address contains it.

    No action runs from here: the page shows its effect first.
    """
    query = request.form.get("q", "")[:MAX_SEARCH_CHARACTERS].strip()
    hits, found_actions = results(query)
    if only := _only_hit(query, hits, found_actions):
        return redirect(only.href, 303)
    is_number = lookup.NUMBER.fullmatch(query) is not None
    if is_number and (group := _open_group(query)):
        return group
    if is_number:
        flash(_("Nobody here has this badge."), "wrong")
    return redirect(url_for("search.search", q=None if is_number else query or None), 303)


def _only_hit(
    query: str, hits: Sequence[Hit], found_actions: Sequence[actions.SearchAction]
) -> Hit | None:
    """Return the result that *Enter* opens: the only one, or the only one with exactly that name.

    None if several words name actions.
    """
    if found_actions and " " in query:
        return None
    exact = [hit for hit in hits if hit.name.casefold() == query.casefold()]
    fitting = exact or hits
    return fitting[0] if len(fitting) == 1 else None


def _open_group(number: str) -> ResponseReturnValue | None:
    """Open the group whose badge this is at the desk, or name it to readers without a desk.

    None if it is no group's badge.
    """
    web = context()
    with web.database.read() as db:
        group = lookup.group_of(db, number, site().id, vault=web.vault, actor=actor())
    if group is None:
        return None
    if is_allowed(Permission.DESK):
        return redirect(url_for("desk.show", group=group.id), 303)
    flash(_("It is the badge of the group %(name)s.", name=group.name), "done")
    return redirect(url_for("search.search"), 303)


def results(query: str) -> tuple[list[Hit], list[actions.SearchAction]]:
    """Return the matches (people and badges, then machines and doors, then pages), and what can
    be done."""
    web = context()
    with web.database.read() as db:
        matches = lookup.find(db, query, site().id, vault=web.vault, actor=actor())
        names_action = actions.may_name_action(query)
        if names_action and matches == lookup.SearchResults():
            rest = actions.names_in(query)
            matches = lookup.find(db, rest, site().id, vault=web.vault, actor=actor())
        tiles = actions.read_tiles(db) if matches.points or names_action else []
        found_actions = actions.search_actions(db, query, tiles) if names_action else []
        chips = {str(state.point.id): shown.chip for state, shown in tiles}
        beside = namesakes.distinguishing_marks(
            db, {person.id: person.name for person in matches.people}
        )
        people = [_person(db, person, beside.get(person.id, "")) for person in matches.people]
    points = [_point(point, chips.get(point.id)) for point in matches.points]
    hits = [*people, *points, *_pages(query)]
    if not hits and not found_actions and not new_name(query):
        hits = _shortcuts(query.partition(" ")[0])
    return hits, found_actions


def hits_without_people(query: str) -> list[Hit]:
    """Return only machines, doors and pages, for a field that searches for people itself."""
    with context().database.read() as db:
        points = lookup.find_points(db, query, site().id, actor=actor())
    return [*map(_point, points), *_pages(query)]


def _person(db: Session, person: lookup.FoundPerson, beside: str) -> Hit:
    """Return a link to the member.

    If their badge is lent or opens nothing, the address carries it, so that the page shows it
    first.
    """
    key, who, now = person.badge, actor(), context().clock()
    is_shown = key and (
        credentials.get(db, key, actor=who).lent
        or credentials.find_badge_stop(db, key, actor=who, now=now)
    )
    what = _("their badge") if person.by_badge else beside or _("member")
    icon = "nfc" if person.by_badge else "circle-user-round"
    href = url_for("member.show", member=person.id, shown=key if is_shown else None)
    return Hit(href=href, icon=icon, name=person.name, what=what)


def _point(point: lookup.FoundPoint, chip: Chip | None = None) -> Hit:
    is_door = point.kind is PointKind.DOOR
    return Hit(
        href=url_for("machine.show", point=point.id),
        icon="door-closed" if is_door else machine_icon(point.icon),
        name=point.name.read(current()) or point.id,
        what=_("door") if is_door else _("machine"),
        chip=chip,
    )


def _pages(query: str) -> list[Hit]:
    if not query:
        return []
    return _shortcuts(query) + [
        Hit(href=link.href, icon=link.icon, name=link.text, what=_("page"))
        for link, also in menu.searchable_pages()
        if lookup.matches(query, link.text, also)
    ]


def _closed_pages(query: str) -> list[str]:
    """Return the names of pages that match, but that this account may not open."""
    return [text for text, also in menu.closed_pages() if query and lookup.matches(query, also)]


def _shortcuts(query: str) -> list[Hit]:
    return [
        Hit(href=it.href, icon=it.icon, name=it.text(), what=_("action"))
        for it in matching_shortcuts(query)
    ]
