"""What a badge proved that a member had before, so that its number is not given again with less.

The audit's entry of a return keeps a check value of sixteen bits for each key of the badge. It
tells whether a number comes back to the same member, but not which number it was.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialAt, CredentialRow
from controller.capabilities.members import merged_records
from controller.domain.facts import Assurance
from controller.kernel.models import AuditEntry

_CHECK_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Proof:
    """The best that the badges with a number have proved for a member."""

    level: Assurance = Assurance.UID
    has_keys: bool = False
    """Whether keys were on the card, which only those who may certify get written."""

    def best(self, other: "Proof") -> "Proof":
        """Return the better level of both, and whether either had keys."""
        level = self.level if self.level.covers(other.level) else other.level
        return Proof(level, self.has_keys or other.has_keys)

    @classmethod
    def of(cls, row: CredentialRow) -> "Proof":
        """Return what this badge proves."""
        return cls(Assurance(row.assurance), row.card_key is not None)


def audit_detail(db: Session, row: CredentialRow) -> dict[str, Any]:
    """Return what the entry of a return says of the badge's proof; nothing of a plain number."""
    proof = Proof.of(row)
    if row.member_id is None or proof == Proof():
        return {}
    site_keys = select(CredentialAt.theirs).where(CredentialAt.holder_key == row.holder_key)
    keys = {row.holder_key, *db.scalars(site_keys)}
    checks = sorted({_check(row.member_id, key) for key in keys})
    return {"proof": proof.level.value, "keys": proof.has_keys, "checks": checks}


def proof_before(db: Session, member_id: str, keys: Collection[str]) -> Proof:
    """Return the best that badges with these holder keys have proved for the member so far."""
    records = merged_records.ids_of(db, member_id)
    proof = Proof()
    still_theirs = select(CredentialRow).where(
        CredentialRow.holder_key.in_(keys), CredentialRow.member_id == member_id
    )
    for row in db.scalars(still_theirs):  # a loan that has ended, or the badge itself
        proof = proof.best(Proof.of(row))
    checks = {_check(record, key) for record in records for key in keys}
    returns = select(AuditEntry.detail).where(
        AuditEntry.subject.in_([f"member:{record}" for record in records]),
        AuditEntry.action == "credential_returned",
        AuditEntry.detail.contains('"checks"', autoescape=True),
    )
    for detail in map(json.loads, db.scalars(returns)):
        if not checks.isdisjoint(detail["checks"]):
            proof = proof.best(Proof(Assurance(detail["proof"]), detail["keys"]))
    return proof


def _check(member_id: str, key: str) -> str:
    return sha256(f"{member_id}/{key}".encode()).hexdigest()[:_CHECK_DIGITS]
