"""The projects of an organisation, and the days of a project as text and as form fields."""

from datetime import date, datetime, time

from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import Project
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import Invalid
from webui.context import context
from webui.guard import actor, site_zone
from webui.i18n import _
from webui.i18n.dates import day, last_day
from webui.naming import read_label
from webui.organisations.views import Line
from webui.paging import all_items


def of_organisation(db: Session, organisation: str) -> tuple[Line, ...]:
    """Return the lines of an organisation's projects."""
    who = actor()
    rows = all_items(
        lambda at: projects.page(db, actor=who, organisation_id=organisation, cursor=at)
    )
    now = context().clock()
    return tuple(
        Line(
            id=project.id,
            name=read_label(project.name),
            note=format_dates(project),
            has_ended=is_over(project, now),
        )
        for project in rows
    )


def format_dates(project: Project) -> str:
    """Return since or until when the project runs."""
    now, zone = context().clock(), site_zone()
    starts = project.starts_at or project.created_at
    if is_over(project, now) and project.ends_at is not None:
        return _("ended on %(day)s", day=last_day(project.ends_at, now, zone))
    if starts > now:
        return _("from %(day)s", day=day(starts, now, zone))
    if project.ends_at is not None:
        return _("until %(day)s", day=last_day(project.ends_at, now, zone))
    return _("since %(day)s", day=day(starts, now, zone))


def is_over(project: Project, now: Utc) -> bool:
    """Whether the project has ended, so that nothing new is charged to it."""
    return project.ends_at is not None and project.ends_at <= now


def start_of_day(text: str, field: str) -> str | None:
    """Return the start of that day at the site, or None for an empty field. Raises Invalid."""
    return None if not text else _moment(text, field, time(0))


def end_of_day(text: str, field: str) -> str | None:
    """Return the end of that day at the site, or None for an empty field. Raises Invalid."""
    return None if not text else _moment(text, field, time(23, 59, 59))


def day_of(at: Utc | None) -> str:
    """Return the day as a form field has it, such as `2026-11-03`; empty for None."""
    return "" if at is None else f"{at.astimezone(site_zone()):%Y-%m-%d}"


def _moment(text: str, field: str, at: time) -> str:
    try:
        moment = datetime.combine(date.fromisoformat(text), at, tzinfo=site_zone())
        return Utc.of(moment).text()
    except (ValueError, OverflowError) as problem:
        raise Invalid.of(field, "no date is written so") from problem
