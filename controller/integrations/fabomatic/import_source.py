"""Converts a FabOMatic's database for the import: members, badges, authorisations and machines."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from controller.capabilities.imports.bundle import (
    Equipment,
    ImportedMachine,
    NamedRecord,
    ProgramData,
    SkippedRecords,
    SkipReason,
)
from controller.capabilities.imports.tables import Table
from controller.capabilities.member_files.columns import SEPARATOR
from controller.domain.ids import CredentialId
from controller.integrations.fabomatic.database import Machine, Records
from controller.kernel.errors import ServiceError
from controller.kernel.sandbox import sandbox
from controller.kernel.sandbox.limits import MAX_CELLS
from controller.kernel.sandbox.problems import NotReadable, ReadProblem
from controller.kernel.slugs import slug_of

HEADINGS = ("display_name", "email", "badge", "certifications", "status")
FACTORY_CARD = "12345678"
"""The card of FabOMatic's first administrator."""
_FREE = 1
"""The `access_management` of a type of machines that anybody with a badge may use."""


class FileProblem(StrEnum):
    """Why a file can't be read."""

    NO_DATABASE = "no_database"
    NO_FABOMATIC = "no_fabomatic"


class NotFabOMatic(ServiceError):
    """The file is not a database of FabOMatic."""

    def __init__(self, problem: FileProblem, message: str) -> None:
        super().__init__(message)
        self.wrong = problem


@dataclass(frozen=True, slots=True)
class _Machine:
    data: ImportedMachine
    key: int


def read_database(data: bytes) -> ProgramData:
    """Read everything except uses and maintenance. Raises NotFabOMatic, NotReadable."""
    records = _records(data)
    machines = list(_machines(records.machines))
    people, skipped = _people(records, machines)
    equipment = Equipment(
        certifications=tuple(
            NamedRecord(id=machine.data.certification, name=machine.data.name)
            for machine in machines
            if machine.data.certification
        ),
        machines=tuple(machine.data for machine in machines),
        skipped=tuple(
            SkippedRecords(why=why, names=tuple(names)) for why, names in skipped.items()
        ),
    )
    # line 1 of the table has the headings
    return ProgramData(
        table=Table(headings=HEADINGS, rows=tuple(enumerate(people, 2)), source_format="FabOMatic"),
        equipment=equipment,
    )


def _records(data: bytes) -> Records:
    try:
        return sandbox.read("controller.integrations.fabomatic.database:read", data, Records)
    except NotReadable as problem:
        if problem.why is ReadProblem.DAMAGED:
            message = "this is no SQLite database, or it is damaged"
            raise NotFabOMatic(FileProblem.NO_DATABASE, message) from problem
        if problem.why is ReadProblem.KIND:
            message = f"not FabOMatic's: {problem.values['problem']}"
            raise NotFabOMatic(FileProblem.NO_FABOMATIC, message) from problem
        raise


def _machines(rows: Sequence[Machine]) -> Iterator[_Machine]:
    """Convert machines, by number; of two with the same id the second gets its number appended."""
    seen: set[str] = set()
    for row in rows:
        slug = slug_of(row.name)
        slug = f"{slug}-{row.key}" if slug in seen else slug
        seen.add(slug)
        yield _Machine(
            ImportedMachine(
                id=slug,
                name=row.name or slug,
                certification=None if row.managed == _FREE else slug,
                subscription=False,
                blocked=row.is_blocked,
                number=row.key,
            ),
            row.key,
        )


def _people(
    records: Records, machines: list[_Machine]
) -> tuple[list[tuple[str, ...]], Mapping[SkipReason, list[str]]]:
    skipped: dict[SkipReason, list[str]] = defaultdict(list)
    certification_of = {machine.key: machine.data.certification for machine in machines}
    certifications: dict[int, list[str]] = defaultdict(list)
    for key, machine in records.rights:
        if certification := certification_of.get(machine):
            certifications[key].append(certification)
    all_certifications = [slug for slug in certification_of.values() if slug]
    rows: list[tuple[str, ...]] = []
    count = 0
    for user in records.users:
        if user.is_deleted:
            skipped[SkipReason.DELETED].append(user.name)
            continue
        badge = _badge(user.name, user.card, skipped)
        own = all_certifications if user.may_all else certifications[user.key]
        count += len(own)
        if count > MAX_CELLS:
            raise NotReadable(ReadProblem.CELLS, most=MAX_CELLS)
        status = "suspended" if user.is_disabled else "active"
        rows.append((user.name, user.mail, badge, SEPARATOR.join(own), status))
    return rows, skipped


def _badge(name: str, card: str, skipped: dict[SkipReason, list[str]]) -> str:
    if card == FACTORY_CARD:
        skipped[SkipReason.FACTORY_BADGE].append(name)
    if card in ("", FACTORY_CARD):
        return ""
    number = card_number(card)
    if number is None:
        skipped[SkipReason.NO_BADGE].append(f"{name} ({card})")
        return ""
    if is_maybe_short(number):
        skipped[SkipReason.SHORT_BADGE].append(name)
    return str(number)


# FabOMatic writes a badge as the first four bytes of its UID, as one little-endian number.

_CARD = re.compile(r"[0-9A-Fa-f]{1,8}")
_NXP = "uid:04"
"""The first byte of most UIDs with seven bytes; UIDs with four bytes hardly ever begin with it."""


def card_number(card: str) -> CredentialId | None:
    """Convert `3cb2a104` to `uid:04A1B23C`; None if the text is not a card number."""
    if not _CARD.fullmatch(card.strip()):
        return None
    return CredentialId(f"uid:{int(card, 16).to_bytes(4, 'little').hex().upper()}")


def is_maybe_short(number: CredentialId) -> bool:
    """Return whether the number may be the first four bytes of a UID with seven, which Loquet's
    readers read in full."""
    return number.startswith(_NXP)
