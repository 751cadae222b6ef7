"""Shortest walking times between rooms, by which a copied badge is noticed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import Site, WalkingTime
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, ServiceError
from webui.context import context
from webui.feature import Pages
from webui.form_fields import texts
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.members.member_action import refusal
from webui.naming import read_label, whole_number
from webui.paging import all_items
from webui.parts import Option
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

pages = Pages("walks", __name__)
_READ, _WRITE = Permission.LIVE_READ, Permission.RULES_WRITE
Walks = dict[tuple[str, str], object]
"""Seconds by pair of rooms, as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkLine:
    """The walk between two rooms."""

    first: str
    second: str
    names: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalksPage:
    """The page of walking times: those that are stored, and what was typed."""

    lines: tuple[WalkLine, ...]
    rooms: tuple[Option, ...]
    typed: Mapping[str, str]
    has_others: bool
    suspends: bool
    """Whether a badge that was probably copied is suspended."""
    may: bool
    """Whether the reader may change the settings."""
    wrong: Mapping[str, str] = field(default_factory=dict)


@pages.get("/hours/walks", _READ)
def show() -> ResponseReturnValue:
    """The page with walking times."""
    return _render_page({})


@pages.post("/hours/walks", _WRITE)
def add() -> ResponseReturnValue:
    """Set the time between two rooms; an existing one is replaced."""
    typed = texts(("first", "second", "seconds"))
    pair, seconds = (typed["first"], typed["second"]), whole_number(typed["seconds"])
    return _run_change(lambda walks: walks | {_sorted_pair(pair): seconds}, typed)


@pages.post("/hours/walks/remove", _WRITE)
def remove() -> ResponseReturnValue:
    """Remove the time between two rooms, which are then no longer compared."""
    typed = texts(("first", "second"))
    pair = _sorted_pair((typed["first"], typed["second"]))
    return _run_change(lambda walks: {key: walks[key] for key in walks if key != pair}, typed)


@pages.post("/hours/walks/rules", _WRITE)
def rule() -> ResponseReturnValue:
    """Save how long the way from another site takes, and whether a copied badge is suspended."""
    typed = texts(("elsewhere", "suspends", "has_others"))
    patch: dict[str, object] = {"suspends_copied_badges": typed["suspends"] == "yes"}
    if typed["has_others"]:
        elsewhere = typed["elsewhere"]
        patch["walk_from_elsewhere_s"] = whole_number(elsewhere) if elsewhere else None
    before = _get_site()
    try:
        _save(patch)
    except ServiceError as error:
        return _render_page(typed, {"elsewhere": _refusal_text(error)}), 422
    seconds = before.walk_from_elsewhere_s
    done_with_undo(
        _("Settings saved."),
        "walks.rule",
        elsewhere="" if seconds is None else str(seconds),
        suspends="yes" if before.suspends_copied_badges else "",
        has_others=typed["has_others"],
    )
    return redirect(url_for("walks.show"), 303)


def _run_change(change: Callable[[Walks], Walks], typed: Mapping[str, str]) -> ResponseReturnValue:
    walks: Walks = {_sorted_pair(walk.zones): walk.seconds for walk in _get_site().walking_times}
    patch = [{"zones": list(pair), "seconds": s} for pair, s in sorted(change(walks).items())]
    try:
        _save({"walking_times": patch})
    except ServiceError as error:
        return _render_page(typed, {"seconds": _refusal_text(error)}), 422
    flash_done(_("Walking time saved."))
    return redirect(url_for("walks.show"), 303)


def _save(patch: Mapping[str, object]) -> None:
    with write_action() as (db, now):
        sites.change(db, site().id, patch, version=None, actor=actor(), now=now)


def _refusal_text(error: ServiceError) -> str:
    if isinstance(error, Invalid):
        return _("Choose two different rooms, and a number of seconds from 1 to 3600.")
    return refusal(error)


def _get_site() -> Site:
    with context().database.read() as db:
        return sites.get(db, site().id, actor=actor())


def _render_page(typed: Mapping[str, str], wrong: Mapping[str, str] | None = None) -> str:
    who = actor()
    with context().database.read() as db:
        stored_site = sites.get(db, site().id, actor=who)
        names = _names(db)
        has_others = sites.count(db) > 1
    lines = [_line(walk, names) for walk in stored_site.walking_times]
    elsewhere = stored_site.walk_from_elsewhere_s
    stored = {"elsewhere": "" if elsewhere is None else str(elsewhere)}
    page = WalksPage(
        lines=tuple(sorted(lines, key=lambda line: line.names)),
        rooms=tuple(Option(value=key, text=name) for key, name in names.items()),
        typed=stored | dict(typed),
        has_others=has_others,
        suspends=stored_site.suspends_copied_badges,
        may=is_allowed(_WRITE),
        wrong=wrong or {},
    )
    return render_template("walks/walks.html", page=page)


def _line(walk: WalkingTime, names: Mapping[str, str]) -> WalkLine:
    first, second = walk.zones
    between = _("From %(first)s to %(second)s", first=names[first], second=names[second])
    return WalkLine(first=first, second=second, names=between, seconds=walk.seconds)


def _names(db: Session) -> dict[str, str]:
    """Return the names of this site's rooms, by id."""
    who, site_id = actor(), site().id
    rows = all_items(lambda at: zones.page(db, actor=who, cursor=at))
    return {zone.id: read_label(zone.name) for zone in rows if zone.site_id == site_id}


def _sorted_pair(pair: tuple[str, str]) -> tuple[str, str]:
    first, second = sorted(pair)
    return first, second
