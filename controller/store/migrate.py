"""Bring a database to this program's schema, and refuse one that is from a newer program.

The first schema and its steps lie in `migrations/`; a feature may bring a branch of its own, whose
first step depends on the step of ours that it needs.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from controller.store.bringing_back import MARK, NOTE_PREFIX
from controller.store.engine import reader, redacted_url
from controller.store.sqlite_file import mark
from controller.store.unavailable import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

# The steps of the schema as their files tell, read without running them or loading Alembic.
#
# Alembic and what it needs take 10 MB, which a process that only asks has no use for.

Graph = Mapping[str, "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One revision: what it follows, and what else must be there."""

    follows: frozenset[str]
    needs: frozenset[str]


def read_steps(folders: Iterable[Path]) -> dict[str, Step]:
    """All steps of these folders, by revision."""
    found = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        told = _told(file)
        if "revision" in told:
            follows, needs = _names(told.get("down_revision")), _names(told.get("depends_on"))
            found[str(told["revision"])] = Step(follows, needs)
    return found


def heads(steps: Graph) -> set[str]:
    """Those that no other follows."""
    return set(steps) - {name for step in steps.values() for name in step.follows}


def finished_steps(steps: Graph, found: Iterable[str]) -> set[str]:
    """All migrations that have run in a database that records these revisions."""
    reached: set[str] = set()
    waiting = [name for name in found if name in steps]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += steps[name].follows | steps[name].needs
    return reached


def _told(file: Path) -> dict[str, Any]:
    """The constants above its first function: the first schema goes on for thousands of lines."""
    told = {}
    head, _, _ = file.read_text(encoding="utf-8").partition("\ndef ")
    for line in ast.parse(head).body:
        for name, value in _set_by(line):
            try:
                told[name] = ast.literal_eval(value)
            except ValueError:  # worked out when it is run: none that is looked for
                continue
    return told


def _set_by(line: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(line, ast.AnnAssign) and line.value is not None:
        yield from _pairs(line.target, line.value)
    elif isinstance(line, ast.Assign):
        for target in line.targets:
            yield from _pairs(target, line.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for element, its in zip(target.elts, value.elts, strict=True):
            yield from _pairs(element, its)


def _names(told: Any) -> frozenset[str]:
    if told is None:
        return frozenset()
    return frozenset([told] if isinstance(told, str) else told)


_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(
    engine: Engine,
    branches: Sequence[Path] = (),
    *,
    then: Callable[[Connection], object] = lambda _connection: None,
) -> None:
    """Run what is missing, in one transaction. Raises DatabaseError for a newer database.

    `features` are the folders of features that bring migrations. `then` looks at what has come of
    it: if it raises, nothing was done.
    """
    from alembic import command

    with engine.begin() as connection:
        _refuse_newer(connection, engine, _steps(branches))
        command.upgrade(_config(branches, connection), "heads")
        then(connection)
    tell_apart(engine)


def refuse_newer(found: set[str], branches: Sequence[Path], what: str) -> None:
    """Raise DatabaseError if `what` has steps of the schema that this program does not know."""
    steps = _steps(branches)
    if unknown := found - set(steps):
        raise DatabaseError(
            f"{what} is at version {_said(unknown)}, newer than this program's"
            f" {_said(heads(steps))}; install the newer Loquet first, or take an older backup"
        )


def tell_apart(engine: Engine) -> None:
    """See that a SQLite file can be told from every other place's. Raises sqlite3.Error."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        mark(Path(engine.url.database))


def check(engine: Engine, branches: Sequence[Path] = ()) -> None:
    """Raise DatabaseError, with what to do, unless the schema is exactly this program's."""
    steps = _steps(branches)
    with reader(engine).connect() as connection:
        _refuse_newer(connection, engine, steps)
        _refuse_unfinished(connection)
        found = _found(connection)
    if _has_all(steps, found):
        return
    state = f"is at version {_said(found)}, this program needs {_said(heads(steps))}"
    state = state if found else "is empty"
    raise DatabaseError(f"database {redacted_url(engine)} {state}; run: loquet db upgrade")


def is_current(engine: Engine, branches: Sequence[Path] = ()) -> bool:
    """Whether nothing is missing. Raises DatabaseError for a newer database."""
    steps = _steps(branches)
    with reader(engine).connect() as connection:
        _refuse_newer(connection, engine, steps)
        return _has_all(steps, _found(connection))


def current(engine: Engine) -> str | None:
    """The database's version; None when it is empty."""
    with reader(engine).connect() as connection:
        return _said(_found(connection)) or None


def _steps(branches: Sequence[Path]) -> Graph:
    return read_steps([_SCRIPTS / "versions", *branches])


def _config(branches: Sequence[Path], connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    folders = "\n".join(map(str, (_SCRIPTS / "versions", *branches)))
    config.set_main_option("version_locations", folders.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _found(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _has_all(steps: Graph, found: set[str]) -> bool:
    """A branch's step stands for the step that it depends on, which then has no row of its own."""
    return heads(steps) <= finished_steps(steps, found)


def _said(versions: set[str]) -> str:
    return ", ".join(sorted(versions))


def _refuse_unfinished(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    said = connection.exec_driver_sql(MARK).scalar()
    if said is not None and said.startswith(NOTE_PREFIX):
        raise DatabaseError(
            "a restore of this database was cut off before its end; run the same again:"
            " loquet db restore FILE, or loquet backup restore"
        )


def _refuse_newer(connection: Connection, engine: Engine, steps: Graph) -> None:
    unknown = _found(connection) - set(steps)
    if unknown:
        raise DatabaseError(
            f"database {redacted_url(engine)} is at version {_said(unknown)}, newer than this"
            f" program's {_said(heads(steps))}; install the newer Loquet, or restore an"
            " older backup"
        )
