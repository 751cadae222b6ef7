"""Projections made again are what they were; what was tampered with is found and put right."""

from sqlalchemy import update

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.usage.models import SessionRow
from controller.hub.rebuild import rebuild
from controller.kernel.journal import EventRow
from controller.kernel.projections import Difference
from tests.hub.conftest import NOW, Place
from tests.hub.order import dump, live_a_day
from tests.hub.world import add_supervisor


def filled(place: Place) -> None:
    supervisor = add_supervisor(place.world.database, "wood", place.agent.points)
    live_a_day(place.agent, supervisor)
    for start in range(0, len(place.agent.journal), 10):
        place.send(place.agent.batch(place.agent.journal[start : start + 10]))
    with place.world.database.write() as db:
        db.execute(update(Alarm).values(taken_by="account:1", taken_at=NOW))


def test_a_sound_database_does_not_differ(place: Place) -> None:
    filled(place)
    before = dump(place.world.database)
    with place.world.database.write() as db:
        assert rebuild(db) == []
    assert dump(place.world.database) == before


def test_what_differs_is_named_and_mended(place: Place) -> None:
    filled(place)
    before = dump(place.world.database)
    lost = before["machine_session"][0]["id"]
    other = before["machine_session"][1]["id"]
    with place.world.database.write() as db:
        db.delete(db.get_one(SessionRow, lost))
        db.get_one(SessionRow, other).active_s += 60
    with place.world.database.write() as db:
        found = rebuild(db)
    assert set(found) == {
        Difference("machine_session", lost, "missing"),
        Difference("machine_session", other, "active_s"),
    }
    assert dump(place.world.database) == before


def test_what_retention_has_taken_the_beginning_of_stays(place: Place) -> None:
    filled(place)
    before = dump(place.world.database)
    with place.world.database.write() as db:
        db.execute(update(EventRow).where(EventRow.type == "session_started").values(body=None))
    with place.world.database.write() as db:
        assert rebuild(db) == []
    after = dump(place.world.database)
    assert after["machine_session"] == before["machine_session"]
