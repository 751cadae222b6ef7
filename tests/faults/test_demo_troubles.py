"""What goes wrong in the demo's day is told by its agents and its desk, and is put right again."""

import os
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from controller.assembly import HOUSE
from controller.capabilities.machines.models import PointStateRow
from controller.cli.demo.day import Day
from controller.cli.demo.incidents import Staff, Troubles
from controller.cli.demo.scene import IDLE, PERCENT, PRESSED, RUNNING, SILENT, set_scene, warn_early
from controller.cli.demo.start import Demo, start
from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.settings.reading import load
from controller.store.engine import open_database
from devices.sim.client import SimBench
from tests.support.until import until

pytestmark = pytest.mark.needs("mosquitto")
SEED = 7


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The place with its processes, without a past."""
    found = start(tmp_path_factory.mktemp("troubles"), 0, lambda _: None)
    yield found
    found.place.stop()


@pytest.fixture
def bench(demo: Demo) -> Iterator[SimBench]:
    with SimBench(str(demo.layout.socket)) as found:
        yield found


@pytest.fixture
def day(demo: Demo) -> Day:
    staff = Staff(demo.api, demo.secrets.members, demo.agents)
    return Day(str(demo.layout.socket), dice=Random(SEED), staff=staff)


def troubles_of(day: Day) -> Troubles:
    assert day.troubles is not None
    return day.troubles


def alarms(demo: Demo, kind: str, active: bool) -> list[dict[str, Any]]:
    return demo.api.all(f"/alarms?kind={kind}&active={str(active).lower()}")


def refused(demo: Demo) -> int:
    """How many taps were."""
    return sum(event["type"] == "access_denied" for event in demo.api.all("/events"))


def turns(troubles: Troubles, bench: SimBench, count: int) -> None:
    for _ in range(count):
        troubles.turn(bench)


def soon(what: Callable[[], object]) -> None:
    until(what, "it is not told", 30.0)


def test_an_emergency_stop_is_pressed_released_and_reset_on_the_spot(
    demo: Demo, bench: SimBench, day: Day
) -> None:
    troubles = troubles_of(day)
    troubles.emergency_stop(bench, day.at_work)
    soon(lambda: alarms(demo, "estop", True))
    (machine,) = troubles.unusable
    assert machine not in {str(point.id) for point in day._free()}
    troubles.settle(bench)
    assert bench.state()["contacts"][f"{machine}/estop"] is False
    soon(lambda: not alarms(demo, "estop", True))
    assert troubles.unusable == set()


def test_a_lost_badge_is_blocked_refused_and_found_again(
    demo: Demo, bench: SimBench, day: Day
) -> None:
    troubles = troubles_of(day)
    troubles.lost_badge(bench, day.at_work)
    (row,) = troubles.blocked
    badge = day.staff.badge_of(row) if day.staff else ""
    assert demo.api.get(f"/credentials/{badge}")["status"] == "lost"
    before = refused(demo)
    turns(troubles, bench, 2)
    soon(lambda: refused(demo) > before)
    turns(troubles, bench, 2)
    assert demo.api.get(f"/credentials/{badge}")["status"] == "active"
    assert troubles.blocked == set()
    assert not troubles.has_incident


def test_a_box_falls_silent_and_comes_back(demo: Demo, bench: SimBench, day: Day) -> None:
    troubles = troubles_of(day)
    troubles.silent_box(bench, day.at_work)
    name = next(key for key, box in demo.agents.items() if box.stays_down)
    soon(lambda: demo.api.get(f"/agents/{name}")["online"] is False)
    assert troubles.unusable
    troubles.settle(bench)
    soon(lambda: demo.api.get(f"/agents/{name}")["online"] is True)
    assert troubles.unusable == set()
    os.kill(demo.agents[name].pid, 0)  # it runs


def test_somebody_who_is_in_leaves_by_the_door_and_is_signed_out(
    demo: Demo, bench: SimBench, day: Day
) -> None:
    day.come_in(bench)
    soon(lambda: demo.api.all("/presence"))
    there = {presence["id"] for presence in demo.api.all("/presence")}
    bench.watch("door")
    day._leave(bench)
    gone = there - {presence["id"] for presence in demo.api.all("/presence")}
    assert len(gone) == 1
    assert bench.wait_for(lambda event: event["event"] == "door" and event["open"], 20.0)


def test_a_paused_day_stands_still_and_first_puts_right_what_is_wrong(
    bench: SimBench, day: Day
) -> None:
    day.turn(bench)
    assert bench.state()["day"] == "plays"
    troubles = troubles_of(day)
    troubles.lost_badge(bench, day.at_work)
    assert bench.do("day", do="pause")["day"] == "paused"
    held = dict(day.at_work)
    for _ in range(10):
        day.turn(bench)
    assert not troubles.has_incident
    assert troubles.blocked == set()
    assert day.at_work == held
    assert bench.do("day", do="go_on")["day"] == "plays"
    for _ in range(10):
        day.turn(bench)
    assert day.at_work != held


def warns(database: Database, machine: str) -> bool:
    with database.read() as db:
        row = db.get(PointStateRow, machine)
        return row is not None and row.warning


@pytest.mark.long
def test_whoever_opens_the_demo_meets_a_busy_moment(demo: Demo, bench: SimBench, day: Day) -> None:
    settings = load(demo.layout.config)
    engine = open_database(settings.database.url)
    database = Database(engine, house=HOUSE)
    warn_early(database, wall_clock())
    set_scene(day, settings)
    pressed = [alarm for alarm in alarms(demo, "estop", True) if alarm["access_point"] == PRESSED]
    assert [alarm["taken_by"] for alarm in pressed] == ["manager@lafabrique.example"]
    soon(lambda: demo.api.get(f"/agents/{SILENT}")["online"] is False)
    machines = bench.state()["machines"]
    assert sum(machines[machine]["job"] for machine in RUNNING) == 3
    assert not machines[IDLE]["job"]
    soon(lambda: warns(database, IDLE))
    engine.dispose()
    (job,) = demo.api.all("/print-jobs")
    asked = Utc.parse(job["asked_at"])
    assert round(100 * (wall_clock() - asked).total_seconds() / 60 / job["minutes"]) == PERCENT
    bench.do("press", contact=f"{PRESSED}/estop", active=False)
    turns(troubles_of(day), bench, 40)
