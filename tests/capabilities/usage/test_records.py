"""What happened: events, sessions, the usage report, alarms and the Live board."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.journal import events
from controller.capabilities.journal.events import Filter
from controller.capabilities.live import board
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage import report as usage
from controller.capabilities.usage import sessions, totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.paging import Cursor
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place
from tests.support.event_rows import add_event

BOOT = "019c1111-2222-7333-8444-555555555555"


def event(
    place: Place, db: Session, seq: int, at: Utc | None, point: str | None = "laser-1"
) -> EventRow:
    return add_event(
        db,
        agent="pi",
        stream=BOOT,
        seq=seq,
        event_id=uuid7(),
        site="here",
        point=point,
        type="access_denied",
        at=at,
        received_at=place.now,
        raw=b'{"seq":1,"type":"access_denied","reason":"site_closed","prev_hash":"0"}',
    )


def session(place: Place, started: str, active: float, ref: str | None = None) -> SessionRow:
    return SessionRow(
        id=uuid7(),
        site_id="here",
        agent_id="pi",
        access_point_id="laser-1",
        member_ref=ref,
        started_at=Utc.parse(started),
        active_s=active,
        idle_s=30.0,
        powered_s=active + 30.0,
        gap_s=0.0,
    )


def test_events_are_filtered_by_time_agent_and_point_and_come_page_by_page(place: Place) -> None:
    hour_ago = Utc.of(place.now - timedelta(hours=1))
    with place.database.write() as db:
        made = [
            event(place, db, 1, hour_ago),
            event(place, db, 2, place.now),
            event(place, db, 3, None, "door-1"),
        ]
        ids = [event.event_id for event in made]

        def found(**which: object) -> list[str]:
            filters = Filter(**which)  # type: ignore[arg-type]
            page = events.page(db, actor=BOSS, filters=filters)
            return [item.event_id for item in page.items]

        assert found() == ids
        assert found(since=place.now) == ids[1:]
        assert found(until=place.now) == ids[:1]
        assert found(access_point="door-1") == ids[2:]
        assert found(agent="none") == []
        first = events.page(db, actor=BOSS, cursor=Cursor(limit=2))
        rest = events.page(db, actor=BOSS, cursor=Cursor(after=first.next))
        assert [item.event_id for item in rest.items] == ids[2:]
        assert rest.items[0].data == {"reason": "site_closed"}
        made[0].body = None
        assert events.shape(made[0]).data == {}
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Forbidden):
            events.page(db, actor=desk)


def test_what_could_not_be_taken_is_listed(place: Place) -> None:
    with place.database.write() as db:
        db.add(
            Quarantine(
                id=uuid7(),
                site_id="here",
                agent_id="pi",
                stream=BOOT,
                seq=1,
                received_at=place.now,
                reason="unknown type",
                raw=b"{\xff}",
                hash="0" * 64,
            )
        )
        db.flush()
        (found,) = events.quarantine(db, actor=BOSS).items
    assert (found.reason, found.raw) == ("unknown type", "{\ufffd}")


def test_sessions_name_the_member_until_the_link_is_gone(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        ref = db.get_one(MemberRow, person.id).ref
        mine = session(place, "2026-11-03T10:00:00.000Z", 60, ref)
        other = session(place, "2026-11-04T10:00:00.000Z", 60, "gone")
        db.add_all([mine, other])
        db.flush()
        page = sessions.page(db, actor=BOSS, filters=Filter(access_point="laser-1", agent="pi"))
        assert [machine_session.member_id for machine_session in page.items] == [person.id, None]
        since = Filter(since=Utc.parse("2026-11-04T00:00:00.000Z"))
        assert [
            machine_session.id
            for machine_session in sessions.page(db, actor=BOSS, filters=since).items
        ] == [other.id]
        until = Filter(until=Utc.parse("2026-11-04T00:00:00.000Z"))
        assert [
            machine_session.id
            for machine_session in sessions.page(db, actor=BOSS, filters=until).items
        ] == [mine.id]
        assert sessions.get(db, mine.id, actor=BOSS).active_s == 60
        with pytest.raises(NotFound):
            sessions.get(db, mine.id, actor=Actor(ref="account:x"))


def test_usage_is_added_up_by_month_of_the_sites_calendar(place: Place) -> None:
    with place.database.write() as db:
        db.add_all(
            [
                session(place, "2026-10-31T22:59:59.000Z", 60),
                session(place, "2026-10-31T23:00:00.000Z", 90),
                session(place, "2026-11-30T22:59:59.000Z", 30),
                session(place, "2026-11-30T23:00:00.000Z", 600),
            ]
        )
        db.flush()
        totals.recount(db)
        found = usage.report(db, "here", first="2026-10", last="2026-11", actor=BOSS, now=place.now)
        assert [
            (usage.month, usage.sessions, usage.active_s, usage.active_min) for usage in found
        ] == [("2026-10", 1, 60.0, 1), ("2026-11", 2, 120.0, 2)]
        last = usage.report(db, "here", first="2026-12", last="2026-12", actor=BOSS, now=place.now)
        assert last[0].idle_s == 30.0
        december = Utc.parse("2026-11-30T23:30:00.000Z")  # half past midnight there
        assert usage.report(db, "here", actor=BOSS, now=december) == last
        for wrong in ("2026-13", "26-1", "1026-01", ""):
            with pytest.raises(Invalid, match="last"):
                usage.report(db, "here", first="2026-10", last=wrong, actor=BOSS, now=place.now)
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Forbidden):
            usage.report(db, "here", first="2026-10", last="2026-11", actor=desk, now=place.now)


def test_an_alarm_is_taken_by_whoever_comes_first(place: Place) -> None:
    with place.database.write() as db:
        rows = [
            Alarm(
                id=uuid7(),
                key=key,
                site_id="here",
                agent_id="pi",
                access_point_id="laser-1",
                kind="fault",
                detail={},
                raised_at=place.now,
            )
            for key in ("a", "b")
        ]
        rows[1].cleared_at = place.now
        db.add_all(rows)
        db.flush()
        first, second = place.account(db, "one", Role.DESK), place.account(db, "two", Role.DESK)
        assert alarms.take(db, rows[0].id, actor=first, now=place.now).taken_by == "one"
        assert alarms.take(db, rows[0].id, actor=second, now=place.now).taken_by == "one"
        assert [alarm.id for alarm in alarms.page(db, actor=first, active=True).items] == [
            rows[0].id
        ]
        assert [alarm.id for alarm in alarms.page(db, actor=first, active=False).items] == [
            rows[1].id
        ]
        assert len(alarms.page(db, actor=first).items) == 2
        with pytest.raises(NotFound):
            alarms.take(db, rows[0].id, actor=Actor(ref="account:x"), now=place.now)


def test_the_board_shows_what_agents_last_told_while_they_are_there(place: Place) -> None:
    until = Utc.of(place.now + timedelta(hours=1))
    with place.database.write() as db:
        person = place.member(db, "Amina Diallo")
        ref = db.get_one(MemberRow, person.id).ref
        running = session(place, "2026-11-24T09:30:00.000Z", 60, ref)
        db.add_all(
            [
                running,
                AgentState(
                    agent_id="pi",
                    online=True,
                    connection=1,
                    protocols=["1"],
                    epoch=1,
                    policy_version=3,
                    seen_at=place.now,
                ),
                PointStateRow(
                    access_point_id="laser-1",
                    agent_id="pi",
                    state="running",
                    since=place.now,
                    session_id=running.id,
                    available=False,
                    received_at=place.now,
                    warning=False,
                    faults=[],
                ),
                WindowRow(
                    id=uuid7(),
                    site_id="here",
                    zone_id="workshop",
                    supervisor=ref,
                    opened_at=place.now,
                    until=until,
                ),
            ]
        )
    with place.database.read() as db:
        now = board.board(db, "here", actor=BOSS, now=place.now)
        door, laser = now.tiles
        assert (laser.state, laser.online, door.state) == ("running", True, None)
        assert laser.session is not None
        assert laser.session.member_name == "Amina Diallo"
        assert [window.supervisor_name for window in now.windows] == ["Amina Diallo"]
        assert [agent.online for agent in now.agents] == [True]
        assert now.alarms == ()
        later = place.clock.forward(hours=2)
        then = board.board(db, "here", actor=BOSS, now=later)
        assert [(tile.state, tile.session, tile.online) for tile in then.tiles] == [
            (None, None, None),
            (None, None, None),
        ]
        assert then.tiles[0].offline_since is not None
        assert then.windows == ()
        with pytest.raises(Forbidden):
            board.board(db, "here", actor=Actor(ref="account:x"), now=later)
