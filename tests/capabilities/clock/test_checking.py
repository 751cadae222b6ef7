"""The controller's date is doubted where something else says another, and an admin confirms it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.capabilities.agents.models import AgentAway, AgentState
from controller.capabilities.alarms import alarms
from controller.capabilities.clock import clock_check
from controller.capabilities.clock.clock_check import Confirmation, Doubt, is_date_sure
from controller.capabilities.clock.synchronisation import is_synchronised, judge
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.jobs import NeedsDate
from controller.kernel.models import AuditEntry
from tests.capabilities.conftest import BOSS, Place


def check(place: Place, *, synchronised: bool | None = None) -> Doubt | None:
    """As the job does."""
    with place.database.write() as db:
        clock_check.check(db, place.now, synchronised=synchronised)
        return clock_check.state(db, place.now, synchronised=synchronised).doubt


def alarm(place: Place) -> bool:
    """Whether somebody is asked to look."""
    with place.database.read() as db:
        return any(item.active for item in alarms.page(db, actor=BOSS, kind="clock_unsure").items)


def is_sure(place: Place, needs: NeedsDate, *, synchronised: bool | None = None) -> bool:
    with place.database.read() as db:
        return is_date_sure(db, needs, place.now, lambda: synchronised)


def confirm(place: Place) -> None:
    with place.database.write() as db:
        clock_check.confirm(db, Confirmation(date=place.now.date()), actor=BOSS, now=place.now)


def test_a_controller_that_never_checked_compares_with_what_it_last_did(place: Place) -> None:
    place.clock.forward(days=730)
    assert check(place) is Doubt.AHEAD_OF_LAST_CHECK
    assert check(place) is Doubt.AHEAD_OF_LAST_CHECK, "that it looked is no proof of the date"
    assert alarm(place)


def test_a_date_that_runs_on_is_never_doubted(place: Place) -> None:
    for _ in range(60):
        assert check(place) is None
        place.clock.forward(days=1)
    assert not alarm(place)


def test_a_confirmed_date_is_right_and_the_next_leap_is_doubted_again(place: Place) -> None:
    assert check(place) is None
    place.clock.forward(days=21)
    assert check(place) is Doubt.AHEAD_OF_LAST_CHECK
    assert not is_sure(place, NeedsDate.PLAUSIBLE)
    confirm(place)
    assert not alarm(place)
    assert check(place) is None
    assert is_sure(place, NeedsDate.SYNCHRONISED)
    place.clock.forward(days=730)
    assert check(place) is Doubt.AHEAD_OF_LAST_CHECK
    with place.database.read() as db:
        found = select(AuditEntry.actor).where(AuditEntry.action == "date_confirmed")
        assert list(db.scalars(found)) == [BOSS.ref]


def test_only_today_can_be_confirmed_and_only_by_an_admin(place: Place) -> None:
    yesterday = Confirmation(date=Utc.of(place.now - timedelta(days=2)).date())
    with place.database.write() as db:
        with pytest.raises(Invalid, match="set the clock first"):
            clock_check.confirm(db, yesterday, actor=BOSS, now=place.now)
        manager = place.account(db, "manager", Role.MANAGER)
        with pytest.raises(Forbidden):
            clock_check.confirm(
                db, Confirmation(date=place.now.date()), actor=manager, now=place.now
            )


def test_a_clock_behind_is_doubted_until_it_is_confirmed(place: Place) -> None:
    assert check(place) is None
    place.clock.forward(days=-730)
    assert check(place) is Doubt.BEHIND
    assert alarm(place)
    confirm(place)
    place.clock.forward(days=1)
    assert check(place) is None
    place.clock.forward(days=20)
    assert check(place) is Doubt.AHEAD_OF_LAST_CHECK, "what was noted later no longer counts"


@pytest.mark.parametrize(("hours", "doubt"), [(-24, Doubt.AGENTS_DIFFER), (-1, None)])
def test_agents_that_say_another_time_are_believed(
    place: Place, hours: int, doubt: Doubt | None
) -> None:
    check(place)
    heard(place, hours)
    assert check(place) is doubt


def test_an_agent_that_has_just_come_back_says_nothing_yet(place: Place) -> None:
    check(place)
    heard(place, -24)
    gone = Utc.of(place.now - timedelta(days=1))
    with place.database.write() as db:
        db.add(AgentAway(agent_id="pi", since=gone, until=place.now))
    assert check(place) is None


def heard(place: Place, hours: int) -> None:
    """The agent has just told its time."""
    at = Utc.of(place.now + timedelta(hours=hours))
    with place.database.write() as db:
        there = {"online": True, "connection": 1, "protocols": [], "epoch": 1, "policy_version": 1}
        said = {"clock_trusted": True, "at": at.text()}
        db.add(AgentState(agent_id="pi", seen_at=place.now, telemetry=said, **there))


def test_without_a_time_server_erasing_waits_and_a_day_later_somebody_is_told(place: Place) -> None:
    assert check(place, synchronised=False) is Doubt.UNSYNCHRONISED
    assert not is_sure(place, NeedsDate.SYNCHRONISED, synchronised=False)
    assert is_sure(place, NeedsDate.PLAUSIBLE, synchronised=False)
    assert not alarm(place)
    place.clock.forward(days=1)
    check(place, synchronised=False)
    assert alarm(place)
    confirm(place)
    assert check(place, synchronised=False) is None
    for _ in range(6):
        place.clock.forward(days=6)
        found = check(place, synchronised=False)
    assert found is Doubt.UNSYNCHRONISED, "it was confirmed for a month"
    assert check(place, synchronised=True) is None
    assert not alarm(place)


@pytest.mark.parametrize(
    ("error_us", "has_systemd", "said"),
    [
        (1_500, False, True),
        (1_500, True, True),
        (16_000_000, True, False),
        (16_000_000, False, None),
        (None, True, None),
    ],
)
def test_what_the_kernel_says(error_us: int | None, has_systemd: bool, said: bool | None) -> None:
    assert judge(error_us, has_systemd=has_systemd) is said


def test_the_real_kernel_answers(tmp_path: Path) -> None:
    """Without systemd it may say that it is synchronised, never that it is not."""
    assert is_synchronised(tmp_path / "none") is not False
    assert is_synchronised(tmp_path) is not None
