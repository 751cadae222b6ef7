"""Times as people say them, in the place's time zone."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.domain.facts import Language
from controller.domain.time import Utc
from tests.support.tree import ROOT
from webui import i18n
from webui.i18n.dates import (
    ago,
    exact,
    format_day,
    format_relative,
    format_remaining,
    format_until,
    last_date,
    last_day,
    moment,
    relative,
)
from webui.parts import since_part, until_part

PARIS = ZoneInfo("Europe/Paris")
NOW = Utc.parse("2026-11-24T13:08:00.000Z")


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        ("2026-11-24T13:02:00.000Z", "14:02", "14:02"),
        ("2026-11-23T23:30:00.000Z", "00:30", "00:30"),
        ("2026-11-23T13:02:00.000Z", "hier à 14:02", "yesterday at 14:02"),
        ("2026-11-25T08:00:00.000Z", "demain à 09:00", "tomorrow at 09:00"),
        ("2026-05-03T13:02:00.000Z", "3\u00a0mai", "3\u00a0May"),
        ("2027-05-03T13:02:00.000Z", "3\u00a0mai 2027", "3\u00a0May 2027"),
    ],
)
def test_near_times_are_short(at: str, french: str, english: str) -> None:
    i18n.use(Language.FR)
    assert format_relative(Utc.parse(at), NOW, PARIS) == french
    i18n.use(Language.EN)
    assert format_relative(Utc.parse(at), NOW, PARIS) == english
    i18n.use(Language.FR)


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        ("2026-11-24T18:00:00.000Z", "19:00", "19:00"),
        ("2026-12-24T17:00:00.000Z", "24\u00a0décembre à 18:00", "24\u00a0December at 18:00"),
        ("2026-11-24T23:00:00.000Z", "minuit", "midnight"),
        ("2026-11-23T23:00:00.000Z", "minuit", "midnight"),
        ("2026-11-22T23:00:00.000Z", "22\u00a0novembre à minuit", "22\u00a0November at midnight"),
        ("2026-11-25T23:00:00.000Z", "demain à minuit", "tomorrow at midnight"),
        ("2026-11-27T23:00:00.000Z", "vendredi à minuit", "Friday at midnight"),
        ("2026-11-23T08:00:00.000Z", "hier à 09:00", "yesterday at 09:00"),
    ],
)
def test_an_end_that_is_not_today_names_its_day(at: str, french: str, english: str) -> None:
    i18n.use(Language.EN)
    assert format_until(Utc.parse(at), NOW, PARIS) == english
    i18n.use(Language.FR)
    assert format_until(Utc.parse(at), NOW, PARIS) == french


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        ("2026-11-24T13:02:00.000Z", "depuis 14:02", "jusqu’à 14:02"),
        ("2026-11-23T13:02:00.000Z", "depuis hier à 14:02", "jusqu’à hier à 14:02"),
        ("2026-05-03T13:02:00.000Z", "depuis le 3\u00a0mai", "jusqu’au 3\u00a0mai"),
        ("2026-10-01T13:02:00.000Z", "depuis le 1er\u00a0octobre", "jusqu’au 1er\u00a0octobre"),
    ],
)
def test_only_a_date_has_an_article(at: str, start: str, end: str) -> None:
    i18n.use(Language.FR)
    when = relative(Utc.parse(at), NOW, PARIS)
    assert [f"{part.before}{when.text}" for part in (since_part(when), until_part(when))] == [
        start,
        end,
    ]


def test_how_long_ago() -> None:
    i18n.use(Language.FR)
    assert ago(Utc.of(NOW - timedelta(minutes=6)), NOW) == "il y a 6\u00a0min"
    assert ago(NOW, NOW) == "à l’instant"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (40, "40 s"),
        (59.2, "1 min"),
        (61, "2 min"),
        (240, "4 min"),
        (3600, "1 h"),
        (3900, "1 h 05 min"),
        (-3, "0 s"),
    ],
)
def test_what_is_left_is_rounded_up(seconds: float, text: str) -> None:
    i18n.use(Language.FR)
    assert format_remaining(seconds).replace("\u00a0", " ") == text


def test_the_exact_time_stands_in_the_title() -> None:
    i18n.use(Language.FR)
    shown = moment("il y a 6 min", NOW, PARIS)
    assert shown.exact == exact(NOW, PARIS) == "mardi 24 novembre 2026, 14:08:00"
    assert shown.iso == "2026-11-24T13:08:00+00:00"


@pytest.mark.parametrize(
    ("day", "pattern", "french", "english"),
    [
        (date(2026, 12, 1), "EEEE d MMMM", "mardi 1er\u00a0décembre", "Tuesday 1\u00a0December"),
        (date(2026, 12, 1), "d MMM y", "1er\u00a0déc. 2026", "1\u00a0Dec 2026"),
        (date(2026, 12, 1), "EEE d", "mar. 1er", "Tue 1"),
        (date(2031, 12, 1), "MMMM y", "décembre 2031", "December 2031"),
        (date(2026, 12, 11), "d MMMM", "11\u00a0décembre", "11\u00a0December"),
        (date(2026, 12, 21), "EEE d", "lun. 21", "Mon 21"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(
    day: date, pattern: str, french: str, english: str
) -> None:
    i18n.use(Language.EN)
    assert format_day(day, pattern) == english
    i18n.use(Language.FR)
    assert format_day(day, pattern) == french
    assert (
        exact(Utc.parse("2026-12-01T13:02:00.000Z"), PARIS) == "mardi 1er décembre 2026, 14:02:00"
    )


def test_no_page_writes_a_date_past_that() -> None:
    written = [
        path for path in (ROOT / "webui").rglob("*.py") if "format_date(" in path.read_text()
    ]
    assert [path.name for path in written] == ["dates.py"]


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("2026-12-31T23:00:00.000Z", "31\u00a0décembre"),
        ("2026-12-31T22:59:00.000Z", "31\u00a0décembre"),
        ("2026-12-31T23:01:00.000Z", "1er\u00a0janvier 2027"),
    ],
)
def test_what_ends_at_midnight_ends_on_the_day_before(end: str, last: str) -> None:
    i18n.use(Language.FR)
    assert last_day(Utc.parse(end), NOW, PARIS) == last
    assert last_date(Utc.parse("2026-11-30T23:00:00.000Z"), PARIS) == date(2026, 11, 30)
