"""Reads the SQLite database of a FabOMatic; runs in the sandbox.

Its tables are those of FabOMatic 1.0 (`users`, `roles`, `machines`, `machine_types`,
`authorizations`); older ones lack columns that are not read here.
"""

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import msgspec

from controller.domain.control_characters import as_line
from controller.kernel.sandbox.limits import MAX_CELLS, MAX_ROWS, MIB
from controller.kernel.sandbox.problems import NotReadable, ReadProblem

# Rows of a FabOMatic's tables, as the sandbox returns them.

MAX_TEXT_CHARACTERS = 200
"""Longer texts of FabOMatic are cut."""
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARACTERS)]


class Machine(msgspec.Struct, frozen=True, array_like=True):
    """A row of `machines`, with the access rule of its type."""

    key: int
    name: Text
    is_blocked: bool
    managed: int


class User(msgspec.Struct, frozen=True, array_like=True):
    """A row of `users`, with the rights of its role."""

    key: int
    name: Text
    mail: Text
    card: Text
    is_disabled: bool
    is_deleted: bool
    may_all: bool


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is read."""

    machines: Annotated[tuple[Machine, ...], msgspec.Meta(max_length=MAX_ROWS)]
    users: Annotated[tuple[User, ...], msgspec.Meta(max_length=MAX_ROWS)]
    rights: Annotated[tuple[tuple[int, int], ...], msgspec.Meta(max_length=MAX_CELLS)]
    """Pairs of user and machine."""


TABLES = frozenset({"users", "roles", "machines", "machine_types", "authorizations"})
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})
_MACHINES = (
    "SELECT m.machine_id, m.machine_name, m.blocked, t.access_management FROM machines m"
    " LEFT JOIN machine_types t ON t.type_id = m.machine_type_id ORDER BY m.machine_id"
)
_USERS = (
    "SELECT u.user_id, u.name, u.surname, u.email, u.card_UUID, u.disabled, u.deleted,"
    " r.authorize_all FROM users u LEFT JOIN roles r ON r.role_id = u.role_id"
    " WHERE NOT (r.reserved AND NOT r.authorize_all) ORDER BY u.user_id"
)
"""*Anonymous*, which replaces deleted people, has the reserved role without rights."""
_RIGHTS = "SELECT user_id, machine_id FROM authorizations ORDER BY machine_id"


def read(data: bytes) -> Records:
    """Read the tables; uses and maintenance are not read. Raises NotReadable."""
    try:
        db = _open(data)
    except sqlite3.Error as problem:
        raise NotReadable(ReadProblem.DAMAGED) from problem
    try:
        return Records(
            machines=tuple(map(_machine, _rows(db, _MACHINES, MAX_ROWS))),
            users=tuple(map(_user, _rows(db, _USERS, MAX_ROWS))),
            rights=tuple((_number(u), _number(m)) for u, m in _rows(db, _RIGHTS, MAX_CELLS)),
        )
    except sqlite3.Error as problem:
        raise NotReadable(ReadProblem.KIND, problem=_line(problem)) from problem


def _open(data: bytes) -> sqlite3.Connection:
    """Open the data as a read-only database in memory. Raises NotReadable, sqlite3.Error."""
    if not data.startswith(b"SQLite format 3\x00"):
        raise NotReadable(ReadProblem.DAMAGED)
    db = sqlite3.connect(":memory:")
    # A database in WAL mode can't be opened in memory; the header of a closed one can be changed.
    db.deserialize(data[:18] + b"\x01\x01" + data[20:])
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MIB)
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    db.execute("PRAGMA trusted_schema=OFF")
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    db.set_authorizer(_authorize)
    if missing := sorted(TABLES - names):
        raise NotReadable(ReadProblem.KIND, problem=f"no table {', '.join(missing)}")
    return db


def _authorize(action: int, *_rest: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _rows(db: sqlite3.Connection, query: str, most: int) -> Iterator[Any]:
    """Yield the rows of a query. Raises NotReadable if there are more than `most`."""
    cursor = db.execute(query)
    yield from islice(cursor, most)
    if cursor.fetchone() is not None:
        raise NotReadable(ReadProblem.ROWS, most=most)


def _machine(row: tuple[object, ...]) -> Machine:
    key, name, blocked, managed = row
    return Machine(_number(key), _line(name), bool(blocked), _number(managed or 0))


def _user(row: tuple[object, ...]) -> User:
    key, first, last, mail, card, disabled, deleted, may_all = row
    name = " ".join(filter(None, (_line(first), _line(last))))[:MAX_TEXT_CHARACTERS]
    flags = bool(disabled), bool(deleted), bool(may_all)
    return User(_number(key), name, _line(mail), _line(card), *flags)


def _number(value: object) -> int:
    """Return the value as a number. Raises NotReadable if it is none."""
    if not isinstance(value, int):
        raise NotReadable(ReadProblem.KIND, problem=f"{_line(value)[:40]} is no number")
    return value


def _line(text: object) -> str:
    return " ".join(as_line(str("" if text is None else text)).split())[:MAX_TEXT_CHARACTERS]
