"""What may only be added to can't be replaced either, whatever statement tries."""
# ruff: noqa: S608  statements of ours

import pytest
from sqlalchemy import Connection, Engine, text

from controller.store.append_only import PROTECTED_TABLES

TABLES = {
    "audit": (
        "seq, at, actor, action, subject, detail, prev_hash, hash",
        "1, '2026-11-24 10:00:00', '{}', 'b', 'c', '{{}}', '', ''",
        "actor",
    ),
    "held_history": (
        'id, member_id, certification_id, at, "by", action, level',
        "'1', 'm', 'c', '2026-11-24 10:00:00', '{}', 'granted', 'user'",
        '"by"',
    ),
    "event": (
        "id_high, id_low, seq, mono_ms, received_at, stream_no, site_no, boot_no, type, late,"
        " skewed, hash, prev_hash, body",
        "1, 1, 1, 1, 1, 1, 1, 1, 1, {false}, {false}, {blob}'', {blob}'', {blob}'{}'",
        "body",
    ),
}
KEYS = {
    "audit": ("1,", "{},", "seq"),
    "held_history": ("'1',", "'{}',", "id"),
    "event": ("1, 1,", "1, {},", "id_high, id_low"),
}
"""How the first row's values begin, how those of another row do, and the key's columns."""
_STREAM = (
    "INSERT INTO stream_state (no, agent_id, stream, through, also, last_hash, forked, updated_at)"
    " VALUES (1, 'pi', 's', 0, '[]', '', {false}, '2026-11-24 10:00:00')"
)


class Rows:
    """Two rows in a table, by statements of the database's own."""

    def __init__(self, engine: Engine, table: str) -> None:
        self.engine, self.table, self.sqlite = engine, table, engine.dialect.name == "sqlite"
        self.columns, self._values, self.word = TABLES[table]
        with engine.begin() as connection:
            if not self.sqlite:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            self._do(connection, _STREAM.format(false="0" if self.sqlite else "false"))
            for number in (1, 2):
                values = self.values("first", number)
                self._do(connection, f"INSERT INTO {table} ({self.columns}) VALUES ({values})")

    def values(self, word: str, number: int = 1) -> str:
        found = (
            self._values.format(
                word, false="0" if self.sqlite else "false", blob="X" if self.sqlite else ""
            )
            .replace("X'first'", "X'11'")
            .replace("X'other'", "X'22'")
        )
        before, after, _ = KEYS[self.table]
        return found.replace(before, after.format(number), 1)

    def stored(self) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            found = connection.execute(text(f"SELECT * FROM {self.table}"))
            return sorted(tuple(map(str, row)) for row in found)

    def attempt(self, statement: str) -> str:
        """What the database says to it, in a transaction of its own that is committed."""
        try:
            with self.engine.begin() as connection:
                self._do(connection, statement)
        except Exception as error:  # noqa: BLE001  whatever a database raises is its answer
            return str(error)
        return "done"

    def _do(self, connection: Connection, statement: str) -> None:
        connection.exec_driver_sql(statement)


@pytest.fixture(params=TABLES)
def rows(engine: Engine, request: pytest.FixtureRequest) -> Rows:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
    return Rows(engine, request.param)


def ways_round(rows: Rows) -> dict[str, str]:
    """Statements that would leave something else than was written."""
    table, columns, other, word = rows.table, rows.columns, rows.values("other"), rows.word
    key, blob = KEYS[table][2], "X" if rows.sqlite else ""
    changed = f"hash = {blob}'22'" if table == "event" else f"{word} = 'other'"
    found = {
        "update": f"UPDATE {table} SET {changed}",
        "delete": f"DELETE FROM {table}",
        "upsert": f"INSERT INTO {table} ({columns}) VALUES ({other})"
        f" ON CONFLICT ({key}) DO UPDATE SET {word} = excluded.{word}",
    }
    if not rows.sqlite:
        return found | {"truncate": f"TRUNCATE {table} CASCADE"}
    found["replace"] = f"REPLACE INTO {table} ({columns}) VALUES ({other})"
    found["insert or replace"] = f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({other})"
    found["replace by row"] = f"UPDATE OR REPLACE {table} SET rowid = 1 WHERE rowid = 2"
    if key != "seq":
        third = rows.values("other", 3)
        found["replace a row"] = f"REPLACE INTO {table} (rowid, {columns}) VALUES (1, {third})"
    return found


def test_replace_into_audit_passes_no_trigger(rows: Rows) -> None:
    """Nor does any other statement; each table keeps its two rows as they were written."""
    before = rows.stored()
    assert len(before) == 2
    said = {}
    for name, statement in ways_round(rows).items():
        said[name] = rows.attempt(statement)
        assert rows.stored() == before, f"{name} on {rows.table} passes: {said[name]}"
    quiet = {name for name, answer in said.items() if "can only be added to" not in answer}
    assert quiet <= ({"replace", "insert or replace", "upsert"} if rows.table == "event" else set())


def test_every_protected_table_is_tried() -> None:
    assert {table.table for table in PROTECTED_TABLES} == set(TABLES)
