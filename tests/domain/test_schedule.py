"""Weekly windows, past midnight, on holidays, and through daylight saving time."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.facts import Schedule, ScheduleException, WeeklyWindow
from controller.domain.schedule import (
    closes_at,
    day_end,
    is_open,
    last_change,
    local_midnight,
    local_time,
    next_change,
    opens_next,
)
from controller.domain.time import Utc

PARIS = "Europe/Paris"
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def utc(text: str) -> Utc:
    """`2026-11-24 10:00` in UTC."""
    return Utc.parse(text.replace(" ", "T") + ":00.000Z")


def weekly(*windows: tuple[int, str, str]) -> Schedule:
    return Schedule(
        weekly=tuple(
            WeeklyWindow(weekday=day, start=time.fromisoformat(start), end=time.fromisoformat(end))
            for day, start, end in windows
        )
    )


TUESDAY = weekly((TUE, "09:00", "18:00"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24 07:59", False),
        ("2026-11-24 08:00", True),
        ("2026-11-24 16:59", True),
        ("2026-11-24 17:00", False),
        ("2026-11-25 10:00", False),
    ],
)
def test_open_from_the_start_to_before_the_end_by_local_time(now: str, expected: bool) -> None:
    assert is_open(TUESDAY, PARIS, utc(now)) is expected


def test_opens_and_closes_next() -> None:
    assert closes_at(TUESDAY, PARIS, utc("2026-11-24 10:00")) == utc("2026-11-24 17:00")
    assert closes_at(TUESDAY, PARIS, utc("2026-11-24 18:00")) is None
    assert opens_next(TUESDAY, PARIS, utc("2026-11-24 18:00")) == utc("2026-12-01 08:00")
    assert opens_next(TUESDAY, PARIS, utc("2026-11-24 10:00")) is None
    assert next_change(TUESDAY, PARIS, utc("2026-11-24 10:00")) == utc("2026-11-24 17:00")
    assert next_change(TUESDAY, PARIS, utc("2026-11-24 18:00")) == utc("2026-12-01 08:00")
    assert next_change(Schedule(), PARIS, utc("2026-11-24 18:00")) is None


def test_past_midnight() -> None:
    friday = weekly((FRI, "22:00", "02:00"))
    assert is_open(friday, PARIS, utc("2026-11-27 22:30"))
    assert is_open(friday, PARIS, utc("2026-11-28 00:59"))
    assert not is_open(friday, PARIS, utc("2026-11-28 01:00"))
    assert closes_at(friday, PARIS, utc("2026-11-27 22:30")) == utc("2026-11-28 01:00")


def test_an_end_at_midnight_and_windows_that_touch() -> None:
    days = weekly((TUE, "09:00", "00:00"), (WED, "00:00", "06:00"))
    assert closes_at(days, PARIS, utc("2026-11-24 10:00")) == utc("2026-11-25 05:00")


def test_always_open_has_no_end() -> None:
    always = weekly(*((day, "00:00", "00:00") for day in range(7)))
    assert is_open(always, PARIS, utc("2026-11-24 10:00"))
    assert closes_at(always, PARIS, utc("2026-11-24 10:00")) is None


def test_always_open_but_on_a_holiday_weeks_away_and_one_gone_by() -> None:
    always = weekly(*((day, "00:00", "00:00") for day in range(7)))
    days = (date(2025, 12, 25), date(2026, 12, 25))
    feasts = Schedule(
        weekly=always.weekly, exceptions=tuple(ScheduleException(date=day) for day in days)
    )
    assert closes_at(feasts, PARIS, utc("2026-11-24 10:00")) == utc("2026-12-24 23:00")
    assert opens_next(feasts, PARIS, utc("2026-12-25 10:00")) == utc("2026-12-25 23:00")
    assert closes_at(feasts, PARIS, utc("2026-12-26 10:00")) is None


def test_overlapping_windows_are_one_opening() -> None:
    both = weekly((TUE, "09:00", "12:00"), (TUE, "10:00", "18:00"), (TUE, "10:30", "11:00"))
    assert closes_at(both, PARIS, utc("2026-11-24 08:30")) == utc("2026-11-24 17:00")


def test_a_holiday_is_closed_all_day_even_after_the_eve() -> None:
    nights = Schedule(
        weekly=weekly((THU, "20:00", "02:00"), (FRI, "09:00", "18:00")).weekly,
        exceptions=(ScheduleException(date=date(2026, 12, 25)),),
    )
    assert is_open(nights, PARIS, utc("2026-12-24 22:00"))
    assert not is_open(nights, PARIS, utc("2026-12-25 00:30"))
    assert not is_open(nights, PARIS, utc("2026-12-25 10:00"))
    assert closes_at(nights, PARIS, utc("2026-12-24 22:00")) == utc("2026-12-24 23:00")
    assert opens_next(nights, PARIS, utc("2026-12-25 10:00")) == utc("2026-12-31 19:00")


def test_an_exception_has_windows_of_its_own_past_midnight_too() -> None:
    feast = Schedule(
        weekly=TUESDAY.weekly,
        exceptions=(
            ScheduleException(
                date=date(2026, 11, 24), windows=((time(12), time(14)), (time(20), time(1)))
            ),
        ),
    )
    assert not is_open(feast, PARIS, utc("2026-11-24 09:00"))
    assert is_open(feast, PARIS, utc("2026-11-24 12:30"))
    assert is_open(feast, PARIS, utc("2026-11-24 23:30"))
    assert not is_open(feast, PARIS, utc("2026-11-25 00:00"))


# Paris puts clocks forward on 29 March 2026 at 01:00 UTC, and back on 25 October at 01:00 UTC.


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        (("01:00", "04:00"), "2026-03-29 00:00", "2026-03-29 02:00"),
        (("02:30", "04:00"), "2026-03-29 01:00", "2026-03-29 02:00"),
        (("01:00", "02:30"), "2026-03-29 00:00", "2026-03-29 01:00"),
        (("02:30", "03:15"), "2026-03-29 01:00", "2026-03-29 01:15"),
    ],
)
def test_clocks_put_forward(window: tuple[str, str], opens: str, closes: str) -> None:
    sunday = weekly((SUN, *window))
    assert opens_next(sunday, PARIS, utc("2026-03-28 12:00")) == utc(opens)
    assert closes_at(sunday, PARIS, utc(opens)) == utc(closes)


def test_a_window_that_falls_into_the_hour_that_is_skipped_does_not_open() -> None:
    sunday = weekly((SUN, "02:10", "02:50"))
    assert opens_next(sunday, PARIS, utc("2026-03-28 12:00")) == utc("2026-04-05 00:10")


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        (("01:00", "04:00"), "2026-10-24 23:00", "2026-10-25 03:00"),
        (("02:30", "04:00"), "2026-10-25 00:30", "2026-10-25 03:00"),
        (("01:00", "02:30"), "2026-10-24 23:00", "2026-10-25 01:30"),
        (("02:15", "02:45"), "2026-10-25 00:15", "2026-10-25 01:45"),
    ],
)
def test_clocks_put_back(window: tuple[str, str], opens: str, closes: str) -> None:
    sunday = weekly((SUN, *window))
    assert opens_next(sunday, PARIS, utc("2026-10-24 12:00")) == utc(opens)
    assert closes_at(sunday, PARIS, utc(opens)) == utc(closes)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "Europe", ""])
def test_an_unknown_time_zone_is_closed(zone: str) -> None:
    now = utc("2026-11-24 10:00")
    assert not is_open(TUESDAY, zone, now)
    assert closes_at(TUESDAY, zone, now) is None
    assert opens_next(TUESDAY, zone, now) is None
    assert local_time(zone, now).hour == 10
    assert local_midnight(zone, now) == utc("2026-11-25 00:00")


def test_midnight_there() -> None:
    assert local_midnight(PARIS, utc("2026-11-24 22:30")) == utc("2026-11-24 23:00")
    assert local_midnight(PARIS, utc("2026-11-24 23:30")) == utc("2026-11-25 23:00")


clock_times = st.times().map(lambda t: t.replace(microsecond=0))
schedules = st.builds(
    Schedule,
    weekly=st.lists(
        st.builds(WeeklyWindow, weekday=st.integers(0, 6), start=clock_times, end=clock_times),
        max_size=4,
    ).map(tuple),
    exceptions=st.lists(
        st.builds(
            ScheduleException,
            date=st.dates(date(2026, 3, 20), date(2026, 4, 5)),
            windows=st.lists(st.tuples(clock_times, clock_times), max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)
near_the_change = st.integers(0, 16 * 86_400).map(
    lambda s: utc("2026-03-20 00:00") + timedelta(seconds=s)
)


@given(schedules, near_the_change, st.sampled_from([PARIS, "America/New_York", "UTC"]))
def test_what_comes_next_is_what_happens(schedule: Schedule, now: Utc, zone: str) -> None:
    change = next_change(schedule, zone, now)
    if change is not None:
        assert change > now
        before = change - timedelta(milliseconds=1)
        assert is_open(schedule, zone, before) is is_open(schedule, zone, now)
        assert is_open(schedule, zone, change) is not is_open(schedule, zone, now)


def test_when_it_last_opened_or_closed() -> None:
    # It is UTC+1 in Paris.
    assert last_change(TUESDAY, PARIS, utc("2026-11-24 10:00")) == utc("2026-11-24 08:00")
    assert last_change(TUESDAY, PARIS, utc("2026-11-24 17:00")) == utc("2026-11-24 17:00")
    assert last_change(TUESDAY, PARIS, utc("2026-11-26 10:00")) == utc("2026-11-24 17:00")
    assert last_change(TUESDAY, PARIS, utc("2026-11-24 07:59")) == utc("2026-11-17 17:00")
    assert last_change(Schedule(), PARIS, utc("2026-11-24 10:00")) is None


def test_openings_that_touch_are_one() -> None:
    night = weekly((MON, "22:00", "00:00"), (TUE, "00:00", "06:00"))
    assert last_change(night, PARIS, utc("2026-11-24 04:00")) == utc("2026-11-23 21:00")


@given(st.integers(0, 14 * 24 * 60))
def test_what_changed_last_tells_the_state_since(minutes: int) -> None:
    now = Utc.of(utc("2026-10-20 00:00") + timedelta(minutes=minutes))  # clocks go back on the 25th
    hours = weekly((MON, "09:00", "18:00"), (SAT, "22:00", "04:00"), (SUN, "01:00", "05:00"))
    changed = last_change(hours, PARIS, now)
    assert changed is not None
    assert changed <= now
    for at in (changed, Utc.of(changed + (now - changed) / 2), now):
        assert is_open(hours, PARIS, at) is is_open(hours, PARIS, now)
    assert is_open(hours, PARIS, Utc.of(changed - timedelta(milliseconds=1))) is not is_open(
        hours, PARIS, now
    )


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-24 19:00", "2026-11-25 02:00"),  # to 03:00, local time
        ("2026-11-25 00:30", "2026-11-25 02:00"),  # it began the day before
        ("2026-11-25 02:00", "2026-11-25 23:00"),  # closed since, and the whole day
        ("2026-11-23 23:30", "2026-11-24 23:00"),  # more than a day before it closes
        ("2026-11-27 10:00", "2026-11-27 23:00"),  # it closes at 18:00
        ("2026-11-22 10:00", "2026-11-22 23:00"),  # closed all day
    ],
)
def test_a_day_ends_at_midnight_or_once_the_place_closes_after_that(now: str, ends: str) -> None:
    late = weekly((TUE, "14:00", "03:00"), (FRI, "09:00", "18:00"))
    assert day_end(late, PARIS, utc(now)) == utc(ends)
    in_two = weekly((TUE, "14:00", "00:00"), (WED, "00:00", "03:00"), (FRI, "09:00", "18:00"))
    assert day_end(in_two, PARIS, utc(now)) == utc(ends), "as the page has them typed"
    assert day_end(None, PARIS, utc("2026-11-24 19:00")) == utc("2026-11-24 23:00")
    morning = weekly((WED, "00:00", "03:00"))
    assert day_end(morning, PARIS, utc("2026-11-25 01:00")) == utc("2026-11-25 23:00")
    whole = weekly(*((day, "00:00", "00:00") for day in range(7)))
    assert day_end(whole, PARIS, utc("2026-11-24 19:00")) == utc("2026-11-24 23:00")
