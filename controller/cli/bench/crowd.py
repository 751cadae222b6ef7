"""Fill a place with 100,000 badge holders, and wait until its agent has fetched them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, mask
from controller.capabilities.members import search
from controller.capabilities.members.models import MemberRow, MemberWord
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training.models import HeldRow
from controller.cli.bench.venue import CERTIFICATION, Venue, wait_until
from controller.cli.demo.place import SITE_ID
from controller.cli.numbers import vault_of
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
from controller.policy import invalidate
from controller.settings.reading import load
from controller.store.base import Base
from controller.store.engine import open_database
from controller.wire.ids import uuid7

HOLDERS = 100_000
"""Number of badge holders that are added."""
_FIRST = 1_000_000_000
_AT_ONCE = 5_000
_BY_HAND = {"policy_invalidated": True}
_FIRST_NAMES = ("Adèle", "Bruno", "Chloé", "Driss", "Éloïse", "Farid", "Gaëlle", "Hugo", "Inès")
_STARTS = ("Ber", "Che", "Dela", "Fon", "Gar", "Lam", "Mor", "Per", "Rous", "Vas")
_ENDS = ("nard", "valier", "porte", "taine", "eau", "gnon", "ot", "sin")
_LAST_NAMES = tuple(f"{start}{one}{two}" for start in _STARTS for one in _ENDS for two in _ENDS)


def badge(number: int) -> CredentialId:
    """Return the badge of a holder, counted from 0."""
    return CredentialId(f"em:{_FIRST + number:010d}")


def fill_venue(venue: Venue) -> None:
    """Add the holders in one transaction, whose commit compiles their policy rows like any other.

    Returns once the agent has all of them.
    """
    settings = load(venue.demo.layout.config)
    vault = vault_of(settings)
    engine = open_database(settings.database.url)
    try:
        with Database(engine, house=HOUSE, vault=vault).write() as db:
            add_members(db, vault, wall_clock())
    finally:
        engine.dispose()
    wait_until(lambda: venue.holders() >= HOLDERS, "the agent has not fetched 100,000 holders", 180)
    venue.badges = [badge(number) for number in range(HOLDERS)]


def add_members(
    db: Session, vault: Vault, now: Utc, many: int = HOLDERS, badges: int = HOLDERS
) -> None:
    """Add this number of members.

    The first `badges` of them get a badge, a subscription and certifications.
    """
    numbers = iter(range(many))
    while batch := list(islice(numbers, _AT_ONCE)):
        members = {uuid7(): number for number in batch}
        rows(db, MemberRow, [_member(id_, number, now) for id_, number in members.items()])
        rows(db, MemberWord, [row for id_, n in members.items() for row in _search_rows(id_, n)])
        _give_badges(db, {id_: badge(n) for id_, n in members.items() if n < badges}, vault, now)


def _give_badges(db: Session, members: dict[str, CredentialId], vault: Vault, now: Utc) -> None:
    rows(
        db,
        CredentialRow,
        [_credential(id_, credential, vault, now) for id_, credential in members.items()],
    )
    rows(db, SubscriptionRow, [_subscription(id_, now) for id_ in members])
    rows(db, HeldRow, [row for id_ in members for row in _certifications(id_, now)])
    invalidate(db, "member", members)


def rows(db: Session, kind: type[Base], values: list[dict[str, Any]]) -> None:
    """Insert rows in bulk, without invalidating the policy."""
    if values:
        db.execute(insert(kind), values, execution_options=_BY_HAND)


def name(number: int) -> str:
    """Return the name of a member, counted from 0."""
    return f"{_FIRST_NAMES[number % len(_FIRST_NAMES)]} {_LAST_NAMES[number % len(_LAST_NAMES)]}"


def _search_rows(id_: str, number: int) -> Iterator[dict[str, Any]]:
    yield from search.index_rows(id_, name(number), None)


def _member(id_: str, number: int, now: Utc) -> dict[str, Any]:
    return {
        "id": id_,
        "ref": uuid7(),
        "site_id": SITE_ID,
        "display_name": name(number),
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
        "masked": mask(value),
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


def _certifications(member: str, now: Utc) -> Iterator[dict[str, Any]]:
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
