"""Triggers that let rows be added to a table, and never changed or removed but in one way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table that can only be added to."""

    table: str
    columns: Sequence[str] = ()
    """The columns that are protected; none: all."""
    unless: str = ""
    """The one update that is let through, as a condition on OLD and NEW."""


def _same(*columns: str) -> str:
    return " AND ".join(f'NEW."{column}" IS NOT DISTINCT FROM OLD."{column}"' for column in columns)


_SAME_STEP = _same(
    "id", "member_id", "certification_id", "at", "by", "action", "level", "valid_until"
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
        # The words of a reason may go, once that this is done stands in the audit.
        unless=f"NEW.reason IS NULL AND {_SAME_STEP} AND {_RECORDED}",
    ),
    ProtectedTable(
        "event",
        # What a clock told may be dated anew; of the bytes only their hash may be left.
        columns=(*_EVENT, "body"),
        unless=f"NEW.body IS NULL AND {_same(*_EVENT)}",
    ),
)
"""What may only grow, and the one way through."""


def triggers(dialect: str, protected: ProtectedTable) -> Iterator[str]:
    """The statements that protect a table, for `sqlite` or `postgresql`."""
    table = protected.table
    of = f" OF {', '.join(protected.columns)}" if protected.columns else ""
    if dialect == "sqlite":
        when = f" WHEN NOT ({protected.unless})" if protected.unless else ""
        for verb, where in (("UPDATE", f"{of} ON {table}{when}"), ("DELETE", f" ON {table}")):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb}{where}"
                f" BEGIN SELECT RAISE(ABORT, '{table} can only be added to'); END"
            )
        return
    way = protected.unless
    through = f" IF TG_OP = 'UPDATE' THEN IF {way} THEN RETURN NEW; END IF; END IF;" if way else ""
    yield (
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN{through} RAISE EXCEPTION '{table} can only be added to'; END $$"
    )
    yield (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{of} OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


KEYS = {"audit": ("seq",), "held_history": ("id",), "event": ("id_high", "id_low")}
"""The key of each protected table: what is stored under one is never stored anew."""
_SKIPS = frozenset({"event"})
"""Where an event comes again, its row is left as it is; elsewhere that is an error."""


def replacement_triggers(dialect: str, table: str) -> Iterator[str]:
    """The statements that close the ways round `triggers`: they fire for each row changed or
    deleted, and SQLite's REPLACE and PostgreSQL's TRUNCATE say of none that it is."""
    if dialect != "sqlite":
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )
        return
    refuse = f"SELECT RAISE(ABORT, '{table} can only be added to')"
    answer = "SELECT RAISE(IGNORE)" if table in _SKIPS else refuse
    same = " AND ".join(f'"{key}" = NEW."{key}"' for key in KEYS[table])
    rows = f"SELECT 1 FROM {table}"  # noqa: S608  names of ours
    # A row can also be replaced by its hidden number, which is -1 here while none is given.
    yield (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
        f" BEGIN {answer} WHERE EXISTS ({rows} WHERE {same});"
        f" {refuse} WHERE EXISTS ({rows} WHERE rowid = NEW.rowid); END"
    )
    yield (
        f"CREATE TRIGGER {table}_no_renumber BEFORE UPDATE ON {table}"
        f" WHEN NEW.rowid IS NOT OLD.rowid BEGIN {refuse}; END"
    )
