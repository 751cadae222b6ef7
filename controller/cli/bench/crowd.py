"""Fill a place with 100,000 holders, and have its agent fetch them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.agents.installation import credential_key
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, masked
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training.models import HeldRow
from controller.cli.bench.venue import CERTIFICATION, Venue, until
from controller.cli.demo.place import SITE_ID
from controller.domain.facts import (
    Assurance,
    CredentialStatus,
    HeldStatus,
    Language,
    Level,
    MemberStatus,
)
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.policy import touch
from controller.settings import load
from controller.store.engine import open_database
from controller.wire.ids import uuid7

HOLDERS = 100_000
_FIRST = 1_000_000_000
_AT_ONCE = 5_000
_BY_HAND = {"policy_touched": True}


def badge(number: int) -> CredentialId:
    """The badge of a holder, counted from 0."""
    return CredentialId(f"em:{_FIRST + number:010d}")


def fill(venue: Venue) -> None:
    """Add the holders in one transaction, whose commit compiles their policy rows as any does;
    return once the agent has them all."""
    settings = load(venue.demo.layout.config)
    vault = Vault(credential_key(settings))
    engine = open_database(settings.database.url)
    try:
        with Database(engine, house=HOUSE).write() as db:
            _add(db, vault, wall_clock())
    finally:
        engine.dispose()
    until(lambda: venue.holders() >= HOLDERS, "the agent has not fetched 100,000 holders", 180)
    venue.badges = [badge(number) for number in range(HOLDERS)]


def _add(db: Session, vault: Vault, now: Utc) -> None:
    numbers = iter(range(HOLDERS))
    while some := list(islice(numbers, _AT_ONCE)):
        members = {uuid7(): badge(number) for number in some}
        db.execute(
            insert(MemberRow), [_member(id_, now) for id_ in members], execution_options=_BY_HAND
        )
        db.execute(
            insert(CredentialRow),
            [_credential(id_, value, vault, now) for id_, value in members.items()],
            execution_options=_BY_HAND,
        )
        db.execute(
            insert(SubscriptionRow),
            [_subscription(id_, now) for id_ in members],
            execution_options=_BY_HAND,
        )
        db.execute(
            insert(HeldRow),
            [row for id_ in members for row in _held(id_, now)],
            execution_options=_BY_HAND,
        )
        touch(db, "member", members)


def _member(id_: str, now: Utc) -> dict[str, Any]:
    return {
        "id": id_,
        "ref": uuid7(),
        "site_id": SITE_ID,
        "display_name": "Somebody",
        "language": Language.FR,
        "categories": ["inhabitant"],
        "aids": [],
        "status": MemberStatus.ACTIVE,
        "created_at": now,
        "row_version": 1,
    }


def _credential(member: str, value: CredentialId, vault: Vault, now: Utc) -> dict[str, Any]:
    id_ = uuid7()
    return {
        "id": id_,
        "member_id": member,
        "holder_key": vault.holder_key(value),
        "sealed": vault.seal(value, id_),
        "masked": masked(value),
        "assurance": Assurance.UID,
        "status": CredentialStatus.ACTIVE,
        "created_at": now,
        "row_version": 1,
    }


def _subscription(member: str, now: Utc) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "member_id": member,
        "plan_id": "atelier",
        "valid_from": now,
        "row_version": 1,
    }


def _held(member: str, now: Utc) -> Iterator[dict[str, Any]]:
    for certification in ("reglement", CERTIFICATION):
        yield {
            "member_id": member,
            "certification_id": certification,
            "level": Level.USER,
            "status": HeldStatus.ACTIVE,
            "valid_from": now,
            "granted_by": "bench",
            "granted_at": now,
            "row_version": 1,
        }
