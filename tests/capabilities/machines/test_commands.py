"""Commands are recorded for agents that are there to hear them, by those who may ask."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from controller.capabilities.machines import commands
from controller.capabilities.machines import device_commands as point_actions
from controller.capabilities.machines.changes import CommandNews
from controller.capabilities.machines.commands import Command
from controller.capabilities.machines.models import AccessPointRow
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.models import AuditEntry
from controller.live import Live
from controller.wire.commands import EndSession, Identify
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.machines.commands import online
from tests.support.news import following

ASKED: dict[str, tuple[Callable[..., Command], str, str]] = {
    "release": (point_actions.release, "door-1", "release_door"),
    "end": (point_actions.end_session, "laser-1", "end_session"),
    "cut": (point_actions.cut_power, "laser-1", "cut_power"),
    "reset": (point_actions.reset_fault, "laser-1", "reset_fault"),
    "read": (point_actions.read_credential, "door-1", "read_credential"),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_of_a_point_is_recorded_and_told(place: Place, live: Live, name: str) -> None:
    ask, point, kind = ASKED[name]
    with following(place.database, live) as heard:
        with place.database.write() as db:
            online(db)
            desk = place.account(db, "desk", Role.DESK)
            made = ask(db, point, actor=desk, now=place.now)
        heard.wait_for(CommandNews(site="here", key=made.id))
    assert (made.agent_id, made.access_point, made.type) == ("pi", point, kind)
    with place.database.read() as db:
        noted = select(AuditEntry.action).where(AuditEntry.actor == desk.ref)
        assert db.scalars(noted).all() == [f"{kind}_asked"]
    with place.database.read() as db:
        assert commands.get(db, made.id, actor=BOSS).result is None
        with pytest.raises(NotFound):
            commands.get(db, made.id, actor=Actor(ref="account:x"))
        with pytest.raises(NotFound):
            commands.get(db, "none", actor=BOSS)


def test_an_agent_that_is_away_can_not_be_told(place: Place) -> None:
    with place.database.write() as db, pytest.raises(Conflict, match="offline"):
        point_actions.release(db, "door-1", actor=BOSS, now=place.now)


def test_what_does_not_fit_is_refused(place: Place) -> None:
    with place.database.write() as db:
        online(db)
        with pytest.raises(Invalid, match="not for a machine"):
            point_actions.release(db, "laser-1", actor=BOSS, now=place.now)
        with pytest.raises(Invalid, match="required for"):
            commands.send(
                db,
                agent_id="pi",
                access_point_id=None,
                args=EndSession(),
                actor=BOSS,
                now=place.now,
            )
        for agent, point in (("none", None), ("pi", "none")):
            with pytest.raises(NotFound):
                commands.send(
                    db,
                    agent_id=agent,
                    access_point_id=point,
                    args=Identify(),
                    actor=BOSS,
                    now=place.now,
                )
        db.get_one(AccessPointRow, "door-1").agent_id = None
        with pytest.raises(Conflict, match="no agent yet"):
            point_actions.release(db, "door-1", actor=BOSS, now=place.now)
        member = place.account(db, "member", Role.MEMBER)
        with pytest.raises(Forbidden):
            point_actions.cut_power(db, "laser-1", actor=member, now=place.now)


def test_a_badge_is_read_at_an_agent_whose_reader_is_named_where_it_has_several(
    place: Place,
) -> None:
    with place.database.write() as db:
        online(db)
        desk = place.account(db, "desk", Role.DESK)

        def read(point: str | None) -> Command:
            return point_actions.read_at_agent(db, "pi", point, actor=desk, now=place.now)

        assert read("door-1").access_point == "door-1"
        for wrong in (None, "none"):
            with pytest.raises(Invalid, match="access_point"):
                read(wrong)
        db.get_one(AccessPointRow, "laser-1").agent_id = None
        db.flush()
        assert read(None).access_point == "door-1"
        with pytest.raises(NotFound):
            point_actions.read_at_agent(db, "pi", None, actor=Actor(ref="x"), now=place.now)
