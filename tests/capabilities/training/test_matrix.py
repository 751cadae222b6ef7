"""Who stands in the matrix when nothing is asked: who holds something, or comes to a course."""

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import matrix
from controller.capabilities.training.matrix import MatrixFilter
from controller.domain.facts import MemberStatus
from controller.kernel.paging import Cursor
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.training.courses import course, enrol, session


def test_who_holds_or_comes_is_shown_newest_first_and_nobody_else(place: Place) -> None:
    with place.database.write() as db:
        course(db, place)
        holds, comes = place.member(db, "Holds").id, place.member(db, "Comes").id
        place.member(db, "Neither")
        place.certify(db, holds, "laser")
        enrol(db, place, session(db, place).id, comes)
    with place.database.read() as db:
        page = matrix.lines(db, MatrixFilter(), actor=BOSS, now=place.now)
        assert [line.member_id for line in page.items] == [comes, holds]
        assert set(page.items[1].cells) == {"laser"}
        everybody = matrix.lines(db, MatrixFilter(everybody=True), actor=BOSS, now=place.now)
        assert len(everybody.items) == 3


def test_a_page_goes_on_where_the_one_before_ended_and_leaves_out_who_is_not_shown(
    place: Place,
) -> None:
    """Who has left, and who holds a document alone, takes no place of a page."""
    with place.database.write() as db:
        first, second, third, fourth = (place.member(db, letter).id for letter in "ABCD")
        signed, gone = place.member(db, "Signed").id, place.member(db, "Gone").id
        place.member(db, "Holds nothing")
        for member_id in (first, second, fourth, gone):
            place.certify(db, member_id, "laser")
        place.certify(db, signed, "rules")
        course(db, place)
        enrol(db, place, session(db, place).id, third)
        db.get_one(MemberRow, gone).status = MemberStatus.LEFT
    with place.database.read() as db:
        shown, after = [], None
        for _ in range(2):
            cursor = Cursor(after=after, limit=2)
            page = matrix.lines(db, MatrixFilter(), actor=BOSS, now=place.now, cursor=cursor)
            shown.append([line.member_id for line in page.items])
            after = page.next
    assert (shown, after) == ([[fourth, third], [second, first]], None)
