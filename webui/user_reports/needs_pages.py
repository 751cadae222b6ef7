"""Needs of the place: the public form, and the page on which staff sorts and answers them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places.models import SiteRow
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import UserReport
from controller.capabilities.user_reports.shapes import Need, NeedState, NewNeed, Sorting
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, Stale
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from controller.policy.reading import from_json
from webui.acts import answer_errors, write_action
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.i18n.dates import Moment, relative
from webui.limits import counted_address, seconds_to_wait
from webui.naming import read_label
from webui.navigation import NEEDS, Nav
from webui.parts import Option
from webui.undo import flash_done
from webui.user_reports.api import TELL_PER_MINUTE
from webui.user_reports.need_view import NeedView, need_view, state_words, theme_words

LONGEST = 400
"""Longest text of a need."""
PAGE_SIZE = 50
"""How many unsorted reports the page shows."""

pages = Pages("needs", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPage:
    """The public form."""

    site: str
    query: str
    themes: tuple[Option, ...]
    theme: str = ""
    text: str = ""
    wrong: str = ""
    told: bool = False
    """Whether the need has just been sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """A need, for those in charge."""

    id: str
    version: int
    seen: NeedView
    """The need in words."""
    theme: str
    state: str
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """A report of a need that is not sorted yet."""

    id: str
    text: str
    theme: str
    at: Moment
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsPage:
    """The needs by theme, and the reports to sort."""

    groups: tuple[tuple[str, tuple[NeedLine, ...]], ...]
    unsorted: tuple[ToldLine, ...]
    options: tuple[Option, ...]
    themes: tuple[Option, ...]
    states: tuple[Option, ...]
    may_write: bool
    typed: dict[str, str]


@pages.get("/tell", None)
def tell() -> ResponseReturnValue:
    """Show the form for a need that concerns the whole site."""
    return _form(told=request.args.get("told") == "yes")


@pages.post("/tell", None)
def send() -> ResponseReturnValue:
    """Send a need, without an account."""
    given, now = context(), context().clock()
    theme, text = request.form.get("theme", ""), request.form.get("text", "").strip()[:LONGEST]
    if theme not in needs.PILLARS or not text:
        return _form(theme, text, _("Choose a subject, and describe what is missing.")), 422
    if seconds_to_wait(
        given.live, f"tell:{counted_address(request.remote_addr)}", TELL_PER_MINUTE, now
    ):
        wrong = _("You have already sent many reports: wait a minute.")
        return _form(theme, text, wrong), 429
    site_id = _site().id
    try:
        with given.database.write() as db:
            needs.report_for_site(db, site_id, theme, text, now=now)
    except Conflict:
        return _form(
            theme, text, _("Many reports have already been sent: somebody will read them first.")
        ), 409
    return redirect(url_for("needs.tell", told="yes", site=request.args.get("site")), 303)


def _site() -> SiteRow:
    given = context()
    with given.database.read() as db:
        found = db.get(SiteRow, request.args.get("site") or given.settings.site.id)
        return found or abort(404)


def _form(theme: str = "", text: str = "", wrong: str = "", told: bool = False) -> str:
    at = _site()
    page = NeedPage(
        site=read_label(from_json(at.name, Label)) or at.id,
        query=request.args.get("site", ""),
        themes=_options(theme_words()),
        theme=theme,
        text=text,
        wrong=wrong,
        told=told,
    )
    return render_template("needs/need.html", page=page)


@pages.get(
    "/needs",
    Permission.DESK,
    nav=Nav(entry=NEEDS, text=NEEDS.text, also="needs wishes demandes idées ideas"),
)
def show() -> ResponseReturnValue:
    """Show the needs by theme, those that most people asked for first."""
    return _page()


@pages.post("/needs", Permission.DESK)
def create() -> ResponseReturnValue:
    """Record a need in the site's own words, possibly from a report."""
    form, given = request.form, context()
    report = form.get("report", "")
    data = {"theme": _theme(), "title": form.get("title", "").strip(), "site_id": site().id}
    try:
        with given.database.write() as db:
            now = given.clock()
            made = needs.create(db, parse(data, NewNeed), actor=actor(), now=now)
            if report:
                needs.sort(db, made.id, Sorting(report_id=report), actor=actor(), now=now)
            else:
                needs.count_in_person(db, made.id, actor=actor(), now=now)
    except (Invalid, Conflict):
        flash(_("Choose a theme, and give the need a short name."), "wrong")
        typed = {name: form.get(name, "") for name in ("title", "theme", "own_theme")}
        return _page(typed=typed), 422
    flash_done(_("Need recorded."))
    return redirect(url_for("needs.show"), 303)


@pages.post("/needs/sort", Permission.DESK)
def sort() -> ResponseReturnValue:
    """Merge a report with a need that is recorded already."""
    new = Sorting(report_id=request.form.get("report", ""))
    need = request.form.get("need", "")
    if not need:
        flash(_("First choose the need to merge it with."), "wrong")
        return redirect(url_for("needs.show"), 303)
    return _act(
        lambda db, now: needs.sort(db, need, new, actor=actor(), now=now),
        _("Merged with this need."),
    )


@pages.post("/needs/<need>/told", Permission.DESK)
def told_again(need: str) -> ResponseReturnValue:
    """Count a need once more, as somebody asked for it at the desk."""
    return _act(
        lambda db, now: needs.count_in_person(db, need, actor=actor(), now=now),
        _("Counted once more."),
    )


@pages.post("/needs/<need>", Permission.RULES_WRITE)
def change(need: str) -> ResponseReturnValue:
    """Change a need: its words, what became of it, whether it is published."""
    form = request.form
    version = form.get("version", "")
    patch: dict[str, Any] = {
        "theme": _theme(),
        "title": form.get("title", "").strip(),
        "state": form.get("state", ""),
        "outcome": form.get("outcome", "").strip() or None,
        "published": form.get("published") == "yes",
    }
    number = int(version) if version.isdecimal() and len(version) < 10 else None
    return _act(
        lambda db, now: needs.change(db, need, patch, version=number, actor=actor(), now=now),
        _("Saved."),
    )


def _theme() -> str:
    """Return the site's own theme if one was typed, else the theme that was chosen."""
    return request.form.get("own_theme", "").strip() or request.form.get("theme", "")


def _act(service: Callable[[Session, Utc], Need], said: str) -> ResponseReturnValue:
    back = redirect(url_for("needs.show"), 303)
    with (
        answer_errors((Invalid, Conflict), _("It needs a theme, a short name and a state."), back),
        write_action(Stale, _("Somebody has changed it in the meantime: check it."), back) as (
            db,
            now,
        ),
    ):
        service(db, now)
    flash_done(said)
    return back


def _options(words: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value=key, text=text) for key, text in words.items())


def _page(typed: dict[str, str] | None = None) -> str:
    given, who, at = context(), actor(), site()
    with given.database.read() as db:
        found = needs.of_site(db, at.id, actor=who)
        waiting = needs.unsorted_needs(db, at.id, actor=who, limit=PAGE_SIZE)
    zone, now, words = ZoneInfo(at.time_zone), given.clock(), theme_words()
    groups = groupby(found, key=lambda need: need.theme)
    known = {need.theme: need.theme for need in found if need.theme not in words}
    page = NeedsPage(
        groups=tuple((words.get(key, key), tuple(map(_line, some))) for key, some in groups),
        unsorted=tuple(_told(report, now, zone, words) for report in waiting),
        options=tuple(Option(value=need.id, text=need.title) for need in found),
        themes=_options({**words, **known}),
        states=tuple(
            Option(value=key.value, text=text) for key, (_l, _i, text) in state_words().items()
        ),
        may_write=is_allowed(Permission.RULES_WRITE),
        typed=typed or {},
    )
    return render_template("needs/needs.html", page=page)


def _line(need: Need) -> NeedLine:
    return NeedLine(
        id=need.id,
        version=need.version,
        seen=need_view(need, is_exact=True),
        theme=need.theme,
        state=NeedState(need.state).value,
        published=need.published,
    )


def _told(row: UserReport, now: Utc, zone: ZoneInfo, words: dict[str, str]) -> ToldLine:
    return ToldLine(
        id=row.id,
        text=row.text or "",
        theme=words.get(row.theme or "", row.theme or ""),
        at=relative(row.created_at, now, zone),
        contact=row.contact or "",
    )
