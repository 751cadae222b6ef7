"""The lists of agents have those that `health_issues` names; when each agent was away."""

from datetime import timedelta

import pytest

from controller.capabilities.agents import away, fleet
from controller.capabilities.agents.fleet import AgentList
from controller.capabilities.agents.health import health_issues
from controller.capabilities.agents.models import AgentAway, AgentRow, AgentState
from controller.domain.time import Utc
from controller.kernel.paging import Cursor
from tests.capabilities.agents.health import FINE
from tests.capabilities.conftest import BOSS, NOW, Place

VERSION = "1.4.0"


def ago(**time: float) -> Utc:
    return Utc.of(NOW - timedelta(**time))


def add(place: Place, key: str, row: dict[str, object], state: dict[str, object] | None) -> None:
    usual = {"created_at": NOW, "enrolled_at": NOW, "certificate_until": ago(days=-60)}
    told = {
        "online": True,
        "connection": 1,
        "version": VERSION,
        "protocols": [],
        "epoch": 1,
        "policy_version": 1,
        "seen_at": NOW,
        "telemetry": FINE,
    }
    with place.database.write() as db:
        db.add(AgentRow(id=key, site_id=place.site, name={"fr": key}, **(usual | row)))
        db.flush()
        if state is not None:
            db.add(AgentState(agent_id=key, **(told | state)))


CASES: dict[str, tuple[dict[str, object], dict[str, object] | None]] = {
    "fine": ({}, {}),
    "no-version": ({}, {"version": None}),
    "no-certificate": ({"certificate_until": None}, {}),
    "new": ({"enrolled_at": None}, None),
    "never-heard": ({}, None),
    "offline": ({}, {"online": False}),
    "silent": ({}, {"seen_at": ago(seconds=91)}),
    "just-heard": ({}, {"seen_at": ago(seconds=89)}),
    "unseen": ({}, {"seen_at": None}),
    "ending": ({"certificate_until": ago(days=-20)}, {}),
    "old": ({}, {"version": "1.3.2"}),
    "deaf": ({}, {"telemetry": FINE | {"devices": [{"device": "reader", "ok": False}]}}),
    "quiet": ({}, {"telemetry": None}),
    "gone": ({"revoked_at": NOW}, {"online": False}),
}


def test_the_database_and_one_agents_needs_agree(place: Place) -> None:
    with place.database.write() as db:
        db.query(AgentState).delete()
        for row in db.query(AgentRow):
            row.revoked_at = NOW
    for key, (row_, state) in CASES.items():
        add(place, key, row_, state)
    with place.database.read() as db:
        found = {
            agent.id: (group, agent)
            for group in AgentList
            for agent in fleet.page(db, group, VERSION, actor=BOSS, now=NOW).items
        }
        counts = fleet.counts(db, VERSION, actor=BOSS, now=NOW)
    assert set(CASES) <= set(found)
    for key in CASES:
        group, agent = found[key]
        if group is not AgentList.REVOKED:
            assert bool(health_issues(agent, VERSION, NOW)) is (group is AgentList.ASKING), key
    assert found["gone"][0] is AgentList.REVOKED
    assert counts["asking"] + counts["fine"] + counts["revoked"] == len(found)
    assert counts["online"] == sum(
        bool(agent.online) and agent.revoked_at is None for _, agent in found.values()
    )


def test_a_list_goes_on_where_it_ended(place: Place) -> None:
    for number in range(5):
        add(place, f"box-{number}", {}, {})
    ids, after = [], None
    with place.database.read() as db:
        while True:
            cursor = Cursor(after=after, limit=2)
            page = fleet.page(db, AgentList.FINE, VERSION, actor=BOSS, now=NOW, cursor=cursor)
            ids += [agent.id for agent in page.items]
            after = page.next
            if after is None:
                break
    assert [id_ for id_ in ids if id_.startswith("box-")] == [f"box-{n}" for n in range(5)]


def test_a_time_away_is_noted_once_ended_once_and_kept_for_a_week(place: Place) -> None:
    add(place, "box", {}, {})
    with place.database.write() as db:
        away.record_return(db, ["box"], ago(days=9))
        away.record_absence(db, "box", ago(days=9))
        away.record_absence(db, "box", ago(days=8.9))
        away.record_return(db, ["box"], ago(days=8.5))
        away.record_absence(db, "box", ago(hours=5))
        away.record_return(db, ["box"], ago(hours=4))
        away.record_absence(db, "box", ago(minutes=12))
    with place.database.read() as db:
        assert db.query(AgentAway).count() == 2
        found = away.absences_of(db, ["box", "other"], ago(hours=24))
    assert found == {"box": [(ago(hours=5), ago(hours=4)), (ago(minutes=12), None)], "other": []}


@pytest.mark.parametrize("telemetry", [None, {}, FINE])
def test_who_tells_nothing_wrong_is_not_troubled(
    place: Place, telemetry: dict[str, object] | None
) -> None:
    add(place, "box", {}, {"telemetry": telemetry})
    with place.database.read() as db:
        assert db.get_one(AgentState, "box").troubled is False


def test_the_greatest_numbers_of_the_protocol_have_room(place: Place) -> None:
    """The hub writes what many agents say together: one that lies holds up no other."""
    greatest = 2**53 - 1
    with place.database.write() as db:
        state = AgentState(
            agent_id="pi",
            online=True,
            connection=greatest,
            protocols=["1"],
            epoch=greatest,
            policy_version=greatest,
            key_generation=greatest,
        )
        db.add(state)
    with place.database.read() as db:
        assert db.get_one(AgentState, "pi").key_generation == greatest
