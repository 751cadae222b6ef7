"""What tests of upgrade share with others."""

import os
from sqlite3 import Connection

MEMBERS = int(os.environ.get("LOQUET_PROOF_MEMBERS", "100000"))
EVENTS = int(os.environ.get("LOQUET_PROOF_EVENTS", "1000000"))
AWAY_S = 60.0


def grow(db: Connection) -> None:
    """Copies of a member, and of an event as retention leaves it, under numbers of their own."""
    db.execute(
        "INSERT INTO stream_state SELECT 999, agent_id, '01a2143d-0000-7000-8000-000000000000', ?,"
        " also, last_hash, forked, updated_at FROM stream_state LIMIT 1",
        (2 * EVENTS,),
    )
    own = {"id_high": "i", "id_low": "i", "seq": "2 * i", "stream_no": "999", "body": "NULL"}
    _copies(db, "event", EVENTS, own)
    number = "printf('01a2143d-0000-7000-8000-%012x', i)"
    _copies(db, "member", MEMBERS, {"id": number, "ref": number})


def _copies(db: Connection, table: str, many: int, own: dict[str, str]) -> None:
    names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(own.get(name, name) for name in names)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    one = " ".join(("(SELECT * FROM", table, "LIMIT 1)"))
    db.execute(" ".join((numbers, "INSERT INTO", table, "SELECT", values, "FROM n,", one)), (many,))
