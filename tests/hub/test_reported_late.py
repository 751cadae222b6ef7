"""What boxes report late counts only if no badge ended while they were cut off."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.wire.events import AccessDenied, WindowOpened
from tests.hub.conftest import NOW, Place
from tests.hub.effects import (
    ADMIN,
    People,
    alarm_reasons,
    certify,
    in_the_wood_room,
    level_of,
    windows_in_policy,
)
from tests.hub.fake_agent import START


def end_a_badge(place: Place, member: str, how: str, at_s: float) -> None:
    """The member has another badge that works from then on."""
    vault, now = Vault(bytes(32), bytes(32)), Utc.of(START + timedelta(seconds=at_s))
    other = "uid:04AABBCC00DD77"
    with place.world.database.write() as db:
        badge = db.scalar(select(CredentialRow.id).where(CredentialRow.member_id == member))
        assert badge is not None
        if how == "replaced":
            replacement = Replacement(value=other)
            credentials.replace(db, badge, replacement, vault=vault, actor=ADMIN, now=now)
            return
        new = NewCredential(member_id=member, value=other)
        second = credentials.create(db, new, vault=vault, actor=ADMIN, now=START).id
        if how == "returned":
            credentials.return_badge(db, second, actor=ADMIN, now=now)
        elif how == "raised":
            patch = {"assurance": "aes"}
            credentials.change(db, second, patch, version=None, actor=ADMIN, now=now)
        elif how == "suspended":
            credentials.suspend(db, second, actor=ADMIN, now=now)
        else:
            credentials.mark_lost(db, badge, actor=ADMIN, now=now)
        if how == "lost and restored":
            credentials.restore(db, badge, actor=ADMIN, now=Utc.of(now + timedelta(seconds=5)))


def hear_in_time(place: Place, at_s: float) -> None:
    """Have the agent report something as it happens, and then tell what follows an hour later."""
    place.agent.record(AccessDenied, at_s=at_s, reason="in_use")
    before, place.now = place.now, Utc.of(START + timedelta(seconds=at_s + 1))
    place.send(place.agent.batch())
    place.now = before


ENDED_WHILE_CUT_OFF = "a member in the event had a badge that ended while the box was cut off"


@pytest.mark.parametrize(
    "how", ["lost", "returned", "replaced", "suspended", "lost and restored", "raised"]
)
@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_what_is_told_late_does_not_count_if_a_badge_ended_meanwhile(
    place: Place, how: str, who: int
) -> None:
    """Whoever has the former card cuts the box off; its holder has another one by then."""
    people = People(place.world.database)
    hear_in_time(place, 60)
    end_a_badge(place, people.ids[who], how, 1000)
    certify(place, 1800, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == [ENDED_WHILE_CUT_OFF]


@pytest.mark.parametrize("told_s", [2, 20, 40])
@pytest.mark.parametrize("tapped", ["nothing else", "another card before"])
@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_nor_does_what_is_tapped_as_the_box_is_connected_again(
    place: Place, who: int, tapped: str, told_s: int
) -> None:
    """It was cut off for half an hour, and tells this in time."""
    people = People(place.world.database)
    hear_in_time(place, 60)
    end_a_badge(place, people.ids[who], "lost", 1000)
    place.now = Utc.of(START + timedelta(seconds=1800 + told_s))
    if tapped == "another card before":
        place.agent.record(AccessDenied, at_s=1790, reason="in_use")
        place.send(place.agent.batch())
    certify(place, 1800, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == [ENDED_WHILE_CUT_OFF]


@pytest.mark.parametrize("case", ["before it was cut off", "after it happened", "told in time"])
def test_what_is_told_late_counts_if_no_badge_ended_in_between(place: Place, case: str) -> None:
    people = People(place.world.database)
    hear_in_time(place, 60 if case == "after it happened" else 1200)
    end_a_badge(place, people.ids[0], "lost", 2200 if case == "after it happened" else 1000)
    if case == "told in time":
        place.now = Utc.of(START + timedelta(seconds=1801))
    certify(place, 1800, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is Level.USER


def test_what_a_slow_clock_may_have_dated_before_the_end_of_a_badge_does_not_count(
    place: Place,
) -> None:
    people = People(place.world.database)
    hear_in_time(place, 60)
    end_a_badge(place, people.ids[0], "replaced", 2000)
    certify(place, 1800, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == [ENDED_WHILE_CUT_OFF]


@pytest.mark.parametrize("told", ["late", "in time"])
def test_nor_does_a_former_card_of_a_supervisor_open_a_window(place: Place, told: str) -> None:
    fields = in_the_wood_room(place)
    with place.world.database.read() as db:
        query = select(MemberRow.id).where(MemberRow.ref == fields["supervisor"])
        supervisor = db.scalars(query).one()
    hear_in_time(place, 60)
    end_a_badge(place, supervisor, "lost", 1000)
    if told == "in time":
        place.now = Utc.of(START + timedelta(seconds=1802))
    place.agent.record(WindowOpened, at_s=1800, until=NOW, **fields)
    place.send(place.agent.batch())
    assert windows_in_policy(place.world.database) == []
    assert alarm_reasons(place, "window_refused") == [ENDED_WHILE_CUT_OFF]
