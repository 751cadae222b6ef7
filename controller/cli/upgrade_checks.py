"""Checks of an upgraded database, before the upgrade is committed."""

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.cli.work import CommandFailed
from controller.kernel import audit
from controller.store.base import Base

_MAX_NAMES = 3
"""How many problems the error lists at most."""
Rows = dict[str, int]
"""Number of rows by table name."""


def count_rows(connection: Connection) -> Rows:
    """Count the rows of each table, without Alembic's version table."""
    tables = {*inspect(connection).get_table_names()} - {"alembic_version"}
    count = 'SELECT count(*) FROM "{}"'
    return {table: connection.scalar(text(count.format(table))) or 0 for table in tables}


def check_database(connection: Connection, before: Rows) -> None:
    """Raise CommandFailed, naming the problems, unless the upgraded database is sound.

    No table may have lost rows, each mapped table must be readable, and the audit's chain must be
    intact.
    """
    after = count_rows(connection)
    lost = [f"table {table} lost rows" for table in before if after.get(table, 0) < before[table]]
    with Session(connection, info={"house": HOUSE}, autoflush=False) as db:
        tables = {rule.table for rule in HOUSE.personal_data}
        for mapper in (mapper for mapper in Base.registry.mappers if mapper.local_table in tables):
            db.execute(select(mapper.class_).limit(1)).all()
        entry = audit.verify(db)
        chain = [] if entry is None else [f"the audit log is broken at entry {entry}"]
        wrong = [*lost, *chain]
        if wrong:
            raise CommandFailed("; ".join(wrong[:_MAX_NAMES]))
