"""The list of projects: for whom they are, their people, machine hours and funders."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.members import memberships
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import Project
from controller.capabilities.statistics import partners
from controller.capabilities.statistics.periods import Period
from controller.capabilities.usage import report
from controller.capabilities.usage.shapes import UsageSplit
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import plural
from webui.naming import read_label
from webui.organisations.project_view import format_dates, is_over
from webui.paging import all_items
from webui.statistics.formatting import hours

MONTHS = 12
"""Over how many months machine hours are counted, this one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """A project in the table. Texts are empty for nothing."""

    id: str
    name: str
    has_ended: bool
    when: str
    organisation: str
    people: int
    people_text: str
    use: str
    funders: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of the list of projects."""

    lines: tuple[ProjectLine, ...]
    query: str
    after: str
    next: str


def project_lines(db: Session, projects: Sequence[Project], now: Utc) -> tuple[ProjectLine, ...]:
    """Return the lines, with the same statements for many projects as for few."""
    who = actor()
    every = all_items(lambda cursor: organisations.page(db, actor=who, cursor=cursor))
    owners = {organisation.id: read_label(organisation.name) for organisation in every}
    people = memberships.count_by_project(db, site().id, actor=who)
    reads_figures = is_allowed(Permission.REPORTS_READ)
    use = _read_use(db, now) if reads_figures else Counter()
    funders = _read_funders(db) if reads_figures else {}
    return tuple(
        ProjectLine(
            id=project.id,
            name=read_label(project.name),
            has_ended=is_over(project, now),
            when=format_dates(project),
            organisation=owners.get(project.organisation_id or "", ""),
            people=(count := people.get(project.id, 0)),
            people_text=plural("%(n)s person", "%(n)s people", count) if count else "",
            use=hours(use[project.id]) if use[project.id] else "",
            funders=", ".join(funders.get(project.id, ())),
        )
        for project in projects
    )


def _read_use(db: Session, now: Utc) -> Counter[str]:
    """Return the milliseconds of machines in use in these months, by project."""
    this = f"{now.astimezone(site_zone()):%Y-%m}"
    first = Period(this, this).shifted(1 - MONTHS).first
    use: Counter[str] = Counter()
    split = UsageSplit.PROJECT
    for row in report.report(
        db, site().id, first=first, last=this, split=split, actor=actor(), now=now
    ):
        if row.project_id:
            use[row.project_id] += round(row.active_s * 1000)
    return use


def _read_funders(db: Session) -> dict[str, list[str]]:
    """Return the names of the partners that fund each project."""
    funders: defaultdict[str, list[str]] = defaultdict(list)
    for partner in partners.list_partners(db, site().id, actor=actor()):
        for project in partner.project_ids:
            funders[project].append(read_label(partner.name))
    return funders
