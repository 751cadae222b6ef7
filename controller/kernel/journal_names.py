"""The numbers by which events name sites and access points."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.kernel.journal import JournalName
from controller.store.upsert import insert_missing


def numbers_of(db: Session, names: Iterable[str]) -> dict[str, int]:
    """The number of each of these names; new ones are given theirs."""
    wanted = sorted(set(names))
    found = known_numbers(db, wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        insert_missing(db, JournalName, [{"name": name} for name in missing])
        found |= known_numbers(db, missing)
    return found


def known_numbers(db: Session, names: Iterable[str]) -> dict[str, int]:
    """The number of each of these names of which there ever was an event."""
    rows = db.execute(
        select(JournalName.name, JournalName.no).where(JournalName.name.in_(list(names)))
    )
    return {row.name: row.no for row in rows}
