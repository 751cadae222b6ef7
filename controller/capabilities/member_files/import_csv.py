"""Import members from a CSV file: all of its lines in one transaction, or none."""

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, masked
from controller.capabilities.member_files.columns import (
    COLUMNS,
    REQUIRED,
    Known,
    Line,
    Problem,
    plain_cell,
    read_line,
)
from controller.capabilities.members import search as member_search
from controller.capabilities.members.members import new_ref
from controller.capabilities.members.memberships import guardian_cells, organisations_by_name
from controller.capabilities.members.models import MemberRow, MemberWord, OrganisationMember
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.capabilities.training.models import (
    CertificationRow,
    HeldAction,
    HeldHistory,
    HeldRow,
)
from controller.capabilities.training.validity import ends_at
from controller.domain.facts import Assurance, CredentialStatus, HeldStatus
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import ServiceError
from controller.kernel.rows import resolve_site
from controller.policy import touch
from controller.policy.reading import chunks
from controller.policy.touch import TOUCHED_BY_HAND
from controller.store.base import Base
from controller.wire.ids import uuid7

MAX_PROBLEMS = 1000
Row = dict[str, object]


class ImportRefused(ServiceError):
    """Lines are broken; nothing was imported."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            f"nothing imported: {len(self.problems)} problem(s); the first: line {first.line},"
            f" column {first.column}: {first.message}"
        )


def import_members(
    db: Session,
    file: TextIO,
    *,
    vault: Vault,
    actor: Actor,
    now: Utc,
    site_id: str | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Import a file with a header line of COLUMNS; returns how many members were made.

    Comma or semicolon between cells. Raises ImportRefused with every broken line. `progress` is
    told how many lines are read. 100,000 members take well under a minute.
    """
    site = resolve_site(db, actor, Permission.MEMBERS_WRITE, site_id)
    actor.require(Permission.CERTIFY, site)
    lines = _read(file, _known(db, site), progress)
    _refuse_taken(db, lines, vault)
    members = {uuid7(): line for line in lines}
    for ids in chunks(members):
        _store(db, site, {key: members[key] for key in ids}, vault, actor, now)
    touch(db, "member", members)
    audit.record(db, actor, now, "members_imported", f"site:{site}", site, count=len(members))
    return len(members)


def _known(db: Session, site_id: str) -> Known:
    return Known(
        frozenset(db.scalars(select(PlanRow.id).where(PlanRow.site_id == site_id))),
        frozenset(db.scalars(select(CertificationRow.id))),
        ZoneInfo(db.get_one(SiteRow, site_id).time_zone),
        organisations_by_name(db, site_id),
    )


def _read(file: TextIO, known: Known, progress: Callable[[int], None]) -> list[Line]:
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, cells in _cells(file):
        progress(number)
        found = [cells] if isinstance(cells, Problem) else read_line(number, cells, known)
        if isinstance(found, Line):
            lines.append(found)
        else:
            problems += found
        if len(problems) >= MAX_PROBLEMS:
            break
    problems += _twice(lines)
    if problems:
        raise ImportRefused(sorted(problems, key=lambda each: each.line))
    return lines


def _cells(file: TextIO) -> Iterator[tuple[int, dict[str, str] | Problem]]:
    """Line number and cells by column; after broken quotes nothing can be told, so it ends."""
    header = file.readline().removeprefix("\ufeff")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    _check_header(names)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            where = reader.line_num + 1
            yield where, Problem(where, names[0], f"check the quotes: {problem}")
            return
        if cells is None:
            return
        number = reader.line_num + 1
        if not any(cells):
            continue
        if len(cells) != len(names):
            message = f"{len(cells)} cells where the header has {len(names)}; check the separators"
            yield number, Problem(number, names[0], message)
        else:
            yield number, dict(zip(names, map(plain_cell, cells), strict=True))


def _check_header(names: list[str]) -> None:
    allowed = ", ".join(COLUMNS)
    for name in names:
        if name not in COLUMNS:
            raise ImportRefused([Problem(1, name or "?", f"unknown column; allowed: {allowed}")])
        if names.count(name) > 1:
            raise ImportRefused([Problem(1, name, "this column stands there twice; keep one")])
    for name in REQUIRED:
        if name not in names:
            raise ImportRefused([Problem(1, name, f"missing column; allowed: {allowed}")])


def _twice(lines: list[Line]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for line in lines:
        if line.badge is None:
            continue
        first = seen.setdefault(line.badge, line.number)
        if first != line.number:
            message = f"the same badge as in line {first}; give each badge to one person"
            yield Problem(line.number, "badge", message)


def _refuse_taken(db: Session, lines: list[Line], vault: Vault) -> None:
    by_key = {vault.holder_key(line.badge): line for line in lines if line.badge}
    taken: list[Problem] = []
    for keys in chunks(by_key):
        found = select(CredentialRow.holder_key).where(CredentialRow.holder_key.in_(keys))
        for key in db.scalars(found):
            message = "this badge is already given to somebody; remove it, or write another"
            taken.append(Problem(by_key[key].number, "badge", message))  # type: ignore[index]
    if taken:
        raise ImportRefused(sorted(taken, key=lambda each: each.line))


def _store(
    db: Session, site: str, members: dict[str, Line], vault: Vault, actor: Actor, now: Utc
) -> None:
    people: list[Row] = []
    words: list[Row] = []
    badges: list[Row] = []
    periods: list[Row] = []
    held: list[Row] = []
    belong: list[Row] = []
    for key, line in members.items():
        people.append(_person(key, site, line, now))
        new = line.member
        words += member_search.index_rows(key, new.display_name, new.email)
        if line.badge is not None:
            badges.append(_badge(key, line.badge, vault, now))
        if line.plan is not None:
            periods.append(
                {
                    "id": uuid7(),
                    "member_id": key,
                    "plan_id": line.plan,
                    "valid_from": line.starts,
                    "valid_until": line.ends,
                    "row_version": 1,
                }
            )
        belong += [{"member_id": key, "organisation_id": each} for each in new.organisations]
        held += [
            {"member_id": key, "certification_id": each, "level": level}
            for each, level in line.certifications
        ]
    _insert(db, MemberRow, people)
    _insert(db, MemberWord, words)
    _insert(db, CredentialRow, badges)
    _insert(db, SubscriptionRow, periods)
    _insert(db, OrganisationMember, belong)
    _certify(db, site, held, actor, now)


def _person(key: str, site: str, line: Line, now: Utc) -> Row:
    new = line.member
    guardian_name, guardian_phone, guardian_email = guardian_cells(new.guardian)
    return {
        "guardian_name": guardian_name,
        "guardian_phone": guardian_phone,
        "guardian_email": guardian_email,
        "id": key,
        "ref": new_ref(),
        "site_id": site,
        "display_name": new.display_name,
        "email": new.email,
        "language": new.language,
        "categories": list(new.categories),
        "aids": [],
        "status": new.status,
        "created_at": now,
        "row_version": 1,
    }


def _badge(member_id: str, number: CredentialId, vault: Vault, now: Utc) -> Row:
    key = uuid7()
    return {
        "id": key,
        "member_id": member_id,
        "holder_key": vault.holder_key(number),
        "sealed": vault.seal(number, key),
        "masked": masked(number),
        "assurance": Assurance.UID,
        "status": CredentialStatus.ACTIVE,
        "valid_from": None,
        "valid_until": None,
        "created_at": now,
        "row_version": 1,
    }


def _certify(db: Session, site: str, held: list[Row], actor: Actor, now: Utc) -> None:
    if not held:
        return
    zone = db.get_one(SiteRow, site).time_zone
    ends = {row.id: ends_at(row, zone, now) for row in db.scalars(select(CertificationRow))}
    for each in held:
        each["valid_until"] = ends[str(each["certification_id"])]
    now_held = {
        "status": HeldStatus.ACTIVE,
        "valid_from": now,
        "granted_by": actor.ref,
        "granted_at": now,
        "row_version": 1,
    }
    _insert(db, HeldRow, [each | now_held for each in held])
    step = {"at": now, "by": actor.ref, "action": HeldAction.GRANTED, "reason": None}
    _insert(db, HeldHistory, [each | step | {"id": uuid7()} for each in held])


def _insert(db: Session, model: type[Base], rows: list[Row]) -> None:
    if rows:
        db.execute(insert(model), rows, execution_options={TOUCHED_BY_HAND: True})
