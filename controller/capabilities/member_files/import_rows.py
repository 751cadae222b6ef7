"""Converts the lines of a members' file to table rows, with ids derived from the file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.badges.handing_over import opens_page_from
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, mask
from controller.capabilities.member_files.columns import Line
from controller.capabilities.members import search as member_search
from controller.capabilities.members.members import new_ref
from controller.capabilities.members.memberships import row_values
from controller.capabilities.members.models import MemberRow, MemberWord, OrganisationMember
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training.models import HeldAction, HeldHistory, HeldRow
from controller.domain.facts import Assurance, CredentialStatus, HeldStatus
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.store.base import Base
from controller.wire.ids import uuid7, uuid7_of

_LINES = 1_000_000
"""More lines than any file contains."""
_MAX_HASH = (1 << 80) - 1
"""The greatest value of an id's 80 bits from the hash."""
Row = dict[str, object]
"""The values of a row, by column."""
Rows = Mapping[type[Base], Sequence[Row]]
"""Rows by table."""


@dataclass(frozen=True, slots=True)
class ImportWork:
    """The import of a file at a site, after the file was read."""

    site: str
    digest: str
    begun: Utc
    """When its import first began, from which the members' ids are derived."""
    lines: Sequence[Line]
    vault: Vault
    actor: Actor
    ends: Mapping[str, Utc | None]
    """The end of each certification if granted now, by id; None: no end."""


def member_id(begun: Utc, digest: str, line: int) -> str:
    """Return the id of a line's member, a UUIDv7 ordered by line; the same for the same file.

    Its head, milliseconds shifted by 12 bits, is increased by the line's number.
    """
    low = hashlib.sha256(f"{digest}:{line}".encode()).digest()
    return uuid7_of((begun.millis() << 12) + line, int.from_bytes(low[:10], "big"))


def span_of(begun: Utc) -> tuple[str, str]:
    """Return the first and the last id that an import begun at that time can create."""
    head = begun.millis() << 12
    return uuid7_of(head, 0), uuid7_of(head + _LINES, _MAX_HASH)


def id_of(work: ImportWork, line: Line) -> str:
    """Return the id of the member from a line."""
    return member_id(work.begun, work.digest, line.number)


def rows_of(work: ImportWork, lines: Sequence[Line], now: Utc) -> Rows:
    """Return the rows of these lines by table, in an order that satisfies foreign keys."""
    by_table: dict[type[Base], list[Row]] = {model: [] for model in IMPORTED_TABLES}
    for line in lines:
        key, new = id_of(work, line), line.member
        by_table[MemberRow].append(_person(key, work.site, line, now))
        by_table[MemberWord] += member_search.index_rows(key, new.display_name, new.email)
        if line.badge is not None:
            by_table[CredentialRow].append(_badge(key, line.badge, work, now))
        if line.plan is not None:
            by_table[SubscriptionRow].append(_period(key, line))
        by_table[OrganisationMember] += [
            {"member_id": key, "organisation_id": organisation}
            for organisation in new.organisations
        ]
        for certification, level in line.certifications:
            certification_row: Row = {
                "member_id": key,
                "certification_id": certification,
                "level": level,
            }
            _certify(work, by_table, certification_row, now)
    return {model: rows for model, rows in by_table.items() if rows}


IMPORTED_TABLES: tuple[type[Base], ...] = (
    MemberRow,
    MemberWord,
    CredentialRow,
    SubscriptionRow,
    OrganisationMember,
    HeldRow,
    HeldHistory,
)
"""The tables into which an import inserts rows."""


def _certify(
    work: ImportWork, rows: dict[type[Base], list[Row]], certification_row: Row, now: Utc
) -> None:
    certification_row["valid_until"] = work.ends[str(certification_row["certification_id"])]
    rows[HeldRow].append(
        certification_row
        | {
            "status": HeldStatus.ACTIVE,
            "valid_from": now,
            "granted_by": work.actor.ref,
            "granted_at": now,
            "row_version": 1,
        }
    )
    step = {"at": now, "by": work.actor.ref, "action": HeldAction.GRANTED, "reason": None}
    rows[HeldHistory].append(certification_row | step | {"id": uuid7()})


def _period(key: str, line: Line) -> Row:
    return {
        "id": uuid7(),
        "member_id": key,
        "plan_id": line.plan,
        "valid_from": line.starts,
        "valid_until": line.ends,
        "row_version": 1,
    }


def _person(key: str, site: str, line: Line, now: Utc) -> Row:
    return {
        **row_values(line.member),
        "id": key,
        "ref": new_ref(),
        "site_id": site,
        "created_at": now,
        "row_version": 1,
    }


def _badge(member_id: str, number: CredentialId, work: ImportWork, now: Utc) -> Row:
    key, vault = uuid7(), work.vault
    return {
        "id": key,
        "member_id": member_id,
        "holder_key": vault.holder_key(number),
        "sealed": vault.seal(number, key),
        "masked": mask(number),
        "assurance": Assurance.UID,
        "status": CredentialStatus.ACTIVE,
        "valid_from": None,
        "valid_until": None,
        "created_at": now,
        "own_page_from": opens_page_from(work.actor, work.site, now),
        "row_version": 1,
    }
