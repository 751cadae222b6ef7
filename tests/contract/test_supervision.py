"""A group's badge at a real agent: it opens a machine while a window opened at the desk is open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.sim.client import SimBench
from tests.support.running_place import RunningPlace

pytestmark = pytest.mark.needs("mosquitto")

MACHINE, SUPERVISOR = "plotter", "Karim Benali"
BADGE = "em:0009988776"


def denied(place: RunningPlace) -> list[str]:
    """Why the machine's agent said no, each time."""
    events = place.listed("/events", access_point=MACHINE)
    return [event["data"]["reason"] for event in events if event["type"] == "access_denied"]


def tapped_until(place: RunningPlace, bench: SimBench, on: bool) -> None:
    """Tap until the machine has power, or has none: a policy on its way is not there yet."""

    def is_so() -> bool:
        if bench.state()["machines"][MACHINE]["closed"] is on:
            return True
        bench.do("tap", reader=MACHINE, credential=BADGE)
        return any(
            event["machine"] == MACHINE and event["closed"] is on for event in bench.events(3.0)
        )

    place.wait_for(is_so)


@pytest.fixture
def group(place: RunningPlace) -> dict[str, Any]:
    """Eight for an hour, who may use the machine under a supervisor's eyes."""
    until = datetime.now(UTC) + timedelta(hours=1)
    new = {
        "name": "École Jean-Moulin",
        "headcount": 8,
        "value": BADGE,
        "ends_at": until.isoformat(timespec="milliseconds"),
        "accompanied": ["reglement", "decoupe-vinyle"],
    }
    return place.make("/groups", new)


def test_a_group_works_while_somebody_answers_for_it(
    place: RunningPlace, group: dict[str, Any]
) -> None:
    members = place.listed("/members")
    (karim,) = (member["id"] for member in members if member["display_name"] == SUPERVISOR)
    with SimBench(str(place.ready["pins_socket"])) as bench:
        bench.watch("power")

        def refused() -> bool:
            bench.do("tap", reader=MACHINE, credential=BADGE)
            list(bench.events(1.0))  # a badge that rests at the reader is read once
            return "supervisor_required" in denied(place)

        place.wait_for(refused)
        window = place.make("/windows", {"zone_id": "atelier", "member_id": karim})
        tapped_until(place, bench, True)
        # Nobody answers for it any more: what runs may finish, and nothing runs.
        closed = place.call("POST", f"/windows/{window['id']}/close", {})
        assert closed.status == 200, closed.body
        bench.wait_for(lambda told: told["machine"] == MACHINE and told["closed"] is False, 60.0)
    ended = place.call("POST", f"/groups/{group['id']}/end", {})
    assert ended.json["badge"] is None

    def told() -> bool:
        """Its session is known, and is nobody's by name."""
        found = list(place.listed("/sessions", access_point=MACHINE))
        return any(window["ended_at"] and window["member_id"] is None for window in found)

    place.wait_for(told)
