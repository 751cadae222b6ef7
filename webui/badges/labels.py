"""Printable labels for badges: for all that are lent or new, or for chosen people."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import labels
from controller.capabilities.members.several import MAX_MEMBERS
from controller.capabilities.plans import member_search
from controller.capabilities.plans.member_filter import parse_member_filter
from controller.kernel.actor import Permission
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import last_day_or_time

LENT, NEW = "lent", "new"
LONGEST_QUERY = 80
pages = Pages("labels", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """What is printed on one badge: the holder, and the last digits of its number."""

    name: str
    ending: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A link to another set of labels."""

    text: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsPage:
    """The sheet to print, and which sets of badges it can show."""

    labels: tuple[LabelView, ...]
    tabs: tuple[Tab, ...]
    without: str = ""
    """Text on how many of the chosen people have no badge; empty: all have one."""
    has_more: bool = False
    back: str = ""


@pages.get("/badges/labels", Permission.CREDENTIALS_WRITE)
def show() -> ResponseReturnValue:
    """Show labels for all lent badges, for all new ones, or for one person's."""
    member = request.args.get("member")
    if member is not None:
        return _labels_of_members([member], url_for("member.show", member=member))
    which = NEW if request.args.get("of") == NEW else LENT
    web, who, place = context(), actor(), site()
    with web.database.read() as db:
        if which == NEW:
            badge_labels = labels.new_labels(db, place.id, actor=who, now=web.clock())
        else:
            badge_labels = labels.lent_labels(db, place.id, actor=who)
    return _sheet(badge_labels, which)


@pages.post("/badges/labels", Permission.CREDENTIALS_WRITE)
def of_chosen() -> ResponseReturnValue:
    """Labels for the members selected in the list; nothing is stored."""
    form = request.form
    ids = form.getlist("member")
    back = url_for("members.search", q=form.get("q") or None, state=form.get("state") or None)
    if "every" in form:
        try:
            standing = parse_member_filter(form.get("state", ""))
        except ValueError:
            abort(400)
        query, now = form.get("q", "")[:LONGEST_QUERY].strip(), context().clock()
        with context().database.read() as db:
            ids, _more = member_search.ids(
                db, query, standing=standing, actor=actor(), now=now, limit=MAX_MEMBERS
            )
    elif not ids:
        ids = form.get("chosen", "").split()
    answer = _labels_of_members(ids[:MAX_MEMBERS], back)
    return answer if ids else (answer, 422)


def _labels_of_members(ids: Collection[str], back: str) -> str:
    with context().database.read() as db:
        badge_labels = labels.labels_of_members(db, site().id, set(ids), actor=actor())
    bare = len(set(ids)) - len({label.member_id for label in badge_labels})
    without = plural(
        "%(n)s person chosen has no badge from this place.",
        "%(n)s people chosen have no badge from this place.",
        bare,
    )
    return _sheet(badge_labels, "", without if bare else "", back)


def _sheet(
    badge_labels: list[labels.BadgeLabel], which: str, without: str = "", back: str = ""
) -> str:
    texts = {LENT: _("Lent"), NEW: _("Given in the last week")}
    page = LabelsPage(
        labels=tuple(_view(label) for label in badge_labels),
        tabs=tuple(
            Tab(text=text, href=url_for("labels.show", of=key), is_current=key == which)
            for key, text in texts.items()
        ),
        without=without,
        has_more=len(badge_labels) == labels.MAX_LABELS,
        back=back or url_for("members.search"),
    )
    return render_template("labels/labels.html", page=page)


def _view(label: labels.BadgeLabel) -> LabelView:
    now, zone = context().clock(), site_zone()
    parts = [_("Lent, to be returned at the desk")] if label.lent else []
    if label.until is not None:
        last = last_day_or_time(label.until, now, zone)
        parts.append(_("until %(day)s", day=last))
    return LabelView(name=label.name, ending=label.ending, note=" · ".join(parts))
