"""Restore a database from a backup, prepared beside the current one and then exchanged."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy.exc import DBAPIError

from controller.assembly import HOUSE
from controller.cli.work import CommandFailed, open_checked
from controller.kernel.database import Database, wall_clock
from controller.settings import Settings
from controller.store import restore as store_restore
from controller.store.engine import open_database, parse
from controller.store.migrate import refuse_newer, upgrade
from controller.store.postgresql import OLD_SCHEMA
from controller.store.swap import Move, swap
from controller.store.swap import finish as finish_swap
from controller.store.unavailable import DatabaseError


class ReplacedDatabase(msgspec.Struct, frozen=True):
    """What must be kept of the database that is replaced; empty if it can't be read."""

    erased: list[str] = []
    """Members whom somebody has erased, without those erased by retention (decision 0203)."""
    epochs: dict[str, int] = {}
    """Epoch of the policy, by site."""


class RestoreResult(NamedTuple):
    """What a restore did, for the person who started it."""

    erased_again: int
    kept: list[str]
    """Where the replaced files are now."""
    files: int = 0
    """How many files of the place were restored."""

    def text(self) -> str:
        """Return the result as a text for the person who started the restore."""
        sentences = [
            "Restored. Agents load the whole policy again and resend the events that they kept"
            " since that backup. A few minutes after the start, run loquet db check to see whether"
            " any are missing."
        ]
        if self.erased_again:
            sentences.append(
                f"{self.erased_again} people who had been erased since that backup, by somebody or"
                " at their own request, are erased again."
            )
        if self.files:
            sentences.append("Keys and the broker's files were restored too: restart the broker.")
        if self.kept:
            sentences.append(
                f"The replaced files are kept until you delete them: {', '.join(self.kept)}."
            )
        return " ".join(sentences)


def restore(
    settings: Settings,
    file: Path,
    *,
    confirm: Callable[[], None],
    others: Callable[[], Sequence[Move]] = lambda: (),
) -> RestoreResult:
    """Lock the database, call `confirm`, and exchange it. Raises DatabaseError, CommandFailed.

    `confirm` asks a person, and raises if they refuse. `others` returns further files to
    exchange together with the database.
    """
    url = settings.database.url
    store_restore.require_backup(file, url)
    refuse_newer(store_restore.versions_of(file, url), HOUSE.migrations, str(file))
    _make_folder(url)
    with store_restore.exclusive_use(url), _report_disk_errors():
        confirm()
        replaced = _read_replaced(url)
        if parse(url).get_backend_name() == "sqlite":
            return _exchange(settings, file, replaced, others)
        moves = others()
        store_restore.restore_into_server(file, url, msgspec.json.encode(replaced).decode())
        swap(settings.unfinished_swap, moves)
        count = _renew(url, replaced)  # clears the mark of an unfinished restore
        return RestoreResult(count, [f"schema {OLD_SCHEMA}", *_kept_files(moves)], len(moves))


def ask(question: str, *, sure: bool, needs_answer: bool = False) -> None:
    """Raise CommandFailed unless a person confirms.

    Without a terminal it counts as confirmed, unless `needs_answer`: then `--yes` is required.
    """
    if sure:
        return
    if not sys.stdin.isatty():
        if needs_answer:
            raise CommandFailed("can't ask for confirmation here: add --yes")
        return
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes", "o", "oui"):
        raise CommandFailed("nothing was changed")


def finish(settings: Settings) -> None:
    """Finish an exchange that was interrupted, unless another process is still doing it."""
    try:
        with store_restore.exclusive_use(settings.database.url):
            finish_swap(settings.unfinished_swap)
    except DatabaseError:
        return


def move_to(place: Path, ready: Path) -> Move:
    """Return the exchange of a file; the replaced one is kept under an unused name."""
    stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S")
    moved_to = place.with_name(f"{place.name}.before-{stamp}")
    while moved_to.exists():
        moved_to = moved_to.with_name(f"{moved_to.name}+")
    return Move(ready, place, moved_to)


def _exchange(
    settings: Settings, file: Path, replaced: ReplacedDatabase, others: Callable[[], Sequence[Move]]
) -> RestoreResult:
    place = Path(str(parse(settings.database.url).database)).resolve()
    ready = place.with_name(f"{place.name}.restoring")
    try:
        store_restore.stage(file, ready)
        count = _renew(f"sqlite:///{ready}", replaced)
        store_restore.checkpoint(ready)
    except BaseException:
        for path in place.parent.glob(f"{ready.name}*"):
            path.unlink()
        raise
    move = move_to(place, ready)
    store_restore.checkpoint(place)
    _move_side_files_away(place, move.backup)
    moves = [move, *others()]
    swap(settings.unfinished_swap, moves)
    if move.backup.exists() and not move.backup.stat().st_size:
        move.backup.unlink()  # there was no database; locking it had made an empty file
    return RestoreResult(count, _kept_files(moves), len(moves) - 1)


@contextmanager
def _report_disk_errors() -> Iterator[None]:
    """Turn an error of the disk into a CommandFailed."""
    try:
        yield
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or 'the disk'}: {error.strerror}; fix that, and restore again"
        ) from error


def _move_side_files_away(place: Path, moved_to: Path) -> None:
    """Move side files away: SQLite would apply them to the restored database."""
    for end in ("-wal", "-shm"):
        side = place.with_name(place.name + end)
        if side.exists():
            side.replace(moved_to.with_name(moved_to.name + end))


def _kept_files(moves: Sequence[Move]) -> list[str]:
    return [str(move.backup) for move in moves if move.backup.exists()]


def _make_folder(url: str) -> None:
    """Create the database's folder, which a new computer does not have yet."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)


def _read_replaced(url: str) -> ReplacedDatabase:
    from controller.capabilities.privacy.erasure.erase import erased_by_people
    from controller.policy import heads

    unfinished = store_restore.unfinished_note(url)
    if unfinished is not None:
        return msgspec.json.decode(unfinished, type=ReplacedDatabase)
    try:
        with open_checked(url, exclusive=True) as database, database.read() as db:
            epochs = {head.site_id: head.epoch for head in heads(db)}
            return ReplacedDatabase(erased_by_people(db), epochs)
    except (DatabaseError, DBAPIError):
        return ReplacedDatabase()


def _renew(url: str, replaced: ReplacedDatabase) -> int:
    """Upgrade the restored database and start a new policy epoch.

    Returns how many members were erased again.
    """
    from controller.capabilities.privacy.erasure.erase import erase_again
    from controller.kernel.actor import Actor
    from controller.kernel.outbox import renumber
    from controller.policy import raise_epoch

    engine = open_database(url, exclusive=True)
    try:
        upgrade(engine, HOUSE.migrations)
        database = Database(engine, house=HOUSE)
        with database.write() as db:
            raise_epoch(db, wall_clock(), above=replaced.epochs)
            renumber(db)
            count = erase_again(db, replaced.erased, actor=Actor.system("cli"), now=wall_clock())
            store_restore.clear_note(db.connection())
        database.drop_old_pages()
    finally:
        engine.dispose()
    return count
