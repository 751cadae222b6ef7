"""Whoever a trainer noted as present in a current session is on the roll of an evacuation."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.desk import board
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.presence.in_sessions import in_sessions
from controller.capabilities.presence.models import EvacuationKind, PresenceRow
from controller.capabilities.presence.shapes import EndEvacuation, NewEvacuation, NewPresence
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.models import Outcome
from controller.capabilities.training.shapes import Attended, NewOutcome
from controller.domain.time import Utc
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.training.courses import course, enrol, session

ROOM = "workshop"


def note(db: Session, place: Place, key: str, member: str) -> None:
    there = Attended(member_id=member)
    enrolments.note_attendance(db, key, there, vault=VAULT, actor=BOSS, now=place.now)


def found(db: Session, place: Place) -> list[str]:
    return [person.name for person in in_sessions(db, place.site, place.now)]


def drill(db: Session, place: Place) -> str:
    new = NewEvacuation(kind=EvacuationKind.DRILL, site_id=place.site)
    return evacuations.start(db, new, actor=BOSS, now=place.now).id


def test_the_roll_has_whom_a_current_session_has_as_present(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, places=9, days=0).id
        gaston, eve, ada, absent = (
            place.member(db, name).id for name in ("Gaston", "Eve", "Ada", "Absent")
        )
        members.change(db, gaston, {"needs_help": True}, version=None, actor=BOSS, now=place.now)
        for member in (gaston, eve, ada):
            note(db, place, key, member)
        enrol(db, place, key, absent)
        place.clock.forward(minutes=1)
        presence.check_in(db, NewPresence(zone_id=ROOM, member_id=ada), actor=BOSS, now=place.now)
        assert evacuations.count_inside(db, place.site, actor=BOSS, now=place.now) == (3, 1)
        until = Utc.of(place.now + timedelta(hours=8))
        desk = board.board(db, place.site, actor=BOSS, now=place.now, until=until)
        assert (desk.heads, [it.name for it in desk.in_sessions]) == (3, ["Eve", "Gaston"])
        roll = evacuations.roll(db, drill(db, place), actor=BOSS)
        assert [(line.name, line.zone_id) for line in roll] == [
            ("Gaston", None),
            ("Eve", None),
            ("Ada", ROOM),
        ]
        rows = db.query(PresenceRow).filter(PresenceRow.zone_id.is_not(None)).count()
        assert rows == 1, "no presence begins that nobody would end"


def test_what_is_known_since_counts_instead(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, places=9, days=0).id
        gone, absent, passed, stays = (
            place.member(db, name).id for name in ("Gone", "Absent", "Passed", "Stays")
        )
        for member in (gone, absent, stays):
            note(db, place, key, member)
        outcomes = ((absent, Outcome.ABSENT), (passed, Outcome.PASSED))
        for member, outcome in outcomes:
            new = NewOutcome(outcome=outcome)
            enrolments.set_outcome(db, key, member, new, actor=BOSS, now=place.now)
        assert found(db, place) == ["Gone", "Passed", "Stays"]
        place.clock.forward(minutes=1)
        ref = db.get_one(MemberRow, gone).ref
        presence.move(db, place.site, None, ref, at=place.now, now=place.now)  # by the exit's door
        assert found(db, place) == ["Passed", "Stays"]
        enrolments.withdraw(db, key, stays, actor=BOSS, now=place.now)
        assert found(db, place) == ["Passed"], "what was noted by mistake is taken back"
        place.clock.forward(hours=3)
        assert found(db, place) == [], "the session is over"


def test_a_cancelled_session_and_one_that_was_evacuated_have_nobody(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        keys = [session(db, place, days=0).id for _number in range(2)]
        for name, key in zip(("Ada", "Eve"), keys, strict=True):
            note(db, place, key, place.member(db, name).id)
        course_sessions.cancel(db, keys[0], actor=BOSS, now=place.now)
        assert found(db, place) == ["Eve"]
        for back, expected in ((True, ["Eve"]), (False, [])):
            place.clock.forward(minutes=1)
            evacuation = drill(db, place)
            place.clock.forward(minutes=1)
            end = EndEvacuation(everyone_back=back)
            evacuations.end(db, evacuation, end, actor=BOSS, now=place.now)
            assert found(db, place) == expected
