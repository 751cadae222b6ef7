"""Import members from a CSV file: check the whole file first, then store it in batches.

SQLite allows one writer at a time: a single transaction with a hundred thousand members would
block every badge and page for half a minute. An interrupted import continues if the same file is
imported again, since a member's id is derived from the file and the line.
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.capabilities.badges import site_keys
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.member_files.already_here import (
    PossibleDuplicate,
    RepeatedEmail,
    already_here,
    same_email,
)
from controller.capabilities.member_files.columns import Line, PlaceData
from controller.capabilities.member_files.import_rows import ImportWork, id_of, rows_of
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.capabilities.member_files.reading import ImportRefused, decode_file, read_lines
from controller.capabilities.members.memberships import name_key, organisations_by_name
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.validity import ends_at
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.errors import Conflict
from controller.kernel.health import DatabaseUnavailable
from controller.kernel.models import AuditEntry
from controller.kernel.rows import resolve_site
from controller.policy import invalidate
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.policy.reading import chunks

FIRST, LEAST, MOST = 200, 50, 1000
"""Members per transaction: the first one, and the limits for the next."""
TRANSACTION_S = 0.3
"""How long a transaction should take; the size of the next batch is chosen accordingly."""
SAMPLE_SIZE = 20
"""Number of lines that a trial shows as they were read."""
BEGUN, DONE = "members_import_begun", "members_imported"
"""Audit actions: an import began, and it is complete."""
Progress = Callable[[str, int], None]
"""Called with the stage (`read` or `stored`) and the number of lines."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The outcome of importing a file."""

    members: int
    encoding: str
    """Detected text encoding of the file."""
    here: Sequence[PossibleDuplicate] = ()
    """Lines that may be people who are members already; these do not prevent an import."""
    same: Sequence[RepeatedEmail] = ()
    """Lines that repeat an earlier line's e-mail address; these do not prevent an import either."""
    fresh: Sequence[Line] = ()
    """The first lines of people who are not members yet, as they were read."""
    badges: int = 0
    subscriptions: int = 0
    certifications: int = 0
    """How many of each the members get, counted per member."""


class StopCause(StrEnum):
    """Why an import stopped halfway through."""

    CHANGED = "changed"
    """Something that the lines refer to has been deleted meanwhile."""
    TAKEN = "taken"
    """A badge has been given to somebody else meanwhile."""
    UNAVAILABLE = "unavailable"
    """The database can't be written; importing the same file again continues from there."""


class ImportStopped(Conflict):
    """An import stopped because of a change since the check; the message says how far it got."""

    def __init__(self, message: str, cause: StopCause, done: int, total: int) -> None:
        super().__init__(message)
        self.cause, self.done, self.total = cause, done, total


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Options of an import."""

    site_id: str | None
    new_only: bool
    also: frozenset[str] = frozenset()
    """Certifications that do not exist yet, but will."""


def try_members(
    database: Database,
    data: bytes,
    *,
    vault: Vault,
    actor: Actor,
    now: Utc,
    site_id: str | None = None,
    new_only: bool = False,
    also: frozenset[str] = frozenset(),
) -> ImportOutcome:
    """Return what `import_members` would do now, without writing. Raises ImportRefused.

    `also`: certifications that will have been created by then.
    """
    wanted = _Wanted(site_id, new_only, also)
    work, encoding = _work(database, data, vault, actor, now, wanted)
    return _imported(work, encoding, _here(database, work), same_email(work.lines))


def import_members(
    database: Database,
    data: bytes,
    *,
    vault: Vault,
    actor: Actor,
    now: Utc,
    site_id: str | None = None,
    new_only: bool = False,
    progress: Progress = lambda what, count: None,
    first: int = FIRST,
) -> ImportOutcome:
    """Import a CSV file whose header line names COLUMNS.

    Writes nothing unless every line can be imported: otherwise raises ImportRefused with all
    problems. An interrupted import continues if the same file is imported again. Raises
    ImportStopped, DatabaseUnavailable. `progress` is called with the stage and the number of lines.
    `new_only`: skip lines of people who may be members already. `first`: members in the first
    transaction.
    """
    wanted = _Wanted(site_id, new_only)
    work, encoding = _work(database, data, vault, actor, now, wanted, progress)
    if new_only:
        work = replace(work, lines=_fresh(database, work))
    _store_all(database, work, now, progress, first)
    return _imported(work, encoding)


def _imported(
    work: ImportWork,
    encoding: str,
    here: Sequence[PossibleDuplicate] = (),
    same: Sequence[RepeatedEmail] = (),
) -> ImportOutcome:
    lines, taken = work.lines, {match.line for match in here}
    return ImportOutcome(
        members=len(lines),
        encoding=encoding,
        here=here,
        same=same,
        fresh=[line for line in lines if line.number not in taken][:SAMPLE_SIZE],
        badges=sum(line.badge is not None for line in lines),
        subscriptions=sum(line.plan is not None for line in lines),
        certifications=sum(len(line.certifications) for line in lines),
    )


def _work(
    database: Database,
    data: bytes,
    vault: Vault,
    actor: Actor,
    now: Utc,
    wanted: _Wanted,
    progress: Progress = lambda what, count: None,
) -> tuple[ImportWork, str]:
    """Check all lines; return the work and the file's encoding. Raises ImportRefused."""
    found = decode_file(data)
    digest = hashlib.sha256(data).hexdigest()
    with database.read() as db:
        site = resolve_site(db, actor, Permission.MEMBERS_WRITE, wanted.site_id)
        actor.require(Permission.CERTIFY, site)
        known = _known(db, site, wanted.also)
        lines, problems = read_lines(found.text, known, lambda count: progress("read", count))
        begun = _begun(db, site, digest) or now
        work = ImportWork(site, digest, begun, lines, vault, actor, _ends(db, site, now))
    judged = _fresh(database, work) if wanted.new_only else lines
    with database.read() as db:
        problems += _taken(db, work, judged)
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.line), same_email(lines))
    return work, found.encoding


def _fresh(database: Database, work: ImportWork) -> list[Line]:
    """Return the lines of people who are not members yet."""
    here = {match.line for match in _here(database, work)}
    return [line for line in work.lines if line.number not in here]


def _here(database: Database, work: ImportWork) -> list[PossibleDuplicate]:
    with database.read() as db:
        found = already_here(db, work.site, work.lines)
    own = {id_of(work, line): line.number for line in work.lines}
    return [match for match in found if own.get(match.member_id) != match.line]


def _store_all(
    database: Database, work: ImportWork, now: Utc, progress: Progress, first: int
) -> None:
    done, size, total = 0, first, len(work.lines)
    present = _present(database, work) if work.begun != now else frozenset()
    while done < total:
        some = work.lines[done : done + size]
        fresh = [line for line in some if id_of(work, line) not in present]
        started = time.monotonic()
        try:
            _store(database, work, fresh, now, (done == 0, done + len(some) == total))
        except IntegrityError as problem:
            raise _stopped(work, done, f"{_CHANGED}; {_REST}", StopCause.CHANGED) from problem
        except ImportRefused as problem:
            raise _stopped(work, done, f"{problem.first}; {_REST}", StopCause.TAKEN) from problem
        except DatabaseUnavailable as problem:
            raise _stopped(work, done, f"{problem}; {_AGAIN}", StopCause.UNAVAILABLE) from problem
        done += len(some)
        progress("stored", done)
        if done < total:
            took_s = max(time.monotonic() - started, 0.001)
            size = max(LEAST, min(MOST, int(len(some) * TRANSACTION_S / took_s)))
            database.give_way()


def _store(
    database: Database, work: ImportWork, lines: Sequence[Line], now: Utc, edge: tuple[bool, bool]
) -> None:
    """Store some lines in one transaction; `edge`: whether they are the first and the last."""
    rows = rows_of(work, lines, now)
    is_first, is_last = edge
    with database.write() as db:
        if taken := _taken(db, work, lines):
            raise ImportRefused(taken)
        for model, row in rows.items():
            db.execute(insert(model), row, execution_options={INVALIDATED_BY_HAND: True})
        invalidate(db, "member", (id_of(work, line) for line in lines))
        action = DONE if is_last else BEGUN if is_first and work.begun == now else None
        if action is not None:
            told = {"count": len(work.lines), "digest": work.digest}
            audit.record(db, work.actor, now, action, f"site:{work.site}", work.site, **told)


_CHANGED = "something that these lines refer to has been deleted"
_REST = "remove the lines that are imported, correct the problem, and import the rest"
_AGAIN = "import the same file again: it continues from there, without importing anything twice"


def _stopped(work: ImportWork, done: int, why: str, cause: StopCause) -> ImportStopped:
    lines = work.lines
    upto = f"up to line {lines[done - 1].number}" if done else "none"
    since = lines[done].number
    said = f"{done} of {len(lines)} imported ({upto}), from line {since} on nothing: {why}"
    return ImportStopped(said, cause, done, len(lines))


def _begun(db: Session, site: str, digest: str) -> Utc | None:
    """Return when the import of this very file began, if it was interrupted; otherwise None."""
    of_site = AuditEntry.action.in_((BEGUN, DONE)), AuditEntry.subject == f"site:{site}"
    last = db.scalars(select(AuditEntry).where(*of_site).order_by(AuditEntry.seq.desc()).limit(1))
    entry = last.first()
    if entry is None or entry.action != BEGUN or json.loads(entry.detail)["digest"] != digest:
        return None
    return entry.at


def _present(database: Database, work: ImportWork) -> frozenset[str]:
    """Return the ids of the members that an interrupted import of this file already created."""
    found: set[str] = set()
    with database.read() as db:
        for ids in chunks(id_of(work, line) for line in work.lines):
            found.update(db.scalars(select(MemberRow.id).where(MemberRow.id.in_(ids))))
    return frozenset(found)


def _known(db: Session, site_id: str, also: frozenset[str]) -> PlaceData:
    return PlaceData(
        _plans_by_name(db, site_id),
        also.union(db.scalars(select(CertificationRow.id))),
        ZoneInfo(db.get_one(SiteRow, site_id).time_zone),
        organisations_by_name(db, site_id),
    )


def _plans_by_name(db: Session, site_id: str) -> dict[str, str]:
    """Return a site's plan ids by `name_key` of every unambiguous name, and of every id."""
    found: dict[str, set[str]] = {}
    ids: dict[str, str] = {}
    plans = select(PlanRow.id, PlanRow.name).where(PlanRow.site_id == site_id)
    for key, name in db.execute(plans):
        ids[name_key(key)] = key
        for label in filter(None, name.values()):
            found.setdefault(name_key(label), set()).add(key)
    return {name: next(iter(keys)) for name, keys in found.items() if len(keys) == 1} | ids


def _taken(db: Session, work: ImportWork, lines: Sequence[Line]) -> list[Problem]:
    """Return a problem for each badge that somebody else has, except members made by this file."""
    by_key: dict[HolderKey, list[Line]] = {}
    names = site_keys.holder_keys_function(db, work.vault)
    for line in lines:
        if line.badge:
            for name in names(line.badge):
                by_key.setdefault(name, []).append(line)
    taken: list[Problem] = []
    columns = (CredentialRow.holder_key, CredentialRow.member_id)
    for keys in chunks(by_key):
        for key, owner in db.execute(select(*columns).where(CredentialRow.holder_key.in_(keys))):
            others = (line for line in by_key[HolderKey(key)] if owner != id_of(work, line))
            taken += [Problem(line.number, "badge", ProblemReason.BADGE_GIVEN) for line in others]
    return sorted(taken, key=lambda problem: problem.line)


def _ends(db: Session, site: str, now: Utc) -> dict[str, Utc | None]:
    zone = db.get_one(SiteRow, site).time_zone
    return {row.id: ends_at(row, zone, now) for row in db.scalars(select(CertificationRow))}
