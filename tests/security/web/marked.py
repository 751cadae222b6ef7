"""A place where markup stands in every text that can be kept, by whichever way it came in."""

import json
import sqlite3
from pathlib import Path

from sqlalchemy import JSON, Column, String, Table

from controller.store.base import Base
from tests.security.web.strict import MARKUP

LONGEST = 400
"""Of a `Text`: what people write. Shorter ones are our own words and keys."""
OURS = {"key", "password_hash", "login"}
"""Texts of that length by which we find things again."""
TOLD = {"version"}
"""Short ones that devices make up."""


def mark(file: Path) -> set[str]:
    """Write it over every such text of the database; the columns."""
    done = set[str]()
    with sqlite3.connect(file) as db:
        db.create_function("marked", 1, lambda row: f"{MARKUP}{row}")
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                if is_text(column) and _write(db, table, column):
                    done.add(f"{table.name}.{column.name}")
    db.close()
    return done


def is_text(column: Column[object]) -> bool:
    """Whether anybody's words are kept there."""
    if column.primary_key or column.foreign_keys:
        return False
    if isinstance(column.type, JSON):
        return column.name == "name"
    if not isinstance(column.type, String):
        return False
    return (column.type.length == LONGEST and column.name not in OURS) or column.name in TOLD


def _write(db: sqlite3.Connection, table: Table, column: Column[object]) -> bool:
    """Over what is there, and where there is nothing; not where a trigger keeps it as it is."""
    words = "marked(rowid)"
    if isinstance(column.type, JSON):
        words = "'" + json.dumps({"fr": MARKUP, "en": MARKUP}).replace("'", "''") + "'"
    try:
        db.execute("SAVEPOINT one")
        change = f'UPDATE "{table.name}" SET "{column.name}" = {words}'  # noqa: S608 - our names
        return db.execute(change).rowcount > 0
    except sqlite3.DatabaseError:
        db.execute("ROLLBACK TO one")
        return False
