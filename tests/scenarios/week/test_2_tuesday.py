"""Tuesday: half a day of telework, which five taps spend once."""

import pytest

from devices.ports import Flash
from tests.scenarios.week.people import join, present
from tests.scenarios.week.place import TUE, WED, Week
from tests.scenarios.week.seen import goes_through, tap

pytestmark = pytest.mark.needs("mosquitto")


def test_a_half_day_of_telework(week: Week) -> None:
    week.it_is(TUE, "09:10")
    ines = join(week, "Inès Moreau")
    bought = {"member_id": ines.id, "plan_id": "telework", "kind": "half_day", "units": 2}
    bought["valid_from"] = week.hands.now().text()
    ticket = f"/passes/{week.desk.post('/passes', bought)['id']}"
    week.in_step("entrance")

    assert week.desk.get(ticket)["spent"] == 0
    goes_through(week, "desks-in", ines.badge).shown(Flash.GRANTED, "Bienvenue")
    for clock in ("10:20", "12:59"):
        week.it_is(TUE, clock, hub=False)
        for _ in range(2):
            assert tap(week, "desks-in", ines.badge).reason is None
    assert week.desk.get(ticket)["spent"] == 1
    assert present(week, "desks") == {"Inès Moreau": 1}

    elsewhere = tap(week, "workshop-in", ines.badge)
    assert elsewhere.reason == "subscription_missing"  # her pass is for a desk
    elsewhere.shown(Flash.DENIED, "Abonnement nécessaire")

    week.it_is(TUE, "13:01")
    assert tap(week, "desks-in", ines.badge).reason is None
    assert week.desk.get(ticket)["spent"] == 2
    week.it_is(
        TUE, "18:01", hub=False
    )  # the plan's hours are over: nobody has to think of going out
    week.running.wait_for(lambda: present(week, "desks") == {})

    week.it_is(WED, "09:30")
    week.in_step("entrance")
    again = tap(week, "desks-in", ines.badge)
    assert again.reason == "subscription_expired"
    again.shown(Flash.DENIED, "Abonnement terminé")
    assert week.desk.get(ticket)["spent"] == 2
