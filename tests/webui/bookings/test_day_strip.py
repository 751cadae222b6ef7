"""The strip of one day: its hours, lanes, and where texts are."""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.webui.bookings.bookings_page import DAY, book, show
from tests.webui.bookings.conftest import ADA, BEN
from tests.webui.conftest import NOW, SITE
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from webui.bookings.strip import DayHours, draw
from webui.bookings.views import Event, Fill, Strip

HOURS = DayHours(midnight=Utc.parse(f"{DAY}T00:00:00.000Z"), first=8, last=20)
NAME = "Karim Benali"


def at(hour: float) -> Utc:
    return Utc.of(HOURS.midnight + timedelta(hours=hour))


def drawn(
    *bookings: tuple[float, float], text: str = NAME, behind: Sequence[Fill] = ()
) -> tuple[Strip, list[Fill]]:
    """The strip of these bookings, and its parts that are bookings."""
    events = [
        ((at(start), at(end)), Event(look="book", time=f"{start}–{end}", text=text))
        for start, end in bookings
    ]
    strip = draw(HOURS, behind, events, None)
    return strip, [fill for fill in strip.fills if fill.look == "book"]


def hours(page: str) -> tuple[int, int]:
    """The first and last hour above the strips."""
    found = [int(hour) for hour in re.findall(r"<text[^>]*>(\d+)</text>", page)]
    return found[0], found[-1]


def opened(place: Place, start: str, end: str, days: Sequence[int] = range(7)) -> None:
    weekly = tuple(Weekly(weekday=day, start=start, end=end) for day in days)
    new = NewSchedule(id="daily", site_id=SITE, name=Label(fr="Chaque jour"), weekly=weekly)
    with place.database.write() as db:
        schedules.create(db, new, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "daily"}, version=None, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("09:00", "19:00", (8, 20)),
        ("10:30", "17:30", (9, 19)),
        ("14:00", "00:00", (13, 24)),
        ("00:00", "00:00", (8, 20)),
    ],
)
def test_the_hours_are_the_opening_hours_and_one_more_on_either_side(
    desk: FlaskClient, place: Place, start: str, end: str, shown: tuple[int, int]
) -> None:
    opened(place, start, end)
    first, last = hours(show(desk, view="day"))
    assert first == shown[0]
    assert last in (shown[1], shown[1] - 1), "the last label, or the one before it"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("26T05:30", "26T06:30", (6, 16)),
        ("26T18:00", "26T20:30", (11, 22)),
        ("25T20:00", "27T20:00", (11, 16)),
        ("25T20:00", "26T02:00", (0, 16)),
        ("26T21:00", "27T02:00", (11, 24)),
    ],
)
def test_a_booking_outside_the_opening_hours_is_shown_whole_on_its_day(
    desk: FlaskClient, place: Place, start: str, end: str, shown: tuple[int, int]
) -> None:
    """What lasts the whole day doesn't draw the night."""
    opened(place, "12:00", "15:00")
    times = (Utc.parse(f"2026-11-{moment}:00.000Z") for moment in (start, end))
    book(place, BEN, *times)
    first, last = hours(show(desk, view="day"))
    assert first == shown[0]
    assert last in (shown[1], shown[1] - 1)


def test_a_closed_day_has_the_usual_hours(desk: FlaskClient, place: Place) -> None:
    opened(place, "12:00", "15:00", days=(0,))
    assert hours(show(desk, view="day")) == (8, 20)


def test_bookings_that_overlap_lie_in_lanes_and_the_strip_grows() -> None:
    flat, _ = drawn((9, 11), (11, 12))
    strip, fills = drawn((9, 11), (10, 12), (11, 13))
    assert strip.height == 2 * flat.height
    assert [fill.y for fill in fills] == [0, 0, flat.height]
    assert [fill.x for fill in fills] == [8.3, 25.0, 16.7], "what begins at an end needs no lane"


def test_a_text_behind_the_bookings_has_a_line_of_its_own() -> None:
    out = Fill(look="out", x=0, width=100, text_width=100, text="out of service")
    alone, _ = drawn(behind=[out])
    strip, (fill,) = drawn((9, 11), behind=[out])
    (behind,) = (it for it in strip.fills if it.look == "out")
    assert alone.fills[0].text_height == alone.height
    assert (behind.text_height, behind.height) == (fill.y, strip.height)
    assert fill.y > 0


def test_a_text_is_in_its_booking_or_where_there_is_room() -> None:
    _, (inside,) = drawn((9, 12))
    assert (inside.side, inside.text_x, inside.text_width) == ("", inside.x, inside.width)
    _, (after,) = drawn((9, 9.5))
    assert after.side == "after"
    assert after.text_x == pytest.approx(after.x + after.width)
    _, (before,) = drawn((19.5, 20))
    assert before.side == "before"
    assert before.text_x + before.text_width == pytest.approx(before.x)


def test_no_text_covers_another_booking_nor_its_text() -> None:
    _, fills = drawn((8, 8.5), (13, 13.5), (13.5, 14), (14, 14.5), (14.5, 15))
    assert [fill.side for fill in fills] == ["after", "before", "", "", "after"]
    spans = sorted((fill.text_x, fill.text_x + fill.text_width) for fill in fills)
    assert all(a[1] <= b[0] + 0.1 for a, b in pairwise(spans))


def test_a_text_that_fits_nowhere_is_cut_off_in_one_line() -> None:
    _, (_, fill, _) = drawn((9, 11), (11, 11.5), (11.5, 14))
    assert (fill.side, fill.text_width, fill.is_cut) == ("", fill.width, True)
    _, (fill,) = drawn((9, 15), text=f"{NAME} " * 9)
    assert not fill.is_cut, "it wraps, in two lines"


def test_the_whole_text_of_a_booking_is_its_title(desk: FlaskClient, place: Place) -> None:
    book(place, ADA)
    with place.database.write() as db:
        db.get_one(AccessPointRow, LASER).in_service = False
    page = show(desk, view="day")
    assert f'<p class="warn" title="10–12 {ADA}">' in page
    assert '<rect class="warn"' in page, "as in the week"
