"""What a FabOMatic's database has: people, badges, authorisations and machines.

Its tables are those of FabOMatic 1.0 (`users`, `roles`, `machines`, `machine_types`,
`authorizations`); older ones lack columns that are not read here.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from controller.capabilities.imports.bundle import (
    BroughtMachine,
    Found,
    Left,
    NamedThing,
    Things,
    WhyLeft,
)
from controller.capabilities.imports.tables import Table
from controller.capabilities.member_files.columns import SEPARATOR
from controller.integrations.fabomatic.cards import is_maybe_short, number_of
from controller.kernel.errors import ServiceError
from controller.kernel.slugs import slug_of

HEADINGS = ("display_name", "email", "badge", "certifications", "status")
FACTORY_CARD = "12345678"
"""Its first administrator's."""
LONGEST_S = 10.0
_TABLES = frozenset({"users", "roles", "machines", "machine_types", "authorizations"})
_FREE = 1
"""`access_management` of a type of machines that anybody with a badge may use."""


class Wrong(StrEnum):
    """Why a file can't be read."""

    NO_DATABASE = "no_database"
    NO_FABOMATIC = "no_fabomatic"


class NotFabOMatic(ServiceError):
    """The file is no database of FabOMatic."""

    def __init__(self, wrong: Wrong, said: str) -> None:
        super().__init__(said)
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class _Machine:
    brought: BroughtMachine
    key: int


def read_database(data: bytes) -> Found:
    """All of it; uses and maintenance stay where they are. Raises NotFabOMatic."""
    db = _opened(data)
    try:
        machines = list(_machines(db))
        people, left = _people(db, machines)
    except sqlite3.Error as problem:
        raise NotFabOMatic(Wrong.NO_FABOMATIC, f"not FabOMatic's: {problem}") from problem
    finally:
        db.close()
    things = Things(
        certifications=tuple(
            NamedThing(id=each.brought.certification, name=each.brought.name)
            for each in machines
            if each.brought.certification
        ),
        machines=tuple(each.brought for each in machines),
        left=tuple(Left(why=why, names=tuple(names)) for why, names in left.items()),
    )
    return Found(
        table=Table(headings=HEADINGS, rows=tuple(enumerate(people, 2)), written="FabOMatic"),
        things=things,
    )


def _opened(data: bytes) -> sqlite3.Connection:
    """In memory; whoever made the file can't keep us for ever. Raises NotFabOMatic."""
    if not data.startswith(b"SQLite format 3\x00"):
        raise NotFabOMatic(Wrong.NO_DATABASE, "this is no SQLite database")
    db = sqlite3.connect(":memory:")
    until = time.monotonic() + LONGEST_S
    db.set_progress_handler(lambda: time.monotonic() > until, 100_000)
    try:
        # A database in WAL mode can't be opened in memory; closed, it is the same without.
        db.deserialize(data[:18] + b"\x01\x01" + data[20:])
        db.execute("PRAGMA trusted_schema=OFF")
        names = {
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
    except sqlite3.Error as problem:
        db.close()
        raise NotFabOMatic(Wrong.NO_DATABASE, f"the database is damaged: {problem}") from problem
    if missing := sorted(_TABLES - names):
        db.close()
        raise NotFabOMatic(Wrong.NO_FABOMATIC, f"tables are missing: {', '.join(missing)}")
    return db


def _machines(db: sqlite3.Connection) -> Iterator[_Machine]:
    """By number; two that would have the same id have their number at its end."""
    seen: set[str] = set()
    found = db.execute(
        "SELECT m.machine_id, m.machine_name, m.blocked, t.access_management FROM machines m"
        " LEFT JOIN machine_types t ON t.type_id = m.machine_type_id ORDER BY m.machine_id"
    )
    for key, name, blocked, managed in found:
        slug = slug_of(str(name))
        slug = f"{slug}-{key}" if slug in seen else slug
        seen.add(slug)
        yield _Machine(
            BroughtMachine(
                id=slug,
                name=_line(name) or slug,
                certification=None if managed == _FREE else slug,
                subscription=False,
                blocked=bool(blocked),
                number=int(key),
            ),
            int(key),
        )


def _people(
    db: sqlite3.Connection, machines: list[_Machine]
) -> tuple[list[tuple[str, ...]], Mapping[WhyLeft, list[str]]]:
    left: dict[WhyLeft, list[str]] = defaultdict(list)
    asked = {each.key: each.brought.certification for each in machines}
    mine: dict[int, list[str]] = defaultdict(list)
    rights = db.execute("SELECT user_id, machine_id FROM authorizations ORDER BY machine_id")
    for user, machine in rights:
        if certification := asked.get(machine):
            mine[user].append(certification)
    every = [each for each in asked.values() if each]
    rows: list[tuple[str, ...]] = []
    for key, first, last, mail, card, disabled, deleted, all_of_them in db.execute(_USERS):
        name = " ".join(filter(None, (_line(first), _line(last))))
        if deleted:
            left[WhyLeft.DELETED].append(name)
            continue
        badge = _badge(name, str(card or ""), left)
        held = SEPARATOR.join(every if all_of_them else mine[key])
        rows.append((name, _line(mail), badge, held, "suspended" if disabled else "active"))
    return rows, left


_USERS = (
    "SELECT u.user_id, u.name, u.surname, u.email, u.card_UUID, u.disabled, u.deleted,"
    " r.authorize_all FROM users u LEFT JOIN roles r ON r.role_id = u.role_id"
    " WHERE NOT (r.reserved AND NOT r.authorize_all) ORDER BY u.user_id"
)
"""Whose role is its own and may nothing is *Anonymous*, who stands for people it has purged."""


def _badge(name: str, card: str, left: dict[WhyLeft, list[str]]) -> str:
    if card == FACTORY_CARD:
        left[WhyLeft.FACTORY_BADGE].append(name)
    if card in ("", FACTORY_CARD):
        return ""
    number = number_of(card)
    if number is None:
        left[WhyLeft.NO_BADGE].append(f"{name} ({card})")
        return ""
    if is_maybe_short(number):
        left[WhyLeft.SHORT_BADGE].append(name)
    return str(number)


def _line(text: object) -> str:
    return " ".join(str(text or "").split())[:200]
