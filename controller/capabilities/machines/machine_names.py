"""Looks up the names of machines and doors, for other features."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.domain.facts import Name
from controller.policy.reading import from_json


def machine_names(db: Session, ids: Iterable[str | None]) -> dict[str, Name]:
    """Return the names by id, without ids that don't exist."""
    distinct_ids = {id_ for id_ in ids if id_}
    if not distinct_ids:
        return {}
    rows = db.execute(
        select(AccessPointRow.id, AccessPointRow.name).where(AccessPointRow.id.in_(distinct_ids))
    )
    return {key: from_json(name, Name) for key, name in rows}
