"""Migrates a database to this program's schema, and refuses one of a newer program.

The first schema and its steps are in `migrations/`; a feature may have a branch of its own, whose
first step depends on the main step that it needs.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from controller.store.engine import read_only, redacted_url
from controller.store.restore import NOTE_PREFIX, NOTE_QUERY
from controller.store.sqlite_file import mark
from controller.store.unavailable import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

# The steps of the schema, read from their files without running them or loading Alembic.
# Alembic and its dependencies take 10 MB, which a process that only checks should not need.

Graph = Mapping[str, "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """A migration step: its predecessors, and other steps that it depends on."""

    follows: frozenset[str]
    needs: frozenset[str]


def read_steps(folders: Iterable[Path]) -> dict[str, Step]:
    """Return all steps in these folders, by revision."""
    steps = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        constants = _constants(file)
        if "revision" in constants:
            follows, needs = (
                _names(constants.get("down_revision")),
                _names(constants.get("depends_on")),
            )
            steps[str(constants["revision"])] = Step(follows, needs)
    return steps


def heads(steps: Graph) -> set[str]:
    """Return the steps that have no successor."""
    return set(steps) - {name for step in steps.values() for name in step.follows}


def finished_steps(steps: Graph, revisions: Iterable[str]) -> set[str]:
    """Return all steps that have run in a database that records these revisions."""
    reached: set[str] = set()
    waiting = [name for name in revisions if name in steps]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += steps[name].follows | steps[name].needs
    return reached


def _constants(file: Path) -> dict[str, Any]:
    """Return the constants above the file's first function; only that part is parsed, for speed."""
    constants = {}
    head, _, _ = file.read_text(encoding="utf-8").partition("\ndef ")
    for line in ast.parse(head).body:
        for name, value in _assigned_names(line):
            try:
                constants[name] = ast.literal_eval(value)
            except ValueError:  # a computed value, which is never one of the constants needed
                continue
    return constants


def _assigned_names(line: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(line, ast.AnnAssign) and line.value is not None:
        yield from _pairs(line.target, line.value)
    elif isinstance(line, ast.Assign):
        for target in line.targets:
            yield from _pairs(target, line.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for element, element_value in zip(target.elts, value.elts, strict=True):
            yield from _pairs(element, element_value)


def _names(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset([value] if isinstance(value, str) else value)


_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(
    engine: Engine,
    branches: Sequence[Path] = (),
    *,
    then: Callable[[Connection], object] = lambda _connection: None,
) -> None:
    """Run the missing steps in one transaction. Raises DatabaseError for a newer database.

    `branches`: the folders of features with migrations. `then` checks the result: if it raises,
    everything is rolled back.
    """
    from alembic import command

    with engine.begin() as connection:
        _refuse_newer(connection, engine, _steps(branches))
        command.upgrade(_config(branches, connection), "heads")
        then(connection)
    mark_file(engine)


def refuse_newer(versions: set[str], branches: Sequence[Path], what: str) -> None:
    """Raise DatabaseError if `what` has schema versions that this program does not know."""
    steps = _steps(branches)
    if unknown := versions - set(steps):
        raise DatabaseError(
            f"{what} is at version {_list(unknown)}, newer than this program's"
            f" {_list(heads(steps))}; install the newer Loquet first, or take an older backup"
        )


def mark_file(engine: Engine) -> None:
    """Give a SQLite file its identifying number, if it has none. Raises sqlite3.Error."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        mark(Path(engine.url.database))


def require_current(engine: Engine, branches: Sequence[Path] = ()) -> None:
    """Raise DatabaseError, with advice, unless the schema is exactly this program's."""
    steps = _steps(branches)
    with read_only(engine).connect() as connection:
        _refuse_newer(connection, engine, steps)
        _refuse_unfinished(connection)
        versions = _current_versions(connection)
    if _has_all(steps, versions):
        return
    state = f"is at version {_list(versions)}, this program needs {_list(heads(steps))}"
    state = state if versions else "is empty"
    raise DatabaseError(f"database {redacted_url(engine)} {state}; run: loquet db upgrade")


def is_current(engine: Engine, branches: Sequence[Path] = ()) -> bool:
    """Return whether no step is missing. Raises DatabaseError for a newer database."""
    steps = _steps(branches)
    with read_only(engine).connect() as connection:
        _refuse_newer(connection, engine, steps)
        return _has_all(steps, _current_versions(connection))


def current(engine: Engine) -> str | None:
    """Return the database's version; None if it is empty."""
    with read_only(engine).connect() as connection:
        return _list(_current_versions(connection)) or None


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


def _current_versions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _has_all(steps: Graph, recorded: set[str]) -> bool:
    """Return whether all steps have run.

    A branch's step implies the step that it depends on, which then has no row of its own.
    """
    return heads(steps) <= finished_steps(steps, recorded)


def _list(versions: set[str]) -> str:
    return ", ".join(sorted(versions))


def _refuse_unfinished(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    note = connection.exec_driver_sql(NOTE_QUERY).scalar()
    if note is not None and note.startswith(NOTE_PREFIX):
        raise DatabaseError(
            "a restore of this database was interrupted; run the same command again:"
            " loquet db restore FILE, or loquet backup restore"
        )


def _refuse_newer(connection: Connection, engine: Engine, steps: Graph) -> None:
    unknown = _current_versions(connection) - set(steps)
    if unknown:
        raise DatabaseError(
            f"database {redacted_url(engine)} is at version {_list(unknown)}, newer than this"
            f" program's {_list(heads(steps))}; install the newer Loquet, or restore an"
            " older backup"
        )
