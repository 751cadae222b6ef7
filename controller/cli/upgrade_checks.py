"""Checks of an upgraded database, before the upgrade is committed."""

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.cli.work import Failed
from controller.kernel import audit
from controller.store.base import Base

_NAMED = 3
Rows = dict[str, int]


def rows_of(connection: Connection) -> Rows:
    """How many each table has, but the one that says how far it is upgraded."""
    tables = {*inspect(connection).get_table_names()} - {"alembic_version"}
    count = 'SELECT count(*) FROM "{}"'
    return {each: connection.scalar(text(count.format(each))) or 0 for each in tables}


def sound(connection: Connection, before: Rows) -> None:
    """Raises Failed, with what is wrong, unless this program can work with it."""
    after = rows_of(connection)
    lost = [f"table {each} lost rows" for each in before if after.get(each, 0) < before[each]]
    with Session(connection, info={"house": HOUSE}, autoflush=False) as db:
        ours = {each.table for each in HOUSE.personal_data}
        for mapper in (each for each in Base.registry.mappers if each.local_table in ours):
            db.execute(select(mapper.class_).limit(1)).all()
        entry = audit.verify(db)
        chain = [] if entry is None else [f"the audit does not hold at entry {entry}"]
        wrong = [*lost, *chain]
        if wrong:
            raise Failed("; ".join(wrong[:_NAMED]))
