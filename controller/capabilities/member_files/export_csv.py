"""Exports members, without badges, as a CSV file that can be imported again."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.member_files.columns import COLUMNS, SEPARATOR
from controller.capabilities.members.memberships import organisation_names
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import PRIVATE_TEXTS
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.periods import Period, choose, periods_of
from controller.capabilities.training.models import HeldRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.csv_cells import defuse
from controller.kernel.rows import get_or_404
from controller.policy.reading import CHUNK

_EXPORTED = tuple(name for name in COLUMNS if name != "badge")


def export_members(db: Session, site_id: str, *, actor: Actor, now: Utc) -> Iterator[str]:
    """Yield the CSV file in pieces, beginning with the header, and write an audit entry.

    Raises Forbidden, NotFound.
    """
    actor.require(Permission.MEMBERS_WRITE, site_id)
    zone = ZoneInfo(get_or_404(db, SiteRow, site_id, "site").time_zone)
    audit.record(db, actor, now, "members_exported", f"site:{site_id}", site_id)
    return _batches(db, site_id, zone, now)


def _batches(db: Session, site_id: str, zone: ZoneInfo, now: Utc) -> Iterator[str]:
    yield _text([list(_EXPORTED)])
    last = ""
    while True:
        people = MemberRow.__table__.c
        statement = select(*people).where(people.site_id == site_id, people.id > last)
        rows = db.execute(statement.order_by(people.id).limit(CHUNK)).all()
        if not rows:
            return
        ids = [row.id for row in rows]
        periods, certifications = periods_of(db, ids), _certifications_of(db, ids)
        organisations = organisation_names(db, ids)
        lines = []
        for row in rows:
            period = choose(periods.get(row.id, []), now)
            cells = _cells(row, period, zone)
            cells += [SEPARATOR.join(certifications.get(row.id, [])), *_guardian(row)]
            cells.append(SEPARATOR.join(organisations.get(row.id, [])))
            lines.append([*cells, *(getattr(row, name) or "" for name in PRIVATE_TEXTS)])
        yield _text([[defuse(cell) for cell in line] for line in lines])
        last = ids[-1]


def _cells(row: Any, period: Period | None, zone: ZoneInfo) -> list[str]:
    end = period.end.astimezone(zone) - timedelta(seconds=1) if period and period.end else None
    return [
        row.display_name,
        row.email or "",
        row.language.value,
        SEPARATOR.join(row.categories),
        row.status.value,
        period.plan if period else "",
        period.start.astimezone(zone).date().isoformat() if period else "",
        end.date().isoformat() if end else "",
    ]


def _guardian(row: Any) -> list[str]:
    return [row.guardian_name or "", row.guardian_phone or "", row.guardian_email or ""]


def _certifications_of(db: Session, members: list[str]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    statement = select(HeldRow.member_id, HeldRow.certification_id, HeldRow.level)
    statement = statement.where(HeldRow.member_id.in_(members))
    for member, key, level in db.execute(statement.order_by(HeldRow.certification_id)):
        result.setdefault(member, []).append(f"{key}:{level}")
    return result


def _text(rows: list[list[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()
