"""Wednesday: eight teenagers with one supervisor, and one badge for all of them."""

from functools import partial

import pytest

from devices.ports import Flash
from tests.scenarios.week.people import join, present
from tests.scenarios.week.place import WED, Week
from tests.scenarios.week.seen import event_since, goes_through, held, power, tap

pytestmark = pytest.mark.needs("mosquitto")

CLASS = "3e B"


def test_eight_teenagers_with_one_supervisor(week: Week) -> None:
    """Their badge works while she answers for them, at the door as at the machine."""
    week.it_is(WED, "14:00")
    desk, badge = week.desk, week.new_badge(CLASS)
    school = desk.post("/organisations", {"name": {"fr": "Collège Pasteur"}})
    ends = week.moment(WED, "17:00").text()
    group = {"name": CLASS, "headcount": 8, "ends_at": ends}
    group = desk.post("/groups", {**group, "value": badge})
    week.manager.patch(f"/groups/{group['id']}", {"organisation_id": school["id"]})
    sophie = join(week, "Sophie Blin", "workshop")
    week.manager.patch(f"/members/{sophie.id}", {"supervises": ["workshop"]})
    week.in_step()

    early = tap(week, "workshop-in", badge)
    assert early.reason == "supervisor_required"
    early.shown(Flash.DENIED, "Encadrement nécessaire")
    assert desk.all("/windows") == []

    goes_through(week, "workshop-in", sophie.badge)
    opened = event_since(week, "printer", held(week, "printer", sophie.badge), "window_opened")
    week.running.wait_for(partial(desk.all, "/windows"))
    [window] = desk.all("/windows")
    assert (window["name"], window["zone_id"]) == ("Sophie Blin", "workshop")
    assert window["until"] == opened["data"]["until"]
    week.in_step()  # she tapped at one agent; the door hears of it from the hub

    goes_through(week, "workshop-in", badge).shown(Flash.GRANTED, "Bienvenue")
    inside = {"Sophie Blin": 1, CLASS: 8}
    week.running.wait_for(lambda: present(week, "workshop") == inside)
    tap(week, "printer", badge).shown(Flash.GRANTED, "Bienvenue, c’est à vous")
    power(week, "printer", closed=True)

    week.it_is(WED, "15:30")
    event_since(week, "printer", held(week, "printer", sophie.badge), "window_closed")
    power(week, "printer", closed=False)  # nobody answers for them any more
    week.running.wait_for(lambda: desk.all("/windows") == [])
    week.in_step()
    assert tap(week, "printer", badge).reason == "supervisor_required"
    assert tap(week, "workshop-in", badge).reason == "supervisor_required"

    goes_through(week, "workshop-out", badge)  # out they may go
    week.running.wait_for(lambda: present(week, "workshop") == {"Sophie Blin": 1})
    goes_through(week, "workshop-out", sophie.badge)
    desk.post(f"/groups/{group['id']}/end")
    week.in_step()
    assert tap(week, "workshop-in", badge).reason == "credential_unknown"
    [session] = week.manager.all("/sessions", access_point="printer")
    assert session["ended_at"] >= week.moment(WED, "15:30").text()
    assert session["member_id"] is None  # nobody's name is kept with it
    assert session["organisation_id"] == school["id"]
