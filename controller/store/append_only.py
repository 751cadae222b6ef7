"""Triggers that allow only adding rows to a table, with at most one exception."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table whose rows can't be changed or deleted."""

    table: str
    columns: Sequence[str] = ()
    """The columns that are protected; empty: all."""
    unless: str = ""
    """The only update that is allowed, as an SQL condition on OLD and NEW."""


def _unchanged_condition(*columns: str) -> str:
    return " AND ".join(f'NEW."{column}" IS NOT DISTINCT FROM OLD."{column}"' for column in columns)


_SAME_STEP = _unchanged_condition(
    "id", "member_id", "certification_id", "at", "by", "action", "level", "valid_until", "operation"
)
_RECORDED = (
    "EXISTS (SELECT 1 FROM audit WHERE audit.action = 'reason_removed'"
    " AND audit.subject = 'held_history:' || OLD.id)"
)

_EVENT = (
    "id_high",
    "id_low",
    "stream_no",
    "seq",
    "site_no",
    "point_no",
    "boot_no",
    "mono_ms",
    "type",
    "hash",
    "prev_hash",
)

PROTECTED_TABLES = (
    ProtectedTable("audit"),
    ProtectedTable(
        "held_history",
        # A reason may be removed once the audit has recorded that.
        unless=f"NEW.reason IS NULL AND {_SAME_STEP} AND {_RECORDED}",
    ),
    ProtectedTable(
        "event",
        # Times may be corrected when a boot's anchor changes; the bytes may be deleted, leaving the
        # hash.
        columns=(*_EVENT, "body"),
        unless=f"NEW.body IS NULL AND {_unchanged_condition(*_EVENT)}",
    ),
)
"""The append-only tables, each with its exception."""


def triggers(dialect: str, protected: ProtectedTable) -> Iterator[str]:
    """Yield the statements that protect a table, for `sqlite` or `postgresql`."""
    table = protected.table
    columns = f" OF {', '.join(protected.columns)}" if protected.columns else ""
    if dialect == "sqlite":
        when = f" WHEN NOT ({protected.unless})" if protected.unless else ""
        for verb, where in (("UPDATE", f"{columns} ON {table}{when}"), ("DELETE", f" ON {table}")):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb}{where}"
                f" BEGIN SELECT RAISE(ABORT, '{table} can only be added to'); END"
            )
        return
    exception = protected.unless
    allow = (
        f" IF TG_OP = 'UPDATE' THEN IF {exception} THEN RETURN NEW; END IF; END IF;"
        if exception
        else ""
    )
    yield (
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN{allow} RAISE EXCEPTION '{table} can only be added to'; END $$"
    )
    yield (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{columns} OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


PRIMARY_KEYS = {"audit": ("seq",), "held_history": ("id",), "event": ("id_high", "id_low")}
"""The key of each protected table; a row with an existing key can't be inserted."""
_SKIPS = frozenset({"event"})
"""Tables in which inserting an existing key is ignored; in the others it is an error."""


def replacement_triggers(dialect: str, table: str) -> Iterator[str]:
    """Yield statements against REPLACE and TRUNCATE, which fire no row triggers."""
    if dialect != "sqlite":
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )
        return
    refuse = f"SELECT RAISE(ABORT, '{table} can only be added to')"
    answer = "SELECT RAISE(IGNORE)" if table in _SKIPS else refuse
    same_key = " AND ".join(f'"{key}" = NEW."{key}"' for key in PRIMARY_KEYS[table])
    rows = f"SELECT 1 FROM {table}"  # noqa: S608  names of ours
    # A row can also be replaced by its rowid, which is -1 here if none was given.
    yield (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
        f" BEGIN {answer} WHERE EXISTS ({rows} WHERE {same_key});"
        f" {refuse} WHERE EXISTS ({rows} WHERE rowid = NEW.rowid); END"
    )
    yield (
        f"CREATE TRIGGER {table}_no_renumber BEFORE UPDATE ON {table}"
        f" WHEN NEW.rowid IS NOT OLD.rowid BEGIN {refuse}; END"
    )
