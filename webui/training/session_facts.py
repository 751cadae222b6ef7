"""The facts of a course session that reports count, with the form that corrects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import Organisation, Project
from controller.capabilities.training.shapes import CourseSession
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, ServiceError, Stale
from webui import form_merge
from webui.i18n import _, plural
from webui.i18n.dates import format_remaining
from webui.members.member_action import refusal
from webui.naming import read_label, whole_number
from webui.paging import all_items
from webui.parts import Option

FIELDS = ("headcount", "minutes", "theme", "organisation_id", "project_id")
"""The form's fields, which are fields of the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForm:
    """What was typed, and why it was refused."""

    fields: Mapping[str, str]
    error: ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsView:
    """The facts in words, and the form that corrects them."""

    facts: tuple[tuple[str, str], ...]
    """Label and value of each fact."""
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    lasts: str
    """Its length in minutes by its start and end, which counts if `minutes` is empty."""
    organisations: tuple[Option, ...]
    projects: tuple[Option, ...]


def facts_view(
    db: Session, course_session: CourseSession, typed: SessionForm | None, *, actor: Actor
) -> FactsView:
    """Return the facts as they are stored, or as they were typed."""
    every = all_items(lambda at: organisations.page(db, actor=actor, cursor=at))
    all_projects = all_items(lambda at: projects.page(db, actor=actor, cursor=at))
    lasts = (course_session.ends_at - course_session.starts_at).total_seconds() // 60
    stored = form_merge.fill(fields_of(course_session), course_session.version)
    values, wrong = (typed.fields, _field_errors(typed.error)) if typed else (stored, {})
    if typed and isinstance(typed.error, Stale):
        words = {one.id: read_label(one.name) for one in every}
        words |= {one.id: read_label(one.name) for one in all_projects}
        values, notes = form_merge.merge(values, stored, words)
        wrong = {"version": session_changed_text()} | notes
    return FactsView(
        facts=tuple(_fact_texts(course_session, every, all_projects)),
        typed=values,
        wrong=wrong,
        lasts=str(int(lasts)),
        organisations=_options(
            [
                organisation
                for organisation in every
                if organisation.active or organisation.id == course_session.organisation_id
            ]
        ),
        projects=_options(
            [
                project
                for project in all_projects
                if project.ends_at is None or project.ends_at > course_session.starts_at
            ]
        ),
    )


def fields_of(course_session: CourseSession) -> dict[str, str]:
    """Return the form's fields with the stored values."""
    values = {field: getattr(course_session, field) for field in FIELDS}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def patch_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the patch for the service, which reports its errors."""
    patch: dict[str, Any] = {name: typed[name] or None for name in FIELDS}
    for name in ("headcount", "minutes"):
        patch[name] = whole_number(typed[name]) if typed[name] else None
    return patch


def session_changed_text() -> str:
    """Return the message above a form that was merged with what somebody else has saved."""
    return _("The session has changed in the meantime. What you typed is kept: check it.")


def _field_errors(error: ServiceError) -> dict[str, str]:
    if not isinstance(error, Invalid):
        return {"headcount": refusal(error)}
    words = {
        "headcount": _("Enter a number of people, or leave blank."),
        "minutes": _("Enter a number of minutes, at least 1, or leave blank."),
        "theme": _("One line, of 200 characters at most."),
        "organisation_id": _(
            "The project belongs to another organisation, or the organisation is closed."
        ),
        "project_id": _("This project was not running on that day: choose another one."),
    }
    fields = {field_error.field.partition(".")[0] for field_error in error.errors}
    return {name: words[name] for name in FIELDS if name in fields} or {"headcount": refusal(error)}


def _fact_texts(
    course_session: CourseSession,
    organisations: Sequence[Organisation],
    projects: Sequence[Project],
) -> list[tuple[str, str]]:
    lasts = course_session.ends_at - course_session.starts_at
    minutes = course_session.minutes or int(lasts.total_seconds() // 60)
    texts = [
        (_("Unnamed participants"), _people(course_session.headcount)),
        (_("Time taught"), format_remaining(minutes * 60)),
        (_("Theme"), course_session.theme or ""),
        (_("Organisation"), _name(organisations, course_session.organisation_id)),
        (_("Project"), _name(projects, course_session.project_id)),
    ]
    return [(name, text or _("not given")) for name, text in texts]


def _people(number: int | None) -> str:
    return "" if number is None else plural("%(n)s person", "%(n)s people", number)


def _name(owners: Sequence[Organisation | Project], key: str | None) -> str:
    return next((read_label(owner.name) for owner in owners if owner.id == key), "")


def _options(owners: Sequence[Organisation | Project]) -> tuple[Option, ...]:
    options = (Option(value=owner.id, text=read_label(owner.name)) for owner in owners)
    return tuple(sorted(options, key=lambda option: option.text.casefold()))
