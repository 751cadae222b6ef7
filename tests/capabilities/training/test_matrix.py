"""Who stands in the matrix when nothing is asked: who holds something, or comes to a course."""

from controller.capabilities.training import matrix
from controller.capabilities.training.matrix import Wanted
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.training.test_courses import course, enrol, session


def test_who_holds_or_comes_is_shown_newest_first_and_nobody_else(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        holds, comes = place.member(db, "Holds").id, place.member(db, "Comes").id
        place.member(db, "Neither")
        place.certify(db, holds, "laser")
        enrol(db, place, session(db, place).id, comes)
    with place.database.read() as db:
        page = matrix.lines(db, Wanted(), actor=BOSS, now=place.now)
        assert [each.member_id for each in page.items] == [comes, holds]
        assert set(page.items[1].cells) == {"laser"}
        everybody = matrix.lines(db, Wanted(everybody=True), actor=BOSS, now=place.now)
        assert len(everybody.items) == 3
