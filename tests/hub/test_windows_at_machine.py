"""Supervision windows that boxes open and close, and how they spread."""

from datetime import timedelta
from typing import Any

import pytest

from controller.capabilities.groups import windows
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.wire.events import EventBase, WindowClosed, WindowOpened
from controller.wire.ids import uuid7
from tests.hub.conftest import NOW, Place
from tests.hub.effects import (
    ADMIN,
    People,
    alarm_reasons,
    in_the_wood_room,
    window_rows,
    windows_in_policy,
)
from tests.hub.fake_agent import START
from tests.hub.world import add_supervisor


def test_a_window_spreads_through_the_policy_until_it_is_closed(place: Place) -> None:
    fields = in_the_wood_room(place)
    place.agent.record(WindowOpened, at_s=5, until=NOW, **fields)
    place.send(place.agent.batch())
    (window,) = windows_in_policy(place.world.database)
    assert (window.zone, window.supervisor) == ("wood", fields["supervisor"])
    assert window.until == NOW
    place.agent.record(WindowClosed, at_s=9, cause="tap", **fields)
    place.send(place.agent.batch())
    assert windows_in_policy(place.world.database) == []


@pytest.mark.parametrize("closes_first", [False, True])
def test_a_window_is_tapped_off_at_another_agent(two_agents: Place, closes_first: bool) -> None:
    one, two = two_agents.world.agents
    fields = in_the_wood_room(two_agents)
    one.record(WindowOpened, at_s=5, until=NOW, **fields)
    two.record(WindowClosed, at_s=9, cause="tap", **fields)
    told = [one.batch(), two.batch()]
    for message in reversed(told) if closes_first else told:
        two_agents.send(message)
    assert windows_in_policy(two_agents.world.database) == []
    # Nobody but the agent that opened it says that it is open, or until when.
    two.record(WindowOpened, at_s=11, until=Utc.of(NOW + timedelta(hours=9)), **fields)
    two_agents.send(two.batch())
    (row,) = window_rows(two_agents)
    assert (row.until, row.agent_id) == (NOW, one.name)


@pytest.mark.parametrize("closes_first", [False, True])
def test_a_window_is_closed_by_its_supervisor_alone(two_agents: Place, closes_first: bool) -> None:
    one, two = two_agents.world.agents
    fields = in_the_wood_room(two_agents)
    one.record(WindowOpened, at_s=5, until=NOW, **fields)
    two.record(WindowClosed, at_s=9, cause="tap", **(fields | {"supervisor": "somebody"}))
    told = [one.batch(), two.batch()]
    for message in reversed(told) if closes_first else told:
        two_agents.send(message)
    assert len(windows_in_policy(two_agents.world.database)) == 1


@pytest.mark.parametrize("kind", [WindowOpened, WindowClosed])
def test_an_agent_opens_and_closes_no_window_in_a_zone_where_it_has_nothing(
    two_agents: Place, kind: type[EventBase]
) -> None:
    one, two = two_agents.world.agents
    fields = in_the_wood_room(two_agents)
    add_supervisor(two_agents.world.database, "attic", two.points, number=2)
    one.record(WindowOpened, at_s=5, until=NOW, **fields)
    two_agents.send(one.batch())
    if kind is WindowOpened:
        two.record(kind, at_s=9, until=NOW, **(fields | {"window_id": uuid7()}))
    else:
        two.record(kind, at_s=9, cause="tap", **fields)
    two_agents.send(two.batch())
    assert two_agents.ack(two).rejected[0].reason == "zone wood is not this agent's"
    assert len(windows_in_policy(two_agents.world.database)) == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"supervisor": "nobody"}, "no badge that works at machine-0"),
        ({"supervisor": 1}, "does not supervise wood"),
        ({"access_point": None}, "the event names no access point"),
        ({"until": Utc.of(NOW + timedelta(days=2))}, "longer than a window of wood may"),
    ],
)
def test_a_window_that_nobody_may_open_counts_nowhere(
    place: Place, changed: dict[str, Any], reason: str
) -> None:
    people, fields = People(place.world.database), in_the_wood_room(place) | {"until": NOW}
    if changed.get("supervisor") == 1:
        changed = {"supervisor": people.refs[1]}
    place.agent.record(WindowOpened, at_s=5, **(fields | changed))
    place.send(place.agent.batch())
    assert place.ack().through == 1
    assert windows_in_policy(place.world.database) == []
    (why,) = alarm_reasons(place, "window_refused")
    assert reason in why
    assert not any(ref in why for ref in people.refs), "alarms are kept for longer than movements"
    (row,) = window_rows(place)
    assert row.closed_at == row.opened_at
    with place.world.database.write() as db:
        assert rebuild(db) == []
    assert windows_in_policy(place.world.database) == []


def test_a_window_closed_at_the_desk_stays_closed_when_projections_are_made_again(
    place: Place,
) -> None:
    database = place.world.database
    fields = in_the_wood_room(place)
    place.agent.record(WindowOpened, at_s=5, until=NOW, **fields)
    place.send(place.agent.batch())
    with database.write() as db:
        closed = windows.close(db, str(fields["window_id"]), actor=ADMIN, now=START)
        assert closed.closed_at == START
    assert windows_in_policy(database) == []
    with database.write() as db:
        assert rebuild(db) == []
    assert windows_in_policy(database) == []
