"""Thursday: a lost badge is replaced; somebody leaves, and one agent hears of it on Friday only."""

import pytest

from controller.kernel.actor import Role
from devices.ports import Flash
from tests.scenarios.week.course import laser_dates
from tests.scenarios.week.people import certify, join
from tests.scenarios.week.place import FRI, SAT, THU, Week
from tests.scenarios.week.seen import goes_through, held, power, tap

pytestmark = pytest.mark.needs("mosquitto")


def test_a_lost_badge_is_replaced(week: Week) -> None:
    """Whoever finds it is told where to take it; her rights are on the new one."""
    week.it_is(THU, "09:15")
    maud = join(week, "Maud Girard", "workshop")
    for name in ("house-rules", "laser"):
        certify(week, maud.id, name)
    week.in_step()
    goes_through(week, "workshop-in", maud.badge)

    new = week.new_badge("Maud Girard")
    given = week.desk.post(f"/credentials/{maud.credential}/replace", {"value": new})
    assert given["member_id"] == maud.id
    assert week.desk.get(f"/credentials/{maud.credential}")["status"] == "lost"
    week.in_step()

    found = tap(week, "workshop-in", maud.badge)
    assert found.reason == "credential_lost"
    found.shown(Flash.DENIED, "Badge déclaré perdu")
    again = week.desk.call("POST", "/credentials", {"member_id": maud.id, "value": maud.badge})
    assert again.status == 409  # nobody gets it by mistake

    assert tap(week, "laser", maud.badge).reason == "credential_lost"
    power(week, "laser", closed=False)
    assert tap(week, "laser", new).reason is None
    power(week, "laser", closed=True)
    assert tap(week, "laser", new).reason is None  # she taps off
    power(week, "laser", closed=False)


def test_a_member_who_left_yesterday(week: Week) -> None:
    """One action at the desk ends everything; an agent that could not hear it, when it can."""
    week.it_is(THU, "17:30")
    paul = join(week, "Paul Martin", "workshop")
    for name in ("house-rules", "laser"):
        certify(week, paul.id, name)
    own = week.caller(Role.MEMBER, paul.id)
    slot = {
        "starts_at": week.moment(SAT, "14:00").text(),
        "ends_at": week.moment(SAT, "15:00").text(),
    }
    saturday = f"/course-sessions/{laser_dates(week)['saturday']}/enrolments"
    own.post(saturday, {"member_id": paul.id})
    booked = own.post("/bookings", {"member_id": paul.id, "access_point": "laser", **slot})
    week.in_step()

    week.cables["machines"].pull()
    week.desk.patch(f"/members/{paul.id}", {"status": "left", "reason": "moved away"})
    week.in_step("entrance")
    gone = tap(week, "workshop-in", paul.badge)
    assert gone.reason == "credential_suspended"
    assert own.call("GET", "/bookings").status == 401
    assert week.admin.get(f"/accounts/{own.account}")["roles"] == {}
    assert paul.id not in {item["member_id"] for item in week.desk.get(saturday)["items"]}
    assert week.manager.get(f"/bookings/{booked['id']}")["cancelled_at"] is not None
    assert {
        credential["status"] for credential in week.desk.all("/credentials", member_id=paul.id)
    } == {"suspended"}
    held(week, "laser", paul.badge)
    power(week, "laser", closed=True)  # nobody could tell it
    held(week, "laser", paul.badge)
    power(week, "laser", closed=False)

    week.it_is(FRI, "09:30")
    week.cables["machines"].plug()
    week.in_step("machines")
    refused = tap(week, "laser", paul.badge)
    assert refused.reason == "credential_suspended"
    refused.shown(Flash.DENIED, "Badge suspendu")
    power(week, "laser", closed=False)
    assert tap(week, "workshop-in", paul.badge).reason == "credential_suspended"
    (session,) = [
        session
        for session in week.manager.all("/sessions", access_point="laser")
        if session["member_id"] == paul.id
    ]
    assert session["ended_at"] is not None
