"""The small values: instants, ids, names of levels, and what a meter says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.facts import Assurance
from controller.domain.ids import is_slug, parse_credential_id
from controller.domain.machine.meter import Hysteresis, combine
from controller.domain.time import Utc


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1)))  # noqa: DTZ001
def test_an_instant_has_one_spelling(moment: datetime) -> None:
    instant = Utc.of(moment.replace(tzinfo=UTC))
    assert Utc.parse(instant.text()) == instant


def test_an_instant_is_in_utc_and_whole_milliseconds() -> None:
    paris = timezone(timedelta(hours=1))
    instant = Utc.of(datetime(2026, 11, 24, 11, 0, 0, 1999, tzinfo=paris))
    assert instant.text() == "2026-11-24T10:00:00.001Z"
    with pytest.raises(ValueError, match="needs a time zone"):
        Utc.of(datetime(2026, 11, 24))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ["2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000+00:00", "2026-13-24T10:00:00.000Z"]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time|month must be"):
        Utc.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "uid:04A1B2C3",
        "uid:04A1B2C3D4E5F6",
        "uid:04A1B2C3D4E5F6070809",
        "em:0001234567",
        "wg26:29D5AB",
        "wg34:00C0FFEE",
        "wg37:7FFFFFFFF",
    ],
)
def test_credential_ids(text: str) -> None:
    assert parse_credential_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "uid:04a1b2c3",
        "uid:04A1B2",
        "em:123",
        "uid:04A1B2C3\n",
        "wg26:29D5ABC",
        "wg37:8FFFFFFFF",
    ],
)
def test_what_is_no_credential_id(text: str) -> None:
    with pytest.raises(ValueError, match="is not a credential id"):
        parse_credential_id(text)


def test_slugs() -> None:
    assert is_slug("laser-1")
    assert not any(map(is_slug, ["", "-laser", "Laser", "a" * 64, "laser\n"]))


def test_levels_of_assurance_in_their_order() -> None:
    assert Assurance.AES.covers(Assurance.SUN)
    assert not Assurance.UID.covers(Assurance.SUN)


METER = Hysteresis(on=50.0, off=20.0)


@pytest.mark.parametrize(
    ("value", "was", "expected"),
    [
        (50.0, False, True),
        (30.0, False, False),
        (30.0, True, True),
        (30.0, None, True),
        (19.9, True, False),
        (None, True, None),
        (float("nan"), True, None),
    ],
)
def test_a_meter_with_hysteresis(value: float | None, was: bool | None, expected: bool) -> None:
    assert METER.judge(value, was) is expected


@pytest.mark.parametrize(("on", "off"), [(10.0, 20.0), (10.0, -1.0)])
def test_thresholds_the_wrong_way_round(on: float, off: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and on"):
        Hysteresis(on=on, off=off)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], False),
        ([False, False], False),
        ([False, True], True),
        ([None, True], True),
        ([False, None], None),
    ],
)
def test_idle_only_when_all_say_so(sources: list[bool | None], expected: bool | None) -> None:
    assert combine(sources) is expected


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.000Z", "0999-12-31T23:59:59.999Z"])
def test_an_early_year_is_written_as_it_is_read(text: str) -> None:
    assert Utc.parse(text).text() == text
