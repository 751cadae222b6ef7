"""Names of the things that audit entries refer to."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow, CourseRow, CourseSessionRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.policy.reading import from_json

_COLUMNS = {
    "access_point": (AccessPointRow.id, AccessPointRow.name),
    "agent": (AgentRow.id, AgentRow.name),
    "certification": (CertificationRow.id, CertificationRow.name),
    "course": (CourseRow.id, CourseRow.name),
    "plan": (PlanRow.id, PlanRow.name),
    "schedule": (ScheduleRow.id, ScheduleRow.name),
    "site": (SiteRow.id, SiteRow.name),
    "zone": (ZoneRow.id, ZoneRow.name),
}


def names_by_reference(db: Session, refs: Iterable[str]) -> Mapping[str, Name]:
    """Names by reference (`agent:pi`), in one statement per kind; deleted things have none."""
    wanted: dict[str, set[str]] = {}
    for ref in refs:
        kind, _mark, key = ref.partition(":")
        if kind in _COLUMNS:
            wanted.setdefault(kind, set()).add(key)
    found = {}
    for kind, keys in wanted.items():
        column, name_of = _COLUMNS[kind]
        for key, name in db.execute(select(column, name_of).where(column.in_(keys))):
            found[f"{kind}:{key}"] = from_json(name, Name)
    return found


def sessions(db: Session, keys: Collection[str]) -> Mapping[str, tuple[Name, Utc]]:
    """What course sessions are called, and when they begin; a name can be empty."""
    if not keys:
        return {}
    table = CourseSessionRow
    rows = db.execute(
        select(table.id, table.theme, CourseRow.name, table.starts_at)
        .outerjoin(CourseRow, CourseRow.id == table.course_id)
        .where(table.id.in_(keys))
    )
    return {
        key: (Name(fr=theme) if theme else from_json(name, Name) if name else Name(), starts)
        for key, theme, name, starts in rows
    }
