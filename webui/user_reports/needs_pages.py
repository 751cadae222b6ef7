"""Needs of the place: the public form, and the page on which staff sorts and answers them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places.models import SiteRow
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.shapes import Need, NewNeed, Sorting
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
from webui.guard import actor, site
from webui.i18n import _
from webui.limits import counted_address, seconds_to_wait
from webui.naming import read_label
from webui.navigation import NEEDS, Nav
from webui.parts import Option
from webui.undo import done_with_undo, flash_done
from webui.user_reports.api import TELL_PER_MINUTE
from webui.user_reports.need_view import theme_words
from webui.user_reports.needs_list import Like, NeedDialog, NeedsQuery, read_page

LONGEST = 400
"""Longest text of a need."""

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


@pages.get("/tell", None)
def tell() -> ResponseReturnValue:
    """Show the form for a need that concerns the whole site."""
    return _render_form(is_sent=request.args.get("told") == "yes")


@pages.post("/tell", None)
def send() -> ResponseReturnValue:
    """Send a need, without an account."""
    web, now = context(), context().clock()
    theme, text = request.form.get("theme", ""), request.form.get("text", "").strip()[:LONGEST]
    if theme not in needs.PILLARS or not text:
        return _render_form(theme, text, _("Choose a subject, and describe what is missing.")), 422
    if seconds_to_wait(
        web.live, f"tell:{counted_address(request.remote_addr)}", TELL_PER_MINUTE, now
    ):
        wrong = _("You have already sent many reports: wait a minute.")
        return _render_form(theme, text, wrong), 429
    site_id = _site().id
    try:
        with web.database.write() as db:
            needs.report_for_site(db, site_id, theme, text, now=now)
    except Invalid:
        wrong = _("The text is too long, or contains a character that is not allowed.")
        return _render_form(theme, text, wrong), 422
    except Conflict:
        return _render_form(
            theme, text, _("Many reports have already been sent: somebody will read them first.")
        ), 409
    return redirect(url_for("needs.tell", told="yes", site=request.args.get("site")), 303)


def _site() -> SiteRow:
    web = context()
    with web.database.read() as db:
        row = db.get(SiteRow, request.args.get("site") or web.settings.site.id)
        return row or abort(404)


def _render_form(theme: str = "", text: str = "", wrong: str = "", is_sent: bool = False) -> str:
    at = _site()
    page = NeedPage(
        site=read_label(from_json(at.name, Label)) or at.id,
        query=request.args.get("site", ""),
        themes=_options(theme_words()),
        theme=theme,
        text=text,
        wrong=wrong,
        told=is_sent,
    )
    return render_template("needs/need.html", page=page)


@pages.get(
    "/needs",
    Permission.DESK,
    nav=Nav(entry=NEEDS, text=NEEDS.text, also="needs wishes demandes idées ideas"),
)
def show() -> ResponseReturnValue:
    """Show the reports to sort, and the needs, the most frequent first."""
    return _render_page()


@pages.post("/needs", Permission.DESK)
def create() -> ResponseReturnValue:
    """Record a need in the site's own words, possibly from a report."""
    form = request.form
    typed = NeedDialog(
        report=form.get("report", ""),
        title=form.get("title", "").strip(),
        theme=form.get("theme", ""),
        own_theme=form.get("own_theme", ""),
        published=form.get("published") == "yes",
        wrong=_("Choose a theme, and give the need a short name."),
    )
    data = {"theme": _theme(), "title": typed.title, "published": typed.published}
    with write_action((Invalid, Conflict), lambda _error: (_render_page(typed), 422)) as (db, now):
        new = parse({**data, "site_id": site().id}, NewNeed)
        new_need = needs.create(db, new, actor=actor(), now=now)
        if typed.report:
            needs.sort(db, new_need.id, Sorting(report_id=typed.report), actor=actor(), now=now)
        else:
            needs.count_in_person(db, new_need.id, actor=actor(), now=now)
    flash_done(_("Need recorded."))
    return redirect(NeedsQuery.read().href(anchor=f"need-{new_need.id}"), 303)


@pages.post("/needs/like", Permission.DESK)
def like() -> ResponseReturnValue:
    """Return the need that is closest to what is being typed."""
    form = request.form
    with context().database.read() as db:
        similar = Like.of(form.get("title", ""), needs.of_site(db, site().id, actor=actor()))
    query = NeedsQuery.read()
    return render_template(
        "needs/like.html", like=similar, report=form.get("report", ""), query=query
    )


@pages.post("/needs/sort", Permission.DESK)
def sort() -> ResponseReturnValue:
    """Merge a report with a need that is recorded already."""
    report, need = request.form.get("report", ""), request.form.get("need", "")
    if not need:
        flash(_("First choose the need to merge it with."), "wrong")
        return redirect(NeedsQuery.read().href(sort=report), 303)
    new = Sorting(report_id=report)
    back = _run_action(need, lambda db, now: needs.sort(db, need, new, actor=actor(), now=now))
    done_with_undo(_("Merged with this need."), "needs.unsort", need=need, report=report)
    return back


@pages.post("/needs/<need>/unsort", Permission.DESK)
def unsort(need: str) -> ResponseReturnValue:
    """Undo a merge: the report waits to be sorted again."""
    old = Sorting(report_id=request.form.get("report", ""))
    back = _run_action(need, lambda db, now: needs.unsort(db, need, old, actor=actor(), now=now))
    flash_done(_("It is to be sorted again."))
    return back


@pages.post("/needs/<need>/told", Permission.DESK)
def told_again(need: str) -> ResponseReturnValue:
    """Count a need once more, for a request at the desk."""
    back = _run_action(
        need, lambda db, now: needs.count_in_person(db, need, actor=actor(), now=now)
    )
    done_with_undo(_("Counted once more."), "needs.told_less", need=need)
    return back


@pages.post("/needs/<need>/told/undo", Permission.DESK)
def told_less(need: str) -> ResponseReturnValue:
    """Undo a count."""
    back = _run_action(need, lambda db, now: needs.count_less(db, need, actor=actor(), now=now))
    flash_done(_("Counted once less."))
    return back


@pages.post("/needs/<need>", Permission.RULES_WRITE)
def change(need: str) -> ResponseReturnValue:
    """Change a need: its text, its state, whether it is published."""
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
    before: dict[str, Any] = {}

    def service(db: Session, now: Utc) -> Need:
        old = needs.get(db, need, actor=actor())
        changed = needs.change(db, need, patch, version=number, actor=actor(), now=now)
        before.update(theme=old.theme, title=old.title, state=old.state.value)
        before.update(outcome=old.outcome or "", published="yes" if old.published else "")
        before.update(version=changed.version)
        return changed

    back = _run_action(need, service)
    done_with_undo(_("Saved."), "needs.change", need=need, **before)
    return back


def _theme() -> str:
    """Return the site's own theme if one was typed, else the theme that was chosen."""
    return request.form.get("own_theme", "").strip() or request.form.get("theme", "")


def _run_action(need: str, service: Callable[[Session, Utc], Need]) -> ResponseReturnValue:
    """Run the service, and redirect to the need's row."""
    query = NeedsQuery.read()
    refused = redirect(query.href(reply=need if request.form.get("state") else ""), 303)
    wrong = _("It needs a theme, a short name and a state; and a reply, to publish a no.")
    with (
        answer_errors((Invalid, Conflict), wrong, refused),
        write_action(Stale, _("Somebody has changed it in the meantime: check it."), refused) as (
            db,
            now,
        ),
    ):
        service(db, now)
    return redirect(query.href(anchor=f"need-{need}"), 303)


def _options(words: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value=key, text=text) for key, text in words.items())


def _render_page(typed: NeedDialog | None = None) -> str:
    with context().database.read() as db:
        page = read_page(db, NeedsQuery.read(), typed)
    return render_template("needs/needs.html", page=page)
