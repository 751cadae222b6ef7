"""One field for everything: results as one types, a page of them without scripts, or the one."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.search import lookup
from controller.domain.facts import PointKind
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui import menu
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_part, site
from webui.i18n import _, current
from webui.icons import machine_icon
from webui.members import namesakes

LONGEST = 80

pages = Pages("search", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result: where it leads, and what it is."""

    href: str
    icon: str
    name: str
    what: str


@pages.get("/find", Permission.LIVE_READ)
def search() -> ResponseReturnValue:
    """The results; only these when a script asks."""
    query = request.args.get("q", "")[:LONGEST].strip()
    template = "search/hits.html" if is_part() else "search/search.html"
    found = hits(query)
    add = url_for("members.search", q=query) if _is_nobody(query, found) else ""
    return render_template(template, query=query, hits=found, only=_only(query, found), add=add)


@pages.post("/find", Permission.LIVE_READ)
def first() -> ResponseReturnValue:
    """Open the only one; a badge's number comes here, so that it stands in no address."""
    query = request.form.get("q", "")[:LONGEST].strip()
    found = hits(query)
    if only := _only(query, found):
        return redirect(only.href, 303)
    is_number = lookup.NUMBER.fullmatch(query) is not None
    if is_number and (group := _group(query)):
        return group
    if is_number:
        flash(_("Nobody here has this badge."), "wrong")
    return redirect(url_for("search.search", q=None if is_number else query or None), 303)


def _only(query: str, found: Sequence[Hit]) -> Hit | None:
    """The one that *Enter* opens: the only one, or the only one of just that name."""
    same = [hit for hit in found if hit.name.casefold() == query.casefold()]
    fitting = same or found
    return fitting[0] if len(fitting) == 1 else None


def _is_nobody(query: str, found: Sequence[Hit]) -> bool:
    """Whether it may be the name of somebody who is new."""
    is_name = bool(query) and lookup.NUMBER.fullmatch(query) is None
    return is_name and not found and is_allowed(Permission.MEMBERS_WRITE)


def _group(number: str) -> ResponseReturnValue | None:
    """Whose badge it is, at the desk, or in words for who has none; None: it is no group's."""
    given = context()
    with given.database.read() as db:
        found = lookup.group_of(db, number, site().id, vault=given.vault, actor=actor())
    if found is None:
        return None
    if is_allowed(Permission.DESK):
        return redirect(url_for("desk.show", group=found.id), 303)
    flash(_("It is the badge of the group %(name)s.", name=found.name), "done")
    return redirect(url_for("search.search"), 303)


def hits(query: str) -> list[Hit]:
    """People and badges, then machines and doors, then pages."""
    given = context()
    with given.database.read() as db:
        found = lookup.find(db, query, site().id, vault=given.vault, actor=actor())
        beside = namesakes.distinguishing_marks(
            db, {person.id: person.name for person in found.people}
        )
        people = [_person(db, person, beside.get(person.id, "")) for person in found.people]
    return [*people, *map(_point, found.points), *_pages(query)]


def things(query: str) -> list[Hit]:
    """Machines, doors and pages, for a field that looks for people by itself."""
    with context().database.read() as db:
        found = lookup.points(db, query, site().id, actor=actor())
    return [*map(_point, found), *_pages(query)]


def _person(db: Session, found: lookup.FoundPerson, beside: str) -> Hit:
    """A link to the member; a badge that opens nothing is passed in the address, so that the
    page shows it first."""
    stops = found.badge and credentials.find_badge_stop(
        db, found.badge, actor=actor(), now=context().clock()
    )
    what = _("their badge") if found.by_badge else beside or _("member")
    icon = "nfc" if found.by_badge else "circle-user-round"
    href = url_for("member.show", member=found.id, shown=found.badge if stops else None)
    return Hit(href=href, icon=icon, name=found.name, what=what)


def _point(found: lookup.FoundPoint) -> Hit:
    is_door = found.kind is PointKind.DOOR
    return Hit(
        href=url_for("machine.show", point=found.id),
        icon="door-closed" if is_door else machine_icon(found.icon),
        name=found.name.read(current()) or found.id,
        what=_("door") if is_door else _("machine"),
    )


def _pages(query: str) -> list[Hit]:
    if not query:
        return []
    return [
        Hit(href=link.href, icon=link.icon, name=link.text, what=_("page"))
        for link, also in menu.found_pages()
        if lookup.matches(query, link.text, also)
    ]
