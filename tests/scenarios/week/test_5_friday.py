"""Friday: the fire alarm goes off, everybody is counted outside; later a drill."""

import pytest

from tests.scenarios.week.people import join, present
from tests.scenarios.week.place import FRI, Week
from tests.scenarios.week.seen import event_since, goes_through, tap
from tests.scenarios.week.wiring import FIRE

pytestmark = pytest.mark.needs("mosquitto")


def test_an_evacuation(week: Week) -> None:
    """Presence stands still while the roll is called; the register keeps counts, and no names."""
    week.it_is(FRI, "11:20")
    desk = week.desk
    odile = join(week, "Odile Roux", "workshop", needs_help=True)
    jean = join(week, "Jean Leroy", "workshop")
    maurice = join(week, "Maurice Blanc", "workshop")
    week.manager.patch(f"/members/{maurice.id}", {"maintains": ["workshop-in"]})
    week.in_step("entrance")
    for person in (jean, odile):
        goes_through(week, "workshop-in", person.badge)
    for name, heads in (("Livreur", 1), ("École Pasteur", 12)):
        desk.post("/presence", {"zone_id": "desks", "name": name, "heads": heads})
    inside = {"Odile Roux": 1, "Jean Leroy": 1}
    week.running.wait_for(lambda: present(week, "workshop") == inside)

    since = week.hands.now().text()
    week.bench.do("press", contact=FIRE, active=True)
    fire = event_since(week, "workshop-in", since, "fire")
    week.running.wait_for(lambda: week.bench.state()["doors"]["workshop-in"]["released"])
    week.running.wait_for(lambda: _going_on(week))
    [evacuation] = _going_on(week)
    assert (evacuation["kind"], evacuation["started_at"]) == ("fire", fire["at"])
    assert evacuation["heads"] == 15
    path = f"/evacuations/{evacuation['id']}"
    roll = desk.get(f"{path}/roll")["items"]
    assert [(entry["name"], entry["heads"], entry["zone_id"]) for entry in roll] == [
        ("Odile Roux", 1, "workshop"),  # first: she needs help
        ("École Pasteur", 12, "desks"),
        ("Livreur", 1, "desks"),
        ("Jean Leroy", 1, "workshop"),
    ]
    assert [entry["needs_help"] for entry in roll] == [True, False, False, False]

    goes_through(week, "workshop-out", jean.badge)
    assert present(week, "workshop") == inside  # frozen: he is still to be seen outside
    for line in roll:
        seen = desk.post(f"{path}/roll/{line['id']}", {"seen": True})
        assert seen["seen_at"] is not None
    assert desk.get(path)["seen"] == 15

    week.bench.do("press", contact=FIRE, active=False)
    asked = desk.post("/access-points/workshop-in/reset-fault")["command_id"]
    week.running.wait_for(lambda: desk.get(f"/commands/{asked}")["result"])
    assert desk.get(f"/commands/{asked}")["reason"] == "on_the_spot_only"
    assert week.bench.state()["doors"]["workshop-in"]["released"]
    week.it_is(FRI, "11:45")
    while not _reset(week, since):
        tap(week, "workshop-in", maurice.badge)
    week.running.wait_for(lambda: not week.bench.state()["doors"]["workshop-in"]["released"])

    desk.post(f"{path}/end", {"remarks": "Grille-pain."})
    kept = desk.get(path)
    assert kept["ended_at"] >= week.moment(FRI, "11:45").text()
    assert (kept["heads"], kept["seen"], kept["remarks"]) == (15, 15, "Grille-pain.")
    assert desk.get(f"{path}/roll")["items"] == []
    assert present(week, "workshop") == present(week, "desks") == {}
    assert [alarm for alarm in desk.all("/alarms", active="true") if alarm["kind"] == "fire"] == []


def test_a_drill(week: Week) -> None:
    """One tap at the desk begins it; afterwards everybody goes back to work."""
    week.it_is(FRI, "14:00")
    desk = week.desk
    desk.post("/presence", {"zone_id": "desks", "name": "Club photo", "heads": 5})
    before = present(week, "desks")
    drill = desk.post("/evacuations", {"kind": "drill"})
    assert desk.call("POST", "/evacuations", {"kind": "drill"}).status == 409
    path = f"/evacuations/{drill['id']}"
    assert sum(item["heads"] for item in desk.get(f"{path}/roll")["items"]) == drill["heads"] == 5
    assert drill["heads"] == sum(before.values())
    week.it_is(FRI, "14:04", hub=False)
    ended = desk.post(f"{path}/end", {"everyone_back": True, "remarks": "4 min"})
    assert (ended["kind"], ended["started_at"]) == ("drill", drill["started_at"])
    assert present(week, "desks") == before


def _going_on(week: Week) -> list[dict[str, object]]:
    return [
        evacuation for evacuation in week.desk.all("/evacuations") if evacuation["ended_at"] is None
    ]


def _reset(week: Week, since: str) -> bool:
    """Whether the door's fire latch has been reset: with the alarm let go, by a maintainer."""
    told = week.manager.all("/events", access_point="workshop-in", since=since)
    return "fault_reset" in {event["type"] for event in told}
