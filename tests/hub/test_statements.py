"""What a batch asks the database: the same for few events as for many, and nothing in vain."""

import re
from datetime import timedelta
from itertools import cycle, islice

import pytest
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.domain.time import Utc
from controller.wire.events import AccessGranted, SessionEnded, SessionStarted, SessionState
from controller.wire.ids import uuid7
from tests.hub.conftest import Place
from tests.hub.effects import ADMIN, People
from tests.hub.fake_agent import START
from tests.support.statements import counted

User = tuple[str, str]
"""A key of a badge and a reference."""
STRANGERS = [("A" * 43, uuid7()) for _ in range(3)]
"""References that no member has."""


def statements_of(place: Place, users: list[User], number: int) -> list[str]:
    """The statements of a batch with so many uses by these people, one after the other."""
    events = []
    for key, member in islice(cycle(users), number):
        at_s = len(place.agent.journal) / 10  # so that all of them are told in time
        who, session = {"credential": key, "member": member}, {"session_id": uuid7()}
        end = {"active_s": 1.0, "idle_s": 1.0, "powered_s": 2.0, "cause": "tap"}
        events += [
            place.agent.record(AccessGranted, at_s=at_s, policy_version=1, **who),
            place.agent.record(SessionStarted, at_s=at_s, **session, **who),
            place.agent.record(SessionState, at_s=at_s, state="running", **session),
            place.agent.record(SessionEnded, at_s=at_s + 2, member=member, **session, **end),
        ]
    before, place.now = place.now, Utc.of(START + timedelta(seconds=len(place.agent.journal) / 10))
    with counted(place.world.database) as statements:
        place.send(place.agent.batch(events))
    place.now = before
    assert place.ack().through == len(place.agent.journal)
    return statements


def tables_read(statements: list[str]) -> set[str]:
    """The tables that the statements read."""
    return {table for text in statements for table in re.findall(r"(?:FROM|JOIN) (\w+)", text)}


@pytest.fixture
def users(place: Place) -> list[User]:
    """Three members with badges."""
    people = People(place.world.database)
    with place.world.database.read() as db:
        keys = [db.get_one(CredentialRow, badge).holder_key for badge in people.badges]
    return list(zip(keys, people.refs, strict=True))


@pytest.mark.parametrize("known", [True, False])
def test_a_batch_of_many_uses_asks_as_often_as_one_of_few(
    place: Place, users: list[User], known: bool
) -> None:
    whose = users if known else STRANGERS
    statements_of(place, whose, 3)
    few, many = (len(statements_of(place, whose, number)) for number in (3, 20))
    assert few == many


def test_nothing_is_asked_of_badges_and_enrolments_of_people_who_are_not_there(
    place: Place,
) -> None:
    of_people = {"credential", "credential_at", "audit", "member_merged", "enrolment", "pass_use"}
    assert not tables_read(statements_of(place, STRANGERS, 3)) & of_people


def test_badges_are_asked_for_once_one_of_these_people_has_ended(
    place: Place, users: list[User]
) -> None:
    assert "credential" not in tables_read(statements_of(place, users, 3))
    place.now = Utc.of(START + timedelta(hours=2))
    with place.world.database.write() as db:
        found = select(CredentialRow.id).where(CredentialRow.holder_key == users[0][0])
        badge = db.scalars(found).one()
        credentials.return_badge(db, badge, actor=ADMIN, now=place.now)
    assert "credential" in tables_read(statements_of(place, users, 3))
