"""The list of projects: for whom they are, their people, machine hours and funders."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from controller.capabilities.members import memberships
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import Project
from controller.capabilities.statistics import partners
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed, site
from webui.i18n import _, pgettext, plural
from webui.list_filter import ListFilter, natural_key
from webui.naming import read_label
from webui.organisations.project_use import read_rows, sums
from webui.organisations.project_view import format_dates, is_over
from webui.paging import all_items
from webui.statistics.formatting import hours

PAGE = 25
"""Projects per page of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """A project in the table. Texts are empty for nothing."""

    id: str
    name: str
    has_ended: bool
    when: str
    organisation: str
    organisation_id: str | None
    people: int
    people_text: str
    use: str
    funders: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of the list of projects."""

    facts: tuple[str, ...]
    """Figures of all projects, regardless of the filter."""
    lines: tuple[ProjectLine, ...]
    filters: tuple[tuple[str, str, int, str], ...]
    """Each with its key, its text, its count and its address."""
    list_filter: ListFilter
    state: str
    """The key of the filter that is applied."""
    first: str
    """The address of the first page; empty: it is this one."""
    next: str
    is_empty: bool


def project_list(db: Session, list_filter: ListFilter, now: Utc) -> ListPage:
    """Return a page of the list: of the ended projects if asked for, or if no other matches."""
    every = all_items(lambda cursor: projects.page(db, actor=actor(), cursor=cursor))
    use = sums(read_rows(db, now), lambda row: row.project_id)
    matching = [it for it in every if _has_name(it, list_filter)]
    matching.sort(key=lambda it: (natural_key(read_label(it.name)), it.id))
    by_state = {
        "": [it for it in matching if not is_over(it, now)],
        "ended": [it for it in matching if is_over(it, now)],
    }
    state = "" if by_state[""] and list_filter.state != "ended" else "ended"
    shown = list_filter.page(by_state[state], PAGE)
    rest = list_filter.start + PAGE < len(by_state[state])
    texts = {"": pgettext("projects", "Running"), "ended": pgettext("projects", "Ended")}
    return ListPage(
        facts=_facts(every, use),
        lines=project_lines(db, shown, use, now),
        filters=tuple(
            (key, text, len(by_state[key]), _href(replace(list_filter, state=key, start=0).address))
            for key, text in texts.items()
        ),
        list_filter=list_filter,
        state=state,
        first=_href(list_filter.parameters) if list_filter.start else "",
        next=_href(replace(list_filter, start=list_filter.start + PAGE).address) if rest else "",
        is_empty=not every,
    )


def _has_name(project: Project, list_filter: ListFilter) -> bool:
    return replace(list_filter, state="").has(read_label(project.name), (), ())


def _href(query: Mapping[str, str]) -> str:
    return url_for("projects.show", **dict[str, Any](query))


def _facts(every: Sequence[Project], use: Counter[str]) -> tuple[str, ...]:
    if not every:
        return ()
    spent = sum(use[project.id] for project in every)
    return (
        plural("%(n)s project", "%(n)s projects", len(every)),
        *((_("%(time)s of machine time in a year", time=hours(spent)),) if spent else ()),
    )


def project_lines(
    db: Session, shown: Sequence[Project], use: Counter[str], now: Utc
) -> tuple[ProjectLine, ...]:
    """Return the lines, with the same statements for many projects as for few."""
    who = actor()
    every = all_items(lambda cursor: organisations.page(db, actor=who, cursor=cursor))
    owners = {organisation.id: read_label(organisation.name) for organisation in every}
    people = memberships.count_by_project(db, site().id, actor=who)
    funders = _read_funders(db) if is_allowed(Permission.REPORTS_READ) else {}
    return tuple(
        ProjectLine(
            id=project.id,
            name=read_label(project.name),
            has_ended=is_over(project, now),
            when=format_dates(project),
            organisation=owners.get(project.organisation_id or "", ""),
            organisation_id=project.organisation_id,
            people=(count := people.get(project.id, 0)),
            people_text=plural("%(n)s person", "%(n)s people", count) if count else "",
            use=hours(use[project.id]) if use[project.id] else "",
            funders=", ".join(funders.get(project.id, ())),
        )
        for project in shown
    )


def _read_funders(db: Session) -> dict[str, list[str]]:
    """Return the names of the partners that fund each project."""
    funders: defaultdict[str, list[str]] = defaultdict(list)
    for partner in partners.list_partners(db, site().id, actor=actor()):
        for project in partner.project_ids:
            funders[project].append(read_label(partner.name))
    return funders
