"""The list of courses, and the form of each: a sentence whose values can be tapped."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.bookings import wishes
from controller.capabilities.training import courses
from controller.capabilities.training.models import CourseRow, Scope
from controller.capabilities.training.shapes import Course, NewCourse
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, NotFound, ServiceError, Stale
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, plural
from webui.members.holdings import certification_names
from webui.members.member_action import refusal
from webui.members.member_view import CertificationName
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.training import certification_view
from webui.training.session_text import format_when
from webui.undo import flash_done
from webui.write_actions import ANY, write_action

pages = Pages("courses", __name__)
_WRITE = Permission.RULES_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePage:
    """A course as a sentence with its options; `id` is empty for a new one."""

    id: str
    name: str
    grants: tuple[Option, ...]
    requires: tuple[Option, ...]
    network: bool
    version: str
    wrong: dict[str, str] = field(default_factory=dict)
    """Messages by part of the form: `name` or `rule`."""

    @property
    def gives(self) -> str:
        """What the course gives, in words."""
        return _chosen_text(self.grants)

    @property
    def asks(self) -> str:
        """What the course requires, in words."""
        return _chosen_text(self.requires)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLine:
    """A course in the list."""

    id: str
    name: str
    gives: str
    asks: str
    next_session: str
    """When the next session begins."""
    has_session: bool
    may_edit: bool
    requests_text: str
    """How many members ask for a session, for readers who plan sessions; empty for others."""
    may_ask: bool
    """Whether the reader may ask for a session, as none is planned."""


@pages.get("/training/courses", Permission.RULES_READ)
def show() -> ResponseReturnValue:
    """Show the courses of this site, and the certifications that are valid here."""
    may = is_allowed(_WRITE)
    with context().database.read() as db:
        certifications = certification_names(db)
        every = all_items(lambda at: courses.page(db, actor=actor(), cursor=at))
        certification_lines = certification_view.lines(db, every)
        asking = _read_asking(db)
    lines = tuple(
        _line(course, certifications, may and course.site_id == site().id, asking)
        for course in every
    )
    return render_template(
        "courses/list.html",
        lines=lines,
        held=certification_lines,
        may_write_rules=may,
        may_plan=asking.plans,
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """Requests for sessions: how many, and what the reader may ask for."""

    request_counts: Mapping[str, int]
    planned: Mapping[str, Utc]
    """When the next session of each course begins."""
    own: Collection[str | None]
    """Ids of the courses that the reader has asked for."""
    plans: bool
    """Whether the reader plans sessions."""
    asks: bool
    """Whether the reader may ask for themselves.

    Those who plan sessions do so on their own page.
    """


def _read_asking(db: Session) -> _Asking:
    who, site_id, now = actor(), site().id, context().clock()
    plans = is_allowed(Permission.MEMBERS_READ)
    asks = who.member_id is not None and is_allowed(Permission.OWN_WRITE) and not plans
    own = wishes.of_member(db, site_id, who.member_id, actor=who, now=now) if who.member_id else []
    return _Asking(
        request_counts=wishes.wished_courses(db, site_id, now),
        planned=wishes.planned_courses(db, site_id),
        own={wish.course for wish in own},
        plans=plans,
        asks=asks,
    )


@pages.get("/training/courses/new", _WRITE)
def new() -> ResponseReturnValue:
    """Show the sentence of a new course."""
    return _render_form(_page("", "", (), (), True, ""))


@pages.post("/training/courses", _WRITE)
def create() -> ResponseReturnValue:
    """Add the course."""
    page = _typed_page("")
    with write_action(ANY, lambda error: (_render_form(_with_error(page, error)), 422)) as (
        db,
        now,
    ):
        name = parse({site().language.value: page.name}, Label)
        fields = {
            "id": unused_slug(db, CourseRow, read_label(name)),
            "site_id": site().id,
            "name": {site().language.value: page.name},
            **_rules(page),
        }
        new_course = courses.create(db, parse(fields, NewCourse), actor=actor(), now=now)
    flash_done(_("Course added. Plan a session of it."))
    return redirect(url_for("planning.new", course=new_course.id), 303)


@pages.get("/training/courses/<course>", _WRITE)
def edit(course: str) -> ResponseReturnValue:
    """Show the sentence with the course's current values."""
    stored = _get_course(course)
    network = stored.scope is Scope.NETWORK
    name, version = read_label(stored.name), str(stored.version)
    return _render_form(_page(course, name, stored.grants, stored.requires, network, version))


@pages.post("/training/courses/<course>", _WRITE)
def change(course: str) -> ResponseReturnValue:
    """Save the course; certifications that were given before stay valid."""
    stored, page = _get_course(course), _typed_page(course)
    version = int(page.version) if page.version.isdecimal() else None
    patch = {"name": {site().language.value: page.name}, **_rules(page)}
    if read_label(stored.name) == page.name:
        del patch["name"]
    with write_action(ANY, lambda error: (_render_form(_with_error(page, error)), 422)) as (
        db,
        now,
    ):
        courses.change(db, course, patch, version=version, actor=actor(), now=now)
    flash_done(_("Saved. People already certified stay certified."))
    return redirect(url_for("courses.show"), 303)


def _rules(page: CoursePage) -> dict[str, object]:
    return {
        "grants": [grant.value for grant in page.grants if grant.chosen],
        "requires": [choice.value for choice in page.requires if choice.chosen],
        "scope": (Scope.NETWORK if page.network else Scope.SITE).value,
    }


def _typed_page(course: str) -> CoursePage:
    form = request.form
    name = " ".join(form.get("name", "").split())
    network = form.get("scope", "network") == "network"
    grants, requires = (
        tuple(form.getlist(field_name)[:100]) for field_name in ("grants", "requires")
    )
    return _page(course, name, grants, requires, network, form.get("version", ""))


def _page(
    course: str,
    name: str,
    grants: tuple[str, ...],
    requires: tuple[str, ...],
    network: bool,
    version: str,
) -> CoursePage:
    with context().database.read() as db:
        certifications = certification_names(db)
    return CoursePage(
        id=course,
        name=name,
        grants=_pick_choices(certifications, grants),
        requires=_pick_choices(certifications, requires),
        network=network,
        version=version,
    )


def _pick_choices(
    certifications: dict[str, CertificationName], chosen: tuple[str, ...]
) -> tuple[Option, ...]:
    return tuple(
        Option(value=key, text=thing.name, chosen=key in chosen)
        for key, thing in certifications.items()
    )


def _chosen_text(picks: tuple[Option, ...]) -> str:
    return _(" and ").join(choice.text for choice in picks if choice.chosen) or _("nothing")


def _line(
    course: Course, certifications: dict[str, CertificationName], may_edit: bool, asking: _Asking
) -> CourseLine:
    def names(keys: tuple[str, ...]) -> str:
        return _(" and ").join(
            certifications[key].name if key in certifications else key for key in keys
        )

    return CourseLine(
        id=course.id,
        name=read_label(course.name),
        gives=names(course.grants) or _("nothing"),
        asks=names(course.requires),
        next_session=_next_session_text(asking.planned.get(course.id)),
        has_session=course.id in asking.planned,
        may_edit=may_edit,
        requests_text=_requests_text(asking.request_counts.get(course.id, 0))
        if asking.plans
        else "",
        may_ask=asking.asks and course.id not in asking.planned and course.id not in asking.own,
    )


def _next_session_text(starts_at: Utc | None) -> str:
    if starts_at is None:
        return _("none planned")
    return format_when(starts_at, context().clock(), site_zone(), is_short=True)


def _requests_text(people: int) -> str:
    return (
        plural(
            "%(n)s person has asked for a session.",
            "%(n)s people have asked for a session.",
            people,
        )
        if people
        else ""
    )


def _with_error(page: CoursePage, error: ServiceError) -> CoursePage:
    wrong = {"name": refusal(error)}
    if isinstance(error, Stale):
        wrong = {"name": _("This has changed since you opened the page. Reload it.")}
    elif isinstance(error, Invalid):
        fields = {field_error.field.partition(".")[0] for field_error in error.errors}
        both = _("A course can’t require what it gives, or something that no longer exists.")
        name = _("Enter a name, on one line.")
        wrong = {"rule": both} if fields & {"grants", "requires"} else {"name": name}
    return replace(page, wrong=wrong)


def _get_course(course: str) -> Course:
    with context().database.read() as db:
        try:
            return courses.get(db, course, actor=actor())
        except (NotFound, Forbidden):
            abort(404)


def _render_form(page: CoursePage) -> str:
    return render_template("courses/course.html", page=page)
