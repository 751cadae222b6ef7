"""Imports members from a CSV file: checks the whole file first, then stores it in batches.

SQLite allows one writer at a time: a single transaction with a hundred thousand members would block
every badge and page for half a minute. Members' ids are derived from the file and the line, so
importing the same file again continues an interrupted import.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
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
    LineRemark,
    PossibleDuplicate,
    already_here,
    line_remarks,
)
from controller.capabilities.member_files.columns import Line, PlaceData
from controller.capabilities.member_files.import_rows import ImportWork, id_of, rows_of
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.capabilities.member_files.reading import (
    NO_HEADINGS,
    ImportRefused,
    decode_file,
    read_lines,
)
from controller.capabilities.members.changes import post_news_at_sites
from controller.capabilities.members.memberships import name_key, organisations_by_name
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.validity import ends_at
from controller.domain.facts import Name
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
"""Members per transaction: the first one, and the limits for the others."""
TRANSACTION_S = 0.3
"""How long a transaction should take; batch sizes are adapted to it."""
SAMPLE_SIZE = 20
"""Number of lines that a trial shows as read."""
BEGUN, DONE = "members_import_begun", "members_imported"
"""Audit actions: an import began, and it is complete."""
Progress = Callable[[str, int], None]
"""Called with the stage (`read` or `stored`) and the number of lines."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The outcome of importing a file: counts, and lines to check."""

    members: int
    encoding: str
    """Detected text encoding of the file."""
    possible_duplicates: Sequence[PossibleDuplicate] = ()
    remarks: Sequence[LineRemark] = ()
    sample: Sequence[Line] = ()
    """The first lines of new members, as read."""
    plans: Sequence[tuple[str, Utc]] = ()
    """Plan id and start of each subscription that new members get."""
    badges: int = 0
    subscriptions: int = 0
    certifications: int = 0
    """How many of each the members get, counted per member."""


class StopCause(StrEnum):
    """Why an import stopped before its end."""

    CHANGED = "changed"
    """Something to which the lines refer was deleted meanwhile."""
    TAKEN = "taken"
    """A badge was given to somebody else meanwhile."""
    UNAVAILABLE = "unavailable"
    """The database is not available; importing the same file again continues."""


class ImportStopped(Conflict):
    """An import stopped because of a change since the check; the message contains its progress."""

    def __init__(self, message: str, cause: StopCause, done_count: int, total: int) -> None:
        super().__init__(message)
        self.cause, self.done, self.total = cause, done_count, total


@dataclass(frozen=True, slots=True)
class _Options:
    """Options of an import."""

    site_id: str | None
    new_only: bool
    also: frozenset[str] = frozenset()
    """Certifications that will be created before the import."""
    headings: Mapping[str, str] = NO_HEADINGS


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
    headings: Mapping[str, str] = NO_HEADINGS,
) -> ImportOutcome:
    """Return what `import_members` would do now, without writing. Raises ImportRefused.

    `also`: certifications that will be created before the import.
    """
    options = _Options(site_id, new_only, also, headings)
    work, encoding = _checked_work(database, data, vault, actor, now, options)
    return _outcome(work, encoding, _duplicates(database, work), line_remarks(work.lines))


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
    headings: Mapping[str, str] = NO_HEADINGS,
) -> ImportOutcome:
    """Import a CSV file with a header line of COLUMNS.

    Checks every line first: raises ImportRefused with all problems, and writes nothing. Importing
    the same file again continues an interrupted import. Raises ImportStopped, DatabaseUnavailable.
    `progress` is called with the stage and the number of lines. `new_only`: skip lines of possible
    existing members. `first`: members in the first transaction. `headings`: other names of columns,
    in lower case.
    """
    options = _Options(site_id, new_only, headings=headings)
    work, encoding = _checked_work(database, data, vault, actor, now, options, progress)
    if new_only:
        work = replace(work, lines=_fresh(database, work))
    _store_all(database, work, now, progress, first)
    return _outcome(work, encoding)


def _outcome(
    work: ImportWork,
    encoding: str,
    duplicates: Sequence[PossibleDuplicate] = (),
    remarks: Sequence[LineRemark] = (),
) -> ImportOutcome:
    lines, duplicate_lines = work.lines, {match.line for match in duplicates}
    new_lines = [line for line in lines if line.number not in duplicate_lines]
    return ImportOutcome(
        members=len(lines),
        encoding=encoding,
        possible_duplicates=duplicates,
        remarks=remarks,
        sample=new_lines[:SAMPLE_SIZE],
        plans=[(line.plan, line.starts) for line in new_lines if line.plan and line.starts],
        badges=sum(line.badge is not None for line in lines),
        subscriptions=sum(line.plan is not None for line in lines),
        certifications=sum(len(line.certifications) for line in lines),
    )


def _checked_work(
    database: Database,
    data: bytes,
    vault: Vault,
    actor: Actor,
    now: Utc,
    options: _Options,
    progress: Progress = lambda what, count: None,
) -> tuple[ImportWork, str]:
    """Check all lines; return the work and the file's encoding. Raises ImportRefused."""
    text = decode_file(data)
    digest = hashlib.sha256(data).hexdigest()
    with database.read() as db:
        site = resolve_site(db, actor, Permission.MEMBERS_WRITE, options.site_id)
        actor.require(Permission.CERTIFY, site)
        plans_by_name = _plans_by_name(db, site)
        place = PlaceData(
            plans_by_name,
            options.also.union(db.scalars(select(CertificationRow.id))),
            ZoneInfo(db.get_one(SiteRow, site).time_zone),
            organisations_by_name(db, site),
            _plan_names(db, site, plans_by_name),
        )
        lines, problems = read_lines(
            text.text, place, lambda count: progress("read", count), options.headings
        )
        started_at = _interrupted_at(db, site, digest) or now
        work = ImportWork(
            site, digest, started_at, lines, vault, actor, _certification_ends(db, site, now)
        )
    lines_to_check = _fresh(database, work) if options.new_only else lines
    with database.read() as db:
        problems += _badge_problems(db, work, lines_to_check)
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.line), line_remarks(lines))
    return work, text.encoding


def _fresh(database: Database, work: ImportWork) -> list[Line]:
    """Return the lines of new members."""
    existing_lines = {match.line for match in _duplicates(database, work)}
    return [line for line in work.lines if line.number not in existing_lines]


def _duplicates(database: Database, work: ImportWork) -> list[PossibleDuplicate]:
    with database.read() as db:
        duplicates = already_here(db, work.site, work.lines)
    line_of_member = {id_of(work, line): line.number for line in work.lines}
    return [match for match in duplicates if line_of_member.get(match.member_id) != match.line]


def _store_all(
    database: Database, work: ImportWork, now: Utc, progress: Progress, first: int
) -> None:
    stored, size, total = 0, first, len(work.lines)
    present = _existing_ids(database, work) if work.begun != now else frozenset()
    while stored < total:
        batch = work.lines[stored : stored + size]
        fresh = [line for line in batch if id_of(work, line) not in present]
        started = time.monotonic()
        try:
            is_last = stored + len(batch) == total
            _store(database, work, fresh, now, is_first=stored == 0, is_last=is_last)
        except IntegrityError as problem:
            raise _stop_error(work, stored, f"{_CHANGED}; {_REST}", StopCause.CHANGED) from problem
        except ImportRefused as problem:
            raise _stop_error(
                work, stored, f"{problem.first}; {_REST}", StopCause.TAKEN
            ) from problem
        except DatabaseUnavailable as problem:
            raise _stop_error(
                work, stored, f"{problem}; {_AGAIN}", StopCause.UNAVAILABLE
            ) from problem
        stored += len(batch)
        progress("stored", stored)
        if stored < total:
            took_s = max(time.monotonic() - started, 0.001)
            size = max(LEAST, min(MOST, int(len(batch) * TRANSACTION_S / took_s)))
            database.give_way()


def _store(
    database: Database,
    work: ImportWork,
    lines: Sequence[Line],
    now: Utc,
    *,
    is_first: bool,
    is_last: bool,
) -> None:
    """Store some lines in one transaction; the first and the last batch are noted in the audit."""
    rows = rows_of(work, lines, now)
    with database.write() as db:
        if problems := _badge_problems(db, work, lines):
            raise ImportRefused(problems)
        for model, row in rows.items():
            db.execute(insert(model), row, execution_options={INVALIDATED_BY_HAND: True})
        for key in (id_of(work, line) for line in lines):
            invalidate(db, "member", [key])
            post_news_at_sites(db, key, [work.site])
        action = DONE if is_last else BEGUN if is_first and work.begun == now else None
        if action is not None:
            details = {"count": len(work.lines), "digest": work.digest}
            audit.record(db, work.actor, now, action, f"site:{work.site}", work.site, **details)


_CHANGED = "something that these lines refer to has been deleted"
_REST = "remove the lines that are imported, correct the problem, and import the rest"
_AGAIN = "import the same file again: it continues from there, without importing anything twice"


def _stop_error(work: ImportWork, done_count: int, reason: str, cause: StopCause) -> ImportStopped:
    lines = work.lines
    upto = f"up to line {lines[done_count - 1].number}" if done_count else "none"
    since = lines[done_count].number
    message = (
        f"{done_count} of {len(lines)} imported ({upto}), nothing from line {since} on: {reason}"
    )
    return ImportStopped(message, cause, done_count, len(lines))


def _interrupted_at(db: Session, site: str, digest: str) -> Utc | None:
    """Return when the import of this same file began, if it was interrupted; else None."""
    of_site = AuditEntry.action.in_((BEGUN, DONE)), AuditEntry.subject == f"site:{site}"
    last = db.scalars(select(AuditEntry).where(*of_site).order_by(AuditEntry.seq.desc()).limit(1))
    entry = last.first()
    if entry is None or entry.action != BEGUN or json.loads(entry.detail)["digest"] != digest:
        return None
    return entry.at


def _existing_ids(database: Database, work: ImportWork) -> frozenset[str]:
    """Return the ids of the members that an interrupted import of this file has created."""
    existing: set[str] = set()
    with database.read() as db:
        for ids in chunks(id_of(work, line) for line in work.lines):
            existing.update(db.scalars(select(MemberRow.id).where(MemberRow.id.in_(ids))))
    return frozenset(existing)


def _plans_by_name(db: Session, site_id: str) -> dict[str, str]:
    """Return a site's plan ids by every id, and by the `name_key` of every unambiguous name."""
    ids_by_name: dict[str, set[str]] = {}
    ids: dict[str, str] = {}
    plans = select(PlanRow.id, PlanRow.name).where(PlanRow.site_id == site_id)
    for key, name in db.execute(plans):
        ids[name_key(key)] = key
        for label in filter(None, name.values()):
            ids_by_name.setdefault(name_key(label), set()).add(key)
    return {name: next(iter(keys)) for name, keys in ids_by_name.items() if len(keys) == 1} | ids


def _plan_names(db: Session, site_id: str, by_name: Mapping[str, str]) -> list[Name]:
    """Return what to write for each plan of a site: its name, or its id if others have the name."""
    plans = select(PlanRow.id, PlanRow.name).where(PlanRow.site_id == site_id)
    return [
        Name(**{language: name.get(language) for language in ("fr", "en")})
        if all(by_name.get(name_key(label)) == key for label in filter(None, name.values()))
        else Name(fr=key)
        for key, name in db.execute(plans)
    ]


def _badge_problems(db: Session, work: ImportWork, lines: Sequence[Line]) -> list[Problem]:
    """Return a problem for each line whose badge already belongs to another member."""
    by_key: dict[HolderKey, list[Line]] = {}
    keys_of = site_keys.holder_keys_function(db, work.vault)
    for line in lines:
        if line.badge:
            for holder_key in keys_of(line.badge):
                by_key.setdefault(holder_key, []).append(line)
    problems: list[Problem] = []
    columns = (CredentialRow.holder_key, CredentialRow.member_id)
    for keys in chunks(by_key):
        for key, owner in db.execute(select(*columns).where(CredentialRow.holder_key.in_(keys))):
            other_lines = (line for line in by_key[HolderKey(key)] if owner != id_of(work, line))
            problems += [
                Problem(line.number, "badge", ProblemReason.BADGE_GIVEN) for line in other_lines
            ]
    return sorted(problems, key=lambda problem: problem.line)


def _certification_ends(db: Session, site: str, now: Utc) -> dict[str, Utc | None]:
    zone = db.get_one(SiteRow, site).time_zone
    return {row.id: ends_at(row, zone, now) for row in db.scalars(select(CertificationRow))}
