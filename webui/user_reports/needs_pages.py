"""Needs of the place: the public form, and the page on which staff sorts and answers them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places.models import SiteRow
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import Discard, MergeNeed, Need, NewNeed, Sorting
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, Stale
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from controller.policy.reading import from_json
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.limits import counted_address, seconds_to_wait
from webui.naming import read_label
from webui.navigation import NEEDS, Nav
from webui.parts import Option
from webui.undo import done_with_undo, flash_cancelled, flash_done
from webui.user_reports.api import TELL_PER_MINUTE
from webui.user_reports.need_view import THEME_ICONS, NeedView, need_view, theme_words
from webui.user_reports.needs_list import Like, NeedDialog, NeedReply, NeedsQuery, read_page
from webui.write_actions import write_action

MAX_TEXT_CHARACTERS = 400
"""Longest text of a need."""

pages = Pages("needs", __name__)


MOST_ASKED = 3
"""How many of the needs that are already reported the public form shows."""
ME_TOO = "needs"
"""Session key: the needs to which this browser has said *me too*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedNeed:
    """A published need that waits for its outcome."""

    id: str
    view: NeedView
    is_mine: bool
    """Whether this browser has said *me too*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPage:
    """The public form."""

    site: str
    query: str
    themes: tuple[Option, ...]
    theme: str = ""
    text: str = ""
    wrong: str = ""
    is_sent: bool = False
    """Whether the need has just been sent."""
    asked: tuple[AskedNeed, ...] = ()
    """The open needs that were reported most often."""


@pages.get("/tell", None)
def tell() -> ResponseReturnValue:
    """Show the form for a need that concerns the whole site."""
    return _render_form(is_sent=request.args.get("told") == "yes")


@pages.post("/tell", None)
def send() -> ResponseReturnValue:
    """Send a need, without an account."""
    web, now = context(), context().clock()
    theme, text = (
        request.form.get("theme", ""),
        request.form.get("text", "").strip()[:MAX_TEXT_CHARACTERS],
    )
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


@pages.post("/tell/also/<need>", None)
def also(need: str) -> ResponseReturnValue:
    """Count a need once more for this browser, without text or name."""
    web, now, counted = context(), context().clock(), session.get(ME_TOO, [])
    back = redirect(url_for("needs.tell", site=request.args.get("site")), 303)
    if seconds_to_wait(
        web.live, f"tell:{counted_address(request.remote_addr)}", TELL_PER_MINUTE, now
    ):
        flash(_("You have already sent many reports: wait a minute."), "wrong")
        return back
    site_id = _site().id
    try:
        if need not in counted:
            with web.database.write() as db:
                needs.confirm(db, site_id, need, now=now)
            session[ME_TOO] = [*counted, need][-20:]
    except Conflict:
        flash(_("There is an outcome now: see the reported needs."), "wrong")
    else:
        flash(_("Recorded: you too."), "done")
    return back


def _most_asked(db: Session, site_id: str) -> tuple[AskedNeed, ...]:
    waiting = [it for it in needs.published_needs(db, site_id) if it.state not in needs.ANSWERED]
    return tuple(
        AskedNeed(id=it.id, view=need_view(it), is_mine=it.id in session.get(ME_TOO, ()))
        for it in waiting[:MOST_ASKED]
    )


def _site() -> SiteRow:
    web = context()
    with web.database.read() as db:
        row = db.get(SiteRow, request.args.get("site") or web.settings.site.id)
        return row or abort(404)


def _render_form(theme: str = "", text: str = "", wrong: str = "", is_sent: bool = False) -> str:
    at = _site()
    with context().database.read() as db:
        asked = () if is_sent else _most_asked(db, at.id)
    page = NeedPage(
        site=read_label(from_json(at.name, Label)) or at.id,
        query=request.args.get("site", ""),
        themes=_options(theme_words()),
        theme=theme,
        text=text,
        wrong=wrong,
        is_sent=is_sent,
        asked=asked,
    )
    return render_template("needs/need.html", page=page, icons_of=THEME_ICONS)


@pages.get(
    "/needs",
    Permission.DESK,
    nav=Nav(
        entry=NEEDS, text=NEEDS.text, also="needs wishes demandes idées ideas ask demander signaler"
    ),
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
        elif form.get("times") != "0":  # an undone deletion restores the count
            needs.count_in_person(db, new_need.id, actor=actor(), now=now)
    if new.published:
        flash_done(_("Need recorded."))
    else:
        report = typed.report
        done_with_undo(_("Need recorded."), "needs.delete", need=new_need.id, report=report)
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


@pages.post("/needs/discard", Permission.DESK)
def discard() -> ResponseReturnValue:
    """Discard a report that is junk or names somebody."""
    report = request.form.get("report", "")
    with _write_need() as (db, now):
        new = parse({"reason": request.form.get("reason", "")}, Discard)
        needs.discard(db, report, new, actor=actor(), now=now)
    flash_cancelled(_("Thrown away."), "needs.restore", report=report)
    return redirect(NeedsQuery.read().href(), 303)


@pages.post("/needs/leave", Permission.DESK)
def leave() -> ResponseReturnValue:
    """Leave a report that is not a need to whoever maintains its machine."""
    report = request.form.get("report", "")
    with _write_need() as (db, now):
        kind = needs.leave_at_machine(db, report, actor=actor(), now=now)
    text = _("Left at the machine, for whoever maintains it.")
    done_with_undo(text, "needs.sort_again", report=report, kind=kind.value)
    return redirect(NeedsQuery.read().href(), 303)


@pages.post("/needs/sort-again", Permission.DESK)
def sort_again() -> ResponseReturnValue:
    """Undo leaving a report at its machine."""
    report = request.form.get("report", "")
    try:
        kind = ToldKind(request.form.get("kind", ""))
    except ValueError:
        abort(400)
    with _write_need() as (db, now):
        needs.sort_again(db, report, kind, actor=actor(), now=now)
    flash_done(_("It is to be sorted again."))
    return redirect(NeedsQuery.read().href(), 303)


@pages.post("/needs/restore", Permission.DESK)
def restore() -> ResponseReturnValue:
    """Undo a discard."""
    with _write_need() as (db, now):
        needs.restore(db, request.form.get("report", ""), actor=actor(), now=now)
    flash_done(_("It is to be sorted again."))
    return redirect(NeedsQuery.read().href(), 303)


@pages.post("/needs/<need>/delete", Permission.DESK)
def delete(need: str) -> ResponseReturnValue:
    """Delete a need that nobody has reported; `report`: the report from which it was just made."""
    report = request.form.get("report", "")
    with _write_need() as (db, now):
        old = needs.get(db, need, actor=actor())
        if report:
            needs.unsort(db, need, Sorting(report_id=report), actor=actor(), now=now)
        needs.delete(db, need, actor=actor(), now=now)
    fields = {"theme": old.theme, "title": old.title, "report": report}
    flash_cancelled(_("Need deleted."), "needs.create", times=old.times, **fields)
    return redirect(NeedsQuery.read().href(), 303)


@pages.post("/needs/<need>/merge", Permission.RULES_WRITE)
def merge(need: str) -> ResponseReturnValue:
    """Merge a need into another."""
    other = request.form.get("other", "")
    if not other:
        flash(_("First choose the need to merge it with."), "wrong")
        return redirect(NeedsQuery.read().href(reply=need), 303)
    with _write_need() as (db, now):
        needs.merge_into(db, need, MergeNeed(need_id=other), actor=actor(), now=now)
    flash_done(_("Merged with this need."))
    return redirect(NeedsQuery.read().href(anchor=f"need-{other}"), 303)


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
    with write_action((Invalid, Conflict, Stale), lambda error: _render_reply(need, error)) as (
        db,
        now,
    ):
        old = needs.get(db, need, actor=actor())
        changed = needs.change(db, need, patch, version=number, actor=actor(), now=now)
    before = {
        "theme": old.theme,
        "title": old.title,
        "state": old.state.value,
        "outcome": old.outcome or "",
        "published": "yes" if old.published else "",
        "version": changed.version,
    }
    done_with_undo(_("Saved."), "needs.change", need=need, **before)
    return redirect(NeedsQuery.read().href(anchor=f"need-{need}"), 303)


def _theme() -> str:
    """Return the site's own theme if one was typed, else the theme that was chosen."""
    return request.form.get("own_theme", "").strip() or request.form.get("theme", "")


def _run_action(need: str, service: Callable[[Session, Utc], Need]) -> ResponseReturnValue:
    """Run the service, and redirect to the need's row."""
    with _write_need() as (db, now):
        service(db, now)
    return redirect(NeedsQuery.read().href(anchor=f"need-{need}"), 303)


def _write_need() -> AbstractContextManager[tuple[Session, Utc]]:
    """Write a change; if it is refused, somebody else has changed the need: show the list."""
    wrong = _("Somebody has changed it in the meantime: check it.")
    return write_action((Invalid, Conflict, Stale), wrong, redirect(NeedsQuery.read().href(), 303))


def _render_reply(need: str, error: Exception) -> ResponseReturnValue:
    """Render the page with the reply as it was typed, below the need as it is now."""
    form = request.form
    wrong = _("It needs a theme, a short name and a state; and a reply, to publish a no.")
    if isinstance(error, Stale):
        wrong = _("Somebody has changed it in the meantime: check it.")
    reply = NeedReply(
        title=form.get("title", ""),
        theme=form.get("theme", ""),
        own_theme=form.get("own_theme", ""),
        state=form.get("state", ""),
        outcome=form.get("outcome", ""),
        published=form.get("published") == "yes",
        wrong=wrong,
    )
    with context().database.read() as db:
        page = read_page(db, replace(NeedsQuery.read(), reply=need), reply=reply)
    return render_template("needs/needs.html", page=page), 422


def _options(words: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value=key, text=text) for key, text in words.items())


def _render_page(typed: NeedDialog | None = None) -> str:
    with context().database.read() as db:
        page = read_page(db, NeedsQuery.read(), typed)
    return render_template("needs/needs.html", page=page)
