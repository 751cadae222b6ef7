"""Events from a clock that was set back, as by a false time server: their time is not known."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import MAX_CLOCK_LAG, Utc
from controller.kernel.journal import BootAnchor, EventRow
from controller.wire.events import AccessGranted, JournalDegraded
from tests.hub.conftest import Place
from tests.hub.fake_agent import START

DAY_S = 86_400.0
LAPTOP_BOOT = "00000000-0000-4000-8000-000000000002"
NEXT_BOOT = "00000000-0000-4000-8000-000000000003"
MONTH_AGO = timedelta(days=-40)


def after(**length: float) -> Utc:
    return Utc.of(START + timedelta(**length))


def times(place: Place) -> list[Utc | None]:
    with place.world.database.read() as db:
        return list(db.scalars(select(EventRow.at).order_by(EventRow.seq)))


def alarms(place: Place) -> int:
    """How many events the alarm counts."""
    alarm = select(Alarm).where(Alarm.kind == "agent_clock_ahead")
    with place.world.database.read() as db:
        row = db.scalar(alarm)
        return row.detail["count"] if row else 0


@pytest.mark.parametrize("batches", [1, 3])
def test_a_time_before_that_of_an_earlier_event_counts_as_unknown(
    place: Place, batches: int
) -> None:
    """It dates no other event of its boot, and the use is dated by what came before."""
    place.now = after(days=3)
    place.agent.record(AccessGranted, at_s=60)
    place.agent.boot_id = LAPTOP_BOOT
    session = place.agent.record_session(600, at=Utc.of(START + MONTH_AGO))
    place.agent.record(AccessGranted, mono_ms=700_000, clock_trusted=False)
    place.agent.boot_id = NEXT_BOOT
    place.agent.record(AccessGranted, at_s=2 * DAY_S, mono_ms=1000)
    if batches == 1:
        place.send(place.agent.batch())
    else:
        for first, last in ((0, 1), (1, 4), (4, 5)):
            place.send(place.agent.batch(place.agent.journal[first:last], boot_id=NEXT_BOOT))
    assert times(place) == [after(seconds=60), None, None, None, after(days=2)]
    assert alarms(place) == 2
    with place.world.database.read() as db:
        row = db.get_one(SessionRow, session)
        assert (row.started_at, row.ended_at) == (after(seconds=660), after(seconds=720))
        boot = select(BootAnchor.at).where(BootAnchor.boot_id == LAPTOP_BOOT)
        assert db.scalar(boot) is None


def test_in_the_same_boot_the_monotonic_clock_says_when_it_was(place: Place) -> None:
    place.now = after(days=3)
    place.agent.record(AccessGranted, at_s=60)
    place.agent.record(AccessGranted, at_s=600, at=Utc.of(START + MONTH_AGO))
    place.send(place.agent.batch())
    assert times(place) == [after(seconds=60), after(seconds=600)]
    assert alarms(place) == 1


@pytest.mark.parametrize("more_s", [0, 1])
def test_a_clock_may_be_corrected_by_a_few_minutes(place: Place, more_s: int) -> None:
    place.now = after(days=3)
    place.agent.record(AccessGranted, at_s=DAY_S)
    place.agent.boot_id = NEXT_BOOT
    back = DAY_S - MAX_CLOCK_LAG.total_seconds() - more_s
    place.agent.record(AccessGranted, at_s=back, mono_ms=1000)
    place.send(place.agent.batch())
    assert times(place) == [after(days=1), None if more_s else after(seconds=back)]
    assert alarms(place) == more_s


def test_after_the_clock_of_the_hub_was_ahead_boxes_are_believed_at_once(place: Place) -> None:
    """They had its time then; what they tell late comes after that, too."""
    place.agent.record(AccessGranted, at_s=60)
    place.send(place.agent.batch())
    place.now = after(days=730)
    place.agent.record(AccessGranted, at_s=730 * DAY_S, mono_ms=120_000)
    place.send(place.agent.batch())
    place.now = after(days=1)
    place.agent.boot_id = NEXT_BOOT
    for at_s in (DAY_S / 2, DAY_S):
        place.agent.record(AccessGranted, at_s=at_s, mono_ms=int(at_s * 1000))
    place.send(place.agent.batch())
    assert times(place)[-2:] == [after(days=0.5), after(days=1)]
    assert alarms(place) == 0


@pytest.mark.parametrize("batches", [1, 2])
def test_what_a_box_rescues_from_a_damaged_journal_keeps_its_times(
    place: Place, batches: int
) -> None:
    """It comes in a new stream, after the event that says so."""
    place.now = after(days=2)
    place.agent.boot_id = NEXT_BOOT
    place.agent.record(JournalDegraded, at_s=DAY_S, access_point=None, reason="corrupt")
    place.agent.boot_id = LAPTOP_BOOT
    for at_s in (60, 600):
        place.agent.record(AccessGranted, at_s=at_s)
    place.agent.boot_id = NEXT_BOOT
    place.agent.record(AccessGranted, at_s=DAY_S + 1)
    first = 4 // batches
    for start in range(0, 4, first):
        place.send(place.agent.batch(place.agent.journal[start : start + first]))
    assert times(place) == [after(seconds=at_s) for at_s in (DAY_S, 60, 600, DAY_S + 1)]
    assert alarms(place) == 0
