"""What users tell: with and without an account; what is dangerous stops, a running job does not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.access import explain
from controller.capabilities.agents.models import AgentState
from controller.capabilities.alarms import alarms
from controller.capabilities.badges import credentials
from controller.capabilities.machines import access_points
from controller.capabilities.machines.changes import StillDangerous
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.user_reports import dangers, report_codes, user_reports
from controller.capabilities.user_reports.models import ToldKind, ToldState, UserReport
from controller.capabilities.user_reports.shapes import Dealt, NewTellCode, NewUserReport, Telling
from controller.domain.access.decision import DenyReason
from controller.domain.facts import OnRevoke
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.privacy import MARGIN
from tests.capabilities.conftest import BOSS, Place
from tests.policy.policy import sound

FAULT, NEED = ToldKind.FAULT, ToldKind.NEED


def holder(db: Session, place: Place, name: str = "Ada", *, badge: bool = True) -> Actor:
    """A member with an account, and a badge."""
    key = place.member(db, name).id
    if badge:
        place.badge(db, key)
    return place.account(db, name.lower(), Role.MEMBER, member_id=key)


def smoke(**fields: Any) -> NewUserReport:
    new: dict[str, Any] = {"kind": FAULT, "access_point": "laser-1", "text": "Smoke"}
    return NewUserReport(**(new | fields))


def in_service(db: Session) -> bool:
    return db.get_one(AccessPointRow, "laser-1").in_service


def put_back(db: Session, place: Place) -> None:
    access_points.set_service(
        db, "laser-1", in_service=True, reason=None, actor=BOSS, now=place.now
    )


def told_alarms(db: Session) -> list[str]:
    return [alarm.kind for alarm in alarms.active_at(db, "here")]


def point_is(db: Session, place: Place, state: str) -> None:
    """What the agent last told of the laser."""
    if db.get(AgentState, "pi") is None:
        db.add(
            AgentState(
                agent_id="pi",
                online=True,
                connection=1,
                protocols=["1"],
                epoch=1,
                policy_version=1,
                seen_at=place.now,
            )
        )
    row = db.get(PointStateRow, "laser-1") or PointStateRow(
        access_point_id="laser-1",
        agent_id="pi",
        available=False,
        received_at=place.now,
        warning=False,
        faults=[],
    )
    row.state = state
    db.add(row)
    db.flush()


def test_from_new_over_taken_to_done(place: Place) -> None:
    with place.database.write() as db:
        ada = holder(db, place)
        made = user_reports.create(
            db, smoke(kind=NEED, text="A 2 mm cutter"), actor=ada, now=place.now
        )
        first, second = place.account(db, "one", Role.DESK), place.account(db, "two", Role.DESK)
        listed = user_reports.page(db, actor=first, state=ToldState.NEW).items
        assert [(item.text, item.told_by) for item in listed] == [("A 2 mm cutter", "Ada")]
        assert user_reports.take(db, made.id, actor=first, now=place.now).taken_by == "one"
        assert user_reports.take(db, made.id, actor=second, now=place.now).taken_by == "one"
        over = user_reports.settle(
            db, made.id, Dealt(remark="Ordered"), actor=second, now=place.now
        )
        assert (over.state, over.taken_by, over.done_by) == (ToldState.DONE, "one", "two")
        with pytest.raises(Conflict):
            user_reports.settle(db, made.id, Dealt(remark="x"), actor=first, now=place.now)
        (mine,) = user_reports.list_own(db, actor=ada).items
        assert (mine.state, mine.remark) == (ToldState.DONE, "Ordered")
        assert in_service(db)


def test_where_an_answer_is_wanted_is_known_until_it_is_done(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "one", Role.DESK)
        made = [
            user_reports.create(
                db, smoke(contact="06 12 34 56 78"), actor=holder(db, place, name), now=place.now
            )
            for name in ("Ada", "Eve")
        ]
        seen = user_reports.get(db, made[0].id, actor=desk)
        assert seen.contact == "06 12 34 56 78"
        over = user_reports.settle(db, made[0].id, Dealt(remark="Rang"), actor=desk, now=place.now)
        assert over.contact is None
        user_reports.forget_people(db, place.clock.forward(days=90))
        assert user_reports.get(db, made[1].id, actor=desk).contact
        user_reports.forget_people(db, place.clock.forward(days=2))
        assert user_reports.get(db, made[1].id, actor=desk).contact is None
        assert user_reports.get(db, made[1].id, actor=desk).text == "Smoke"


def test_a_form_that_was_sent_twice_is_one_report(place: Place) -> None:
    with place.database.write() as db:
        code = report_codes.create(
            db, NewTellCode(access_point="laser-1"), actor=BOSS, now=place.now
        ).code
        noise = Telling(kind=FAULT, text="Noise", contact="06 12 34 56 78")
        first = user_reports.create_by_code(db, code, noise, now=place.now)
        again = user_reports.create_by_code(db, code, noise, now=place.now)
        assert again.id == first.id
        nobody = Telling(kind=FAULT, text="Noise")
        two = {user_reports.create_by_code(db, code, nobody, now=place.now).id for _ in range(2)}
        assert len(two - {first.id}) == 2, "two people may say the same"
        ada = holder(db, place)
        mine = {user_reports.create(db, smoke(), actor=ada, now=place.now).id for _ in range(2)}
        assert len(mine) == 1


def test_what_a_badge_holder_calls_dangerous_goes_out_of_service(place: Place) -> None:
    with place.database.write() as db:
        ada = holder(db, place)
        made = user_reports.create(db, smoke(dangerous=True), actor=ada, now=place.now)
        assert made.out_of_service
        assert told_alarms(db) == ["told_dangerous"]
        place.certify(db, ada.member_id or "", "laser")
        denied = explain.explain_access(
            db, ada.member_id or "", "laser-1", actor=BOSS, now=place.now
        )
        assert denied.reason is DenyReason.OUT_OF_SERVICE
        assert "Signalée comme dangereuse" in denied.text.fr
    with pytest.raises(StillDangerous), place.database.write() as db:
        put_back(db, place)
    with place.database.write() as db:
        user_reports.settle(db, made.id, Dealt(remark="Fan cleaned"), actor=BOSS, now=place.now)
        assert told_alarms(db) == []
        assert not in_service(db)  # a person in charge puts it back, not the closing of a report
        put_back(db, place)
        assert in_service(db)
    assert sound(place)


def test_without_a_badge_it_is_told_and_stops_nothing(place: Place) -> None:
    with place.database.write() as db:
        eve = holder(db, place, "Eve", badge=False)
        lost = holder(db, place, "Zoe", badge=False)
        badge = place.badge(db, lost.member_id or "")
        credentials.mark_lost(db, badge, actor=BOSS, now=place.now)
        for actor in (eve, lost):
            made = user_reports.create(db, smoke(dangerous=True), actor=actor, now=place.now)
            assert not made.out_of_service
        assert in_service(db)
        assert told_alarms(db) == ["told_dangerous", "told_dangerous"]
        desk = place.account(db, "desk", Role.DESK)
        assert user_reports.create(
            db, smoke(dangerous=True), actor=desk, now=place.now
        ).out_of_service


def test_a_running_job_is_never_cut(place: Place) -> None:
    cut = {"session": {"on_revoke": OnRevoke.CUT.value}}
    with place.database.write() as db:
        ada = holder(db, place)
        access_points.change(db, "laser-1", cut, version=None, actor=BOSS, now=place.now)
        point_is(db, place, "running")
        made = user_reports.create(db, smoke(dangerous=True), actor=ada, now=place.now)
        assert made.out_of_service  # it will be
        dangers.stop_idle(db, place.now)
        assert in_service(db)
        point_is(db, place, "armed")
        dangers.stop_idle(db, place.now, {"door-1"})
        assert in_service(db)
        dangers.stop_idle(db, place.now, {"laser-1"})
        assert not in_service(db)
    assert sound(place)


def test_an_agent_that_is_away_counts_as_running(place: Place) -> None:
    cut = {"session": {"on_revoke": OnRevoke.CUT.value}}
    with place.database.write() as db:
        ada = holder(db, place)
        access_points.change(db, "laser-1", cut, version=None, actor=BOSS, now=place.now)
        made = user_reports.create(db, smoke(dangerous=True), actor=ada, now=place.now)
        assert in_service(db)
        user_reports.settle(db, made.id, Dealt(remark="Looked"), actor=BOSS, now=place.now)
        point_is(db, place, "off")
        dangers.stop_idle(db, place.now)
        assert in_service(db)  # it was dealt with before


def test_a_machine_that_finishes_goes_out_of_service_while_it_runs(place: Place) -> None:
    with place.database.write() as db:
        ada = holder(db, place)
        point_is(db, place, "running")
        user_reports.create(db, smoke(dangerous=True), actor=ada, now=place.now)
        assert not in_service(db)  # `on_revoke` is `finish`: the agent lets the job end


def test_at_a_qr_one_tells_without_an_account(place: Place) -> None:
    with place.database.write() as db:
        new = NewTellCode(access_point="laser-1")
        code = report_codes.create(db, new, actor=BOSS, now=place.now).code
        about = report_codes.location_of_code(db, code.upper())
        assert (about.thing.fr, about.in_service) == ("Laser", True)
        said = Telling(kind=FAULT, text="It smells", dangerous=True)
        made = user_reports.create_by_code(db, code, said, now=place.now)
        assert not made.out_of_service
        (row,) = user_reports.page(db, actor=BOSS, access_point="laser-1").items
        assert (row.told_by, row.text, row.dangerous) == (None, "It smells", True)
        again = report_codes.create(db, new, actor=BOSS, now=place.now)
        with pytest.raises(NotFound):
            user_reports.create_by_code(db, code, said, now=place.now)
        for _ in range(user_reports.WAITING_LIMIT - 1):
            user_reports.create_by_code(db, again.code, said, now=place.now)
        with pytest.raises(Conflict, match="too many reports are waiting; staff"):
            user_reports.create_by_code(db, again.code, said, now=place.now)
        report_codes.revoke(db, again.id, actor=BOSS, now=place.now)
        with pytest.raises(NotFound):
            report_codes.location_of_code(db, again.code)


def test_who_told_it_is_forgotten_after_a_while(place: Place) -> None:
    with place.database.write() as db:
        ada = holder(db, place)
        keys = [
            user_reports.create(db, smoke(text=text), actor=ada, now=place.now).id
            for text in ("Smoke", "Noise")
        ]
        user_reports.settle(db, keys[0], Dealt(remark="x"), actor=BOSS, now=place.now)
        later = place.clock.forward(
            days=(user_reports.REPORTER_RETENTION + MARGIN) / timedelta(days=1)
        )
        user_reports.forget_people(db, later)
        db.expire_all()
        assert db.get_one(UserReport, keys[0]).member_id is not None
        user_reports.forget_people(db, place.clock.forward(seconds=1))
        db.expire_all()
        assert db.get_one(UserReport, keys[0]).member_id is None
        assert db.get_one(UserReport, keys[1]).member_id == ada.member_id


def test_the_desk_tells_for_a_member_and_members_for_themselves(place: Place) -> None:
    with place.database.write() as db:
        ada, eve = holder(db, place), holder(db, place, "Eve")
        desk = place.account(db, "desk", Role.DESK)
        for_ada = smoke(member_id=ada.member_id, zone_id="workshop", access_point=None)
        made = user_reports.create(db, for_ada, actor=desk, now=place.now)
        assert user_reports.get(db, made.id, actor=desk).told_by == "Ada"
        with pytest.raises(Forbidden):
            user_reports.create(db, for_ada, actor=eve, now=place.now)
        for wrong in (smoke(access_point="x"), smoke(access_point=None, zone_id="x")):
            with pytest.raises(Invalid):
                user_reports.create(db, wrong, actor=desk, now=place.now)
        with pytest.raises(NotFound):
            user_reports.get(db, made.id, actor=ada)
        assert user_reports.page(db, actor=ada).items == []
