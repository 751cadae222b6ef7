"""Rooms give the policy its facts: a later one may bring a table, and mistakes are refused."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller import policy
from controller.assembly import HOUSE
from controller.capabilities.places import sites, zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.domain.time import Utc
from controller.kernel.capability import Capability, House
from controller.kernel.database import Database
from controller.kernel.facts import (
    Contributor,
    FactKind,
    Facts,
    Fields,
    Keys,
    at_its_site,
    key_condition,
)
from controller.kernel.shapes import Label
from controller.wire.codec import decode, encode
from controller.wire.messages import PolicyPage
from tests.capabilities.conftest import BOSS
from tests.support.clock import Clock


class Desks(msgspec.Struct, frozen=True):
    """What a feature of a later version tells agents of a zone."""

    number: int


def read(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    columns = select(ZoneRow.id, ZoneRow.desks).where(ZoneRow.site_id == site_id)
    with_desks = columns.where(key_condition(ZoneRow.id, keys), ZoneRow.desks.is_not(None))
    return {key: {"number": desks} for key, desks in db.execute(with_desks)}


DESKS = Contributor(
    rows=(FactKind(kind="desks", read=read, value=Desks),), watches={ZoneRow: at_its_site("desks")}
)


@pytest.fixture
def database(engine: Engine, clock: Clock) -> Database:
    """Of a house with one more room."""
    house = House((*HOUSE.features, Capability(name="desks", facts=DESKS)), policy.POLICY)
    return Database(engine, None, clock, house=house)


def test_a_room_adds_a_table_by_listing_it(database: Database, clock: Clock) -> None:
    def desks() -> bytes | None:
        """As the hub sends it."""
        with database.read() as db:
            assert policy.check_policy(db, clock.now) == []
            rows = policy.rows_since(db, "here", 0, None, 100_000).rows
        return next((bytes(row.value) for row in rows if row.table == "desks"), None)

    who: dict[str, Any] = {"actor": BOSS, "now": clock.now}
    with database.write() as db:
        sites.create(db, NewSite(id="here", name=Label(fr="Ici")), **who)
        zones.create(db, NewZone(id="loft", name=Label(fr="Loft")), **who)
    assert desks() is None
    for number, value in ((4, b'{"number":4}'), (None, b"null")):
        with database.write() as db:
            zones.change(db, "loft", {"desks": number}, version=None, **who)
        assert desks() == value


def test_an_agent_of_before_keeps_the_row_and_counts_it_as_unknown(
    database: Database, clock: Clock
) -> None:
    with database.write() as db:
        sites.create(db, NewSite(id="here", name=Label(fr="Ici")), actor=BOSS, now=clock.now)
        zones.create(
            db, NewZone(id="loft", name=Label(fr="Loft"), desks=2), actor=BOSS, now=clock.now
        )
    with database.read() as db:
        rows = policy.rows_since(db, "here", 0, None, 100_000).rows
    page = PolicyPage(
        at=clock.now,
        request_id="019c0000-0000-7000-8000-000000000001",
        epoch=1,
        to_version=1,
        snapshot=True,
        rows=rows,
        next=None,
    )
    assert decode(encode(page), PolicyPage).unknown_fields == 1


def test_two_rooms_with_one_kind_of_fact_are_refused() -> None:
    with pytest.raises(ValueError, match="two features give facts of kind desks"):
        Facts([DESKS, Contributor(rows=(FactKind(kind="desks", read=read, value=Desks),))])


def test_a_part_of_what_no_room_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no feature has facts of this kind: locker"):
        Facts([DESKS, Contributor(parts={"locker": lambda db, site, keys, now: {}})])


def test_a_fact_of_no_room_fails_the_commit(database: Database, clock: Clock) -> None:
    """It is a mistake in a program; nothing is stored that agents would not hear of."""
    with database.write() as db:
        sites.create(db, NewSite(id="here", name=Label(fr="Ici")), actor=BOSS, now=clock.now)
    with pytest.raises(KeyError, match="locker"), database.write() as db:
        policy.invalidate(db, "locker", ["one"], "here")
