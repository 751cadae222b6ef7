"""Calendars as programs read them: whole, without anybody's name, and gone when revoked."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar as Ical
from sqlalchemy import insert, inspect, text

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members
from controller.capabilities.training import course_sessions
from controller.domain.time import Utc
from controller.integrations.calendars import calendars
from controller.integrations.calendars.feed import MAX_ENTRIES
from controller.integrations.calendars.models import CalendarKind
from controller.integrations.calendars.shapes import NewCalendar
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.live import Live
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.settings import Settings, SiteSettings
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place, clock, database, live, place
from tests.capabilities.training.courses import course, enrol, session
from tests.support.applications import an_application
from webui.context import WebContext

__all__ = ["clock", "database", "live", "place"]

NAME = "Zoé d’Artois-Lefèvre"
BASE = "https://loquet.example"


@pytest.fixture
def client(place: Place, live: Live) -> FlaskClient:
    """Somebody's calendar program: it signs in nowhere."""
    given = WebContext(
        settings=Settings(site=SiteSettings(id=place.site, name="Ici")),
        database=place.database,
        live=live,
        secret="s" * 40,
        credential_keys={place.site: b"k" * 32},
        own_key=b"w" * 32,
        clock=place.clock,
    )
    return an_application(given).test_client()


def book(place: Place, member: str, **what: Any) -> str:
    """Two hours of the laser tomorrow, or of something else."""
    start = Utc.of(place.now + timedelta(days=1))
    span: dict[str, Any] = {"starts_at": start, "ends_at": Utc.of(start + timedelta(hours=2))}
    new = NewBooking(member_id=member, **span, **(what or {"access_point": "laser-1"}))
    with place.database.write() as db:
        return bookings.create(db, new, actor=BOSS, now=place.now).id


def person(place: Place) -> tuple[str, Actor]:
    """A member with an account of her own."""
    with place.database.write() as db:
        key = place.member(db, NAME).id
        place.certify(db, key, "laser")
        return key, place.account(db, "zoe@example.org", Role.MEMBER, member_id=key)


def address(place: Place, actor: Actor = BOSS, **new: Any) -> str:
    """The path of a new calendar."""
    asked = NewCalendar(site_id=place.site, **new)
    with place.database.write() as db:
        made = calendars.create(db, asked, base=BASE, actor=actor, now=place.now)
    return made.address.removeprefix(BASE)


def events(client: FlaskClient, path: str) -> list[Any]:
    """What a program reads there; nobody is named, and what it needs of each is there."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    said = answer.get_data(as_text=True)
    assert "Zo" not in said
    found = Ical.from_ical(said)
    assert found["PRODID"]
    assert found["VERSION"] == "2.0"
    lines = found.walk("VEVENT")
    for line in lines:
        assert {"UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY"} <= set(line)
        assert not {"ATTENDEE", "ORGANIZER", "CONTACT"} & set(line)
    assert len({line["UID"] for line in lines}) == len(lines)
    return list(lines)


def test_a_machines_calendar_says_taken_and_not_by_whom(place: Place, client: FlaskClient) -> None:
    member, _her = person(place)
    path = address(place, kind=CalendarKind.MACHINE, access_point="laser-1")
    assert events(client, path) == []
    key = book(place, member)
    book(place, member, zone_id="workshop")
    (one,) = events(client, path)
    assert str(one["SUMMARY"]) == "Réservé"
    assert one["DTSTART"].dt == Utc.of(place.now + timedelta(days=1))
    with place.database.write() as db:
        bookings.cancel(db, key, actor=BOSS, now=place.now)
    (after,) = events(client, path)
    assert (after["UID"], str(after["STATUS"])) == (one["UID"], "CANCELLED")
    assert after["SEQUENCE"] > one["SEQUENCE"]
    room = address(place, kind=CalendarKind.ROOM, zone_id="workshop")
    assert [str(event["STATUS"]) for event in events(client, room)] == ["CONFIRMED"]


def test_ones_own_has_bookings_and_courses_and_only_oneself_makes_it(
    place: Place, client: FlaskClient
) -> None:
    member, her = person(place)
    book(place, member)
    with place.database.write() as db:
        course(db, place)
        key = session(db, place, days=2).id
        enrol(db, place, key, member)
        session(db, place, days=3)
    path = address(place, her, kind=CalendarKind.OWN, member_id=member)
    titles = [str(event["SUMMARY"]) for event in events(client, path)]
    assert len(titles) == 2
    assert titles[1] == "Découpe laser"
    with pytest.raises(Forbidden):
        address(place, kind=CalendarKind.OWN, member_id=member)
    with place.database.read() as db:
        assert calendars.page(db, actor=BOSS).items == []
        (hers,) = calendars.page(db, actor=her).items
        with pytest.raises(NotFound):
            calendars.get(db, hers.id, actor=BOSS)
    with place.database.write() as db:
        members.change(db, member, {"status": "left"}, version=None, actor=BOSS, now=place.now)
    assert client.get(path).status_code == 404


def test_the_programme_shows_courses_and_what_is_cancelled(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        course(db, place)
        key = session(db, place).id
        session(db, place, days=2)
    path = address(place, kind=CalendarKind.PROGRAMME)
    assert [str(event["STATUS"]) for event in events(client, path)] == ["CONFIRMED"] * 2
    with place.database.write() as db:
        course_sessions.cancel(db, key, actor=BOSS, now=place.now)
    assert [str(event["STATUS"]) for event in events(client, path)] == ["CANCELLED", "CONFIRMED"]


def test_a_released_booking_leaves_the_calendars(place: Place, client: FlaskClient) -> None:
    member, her = person(place)
    key = book(place, member)
    machine = address(place, kind=CalendarKind.MACHINE, access_point="laser-1")
    paths = (machine, address(place, her, kind=CalendarKind.OWN, member_id=member))
    statuses = [str(event["STATUS"]) for path in paths for event in events(client, path)]
    assert statuses == ["CONFIRMED"] * 2
    with place.database.write() as db:
        row = db.get_one(BookingRow, key)
        row.missed_at = row.closed_at = Utc.of(row.starts_at + timedelta(minutes=15))
    statuses = [str(event["STATUS"]) for path in paths for event in events(client, path)]
    assert statuses == ["CANCELLED"] * 2
    with place.database.write() as db:
        row = db.get_one(BookingRow, key)
        row.missed_at = row.ends_at
    statuses = [str(event["STATUS"]) for path in paths for event in events(client, path)]
    assert statuses == ["CONFIRMED"] * 2, "it was theirs to the end"


def test_of_ten_thousand_entries_the_next_are_shown(place: Place, client: FlaskClient) -> None:
    """However much is over, or was booked and cancelled again."""
    member, _her = person(place)
    key = book(place, member)
    with place.database.write() as db:
        first = db.get_one(BookingRow, key)
        copied = {
            column.key: getattr(first, column.key) for column in inspect(BookingRow).column_attrs
        }

        def copies(count: int, *, hours: int, cancelled: bool) -> list[dict[str, Any]]:
            starts = [Utc.of(place.now + timedelta(hours=hours * n)) for n in range(1, count + 1)]
            more = {"cancelled_at": place.now} if cancelled else {}
            row = {**copied, **more}
            hour = timedelta(hours=1)
            return [
                {**row, "id": uuid7(), "starts_at": at, "ends_at": Utc.of(at + hour)}
                for at in starts
            ]

        wanted = copies(MAX_ENTRIES - 1, hours=4, cancelled=False)
        others = copies(700, hours=-1, cancelled=False)
        cancelled = copies(10_000 - len(wanted) - len(others) - 1, hours=1, cancelled=True)
        rows = [*cancelled, *others, *wanted]
        db.execute(insert(BookingRow), rows, execution_options={INVALIDATED_BY_HAND: True})
    path = address(place, kind=CalendarKind.MACHINE, access_point="laser-1")
    lines = events(client, path)
    assert {str(line["STATUS"]) for line in lines} == {"CONFIRMED"}
    assert {str(line["UID"]).split("@")[0] for line in lines} == {
        key,
        *(item["id"] for item in wanted),
    }


def test_what_has_not_changed_is_not_sent_again(place: Place, client: FlaskClient) -> None:
    path = address(place, kind=CalendarKind.PROGRAMME)
    tag = client.get(path).headers["ETag"]
    place.clock.now = Utc.of(place.now + timedelta(minutes=15))
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    with place.database.write() as db:
        course(db, place)
        session(db, place)
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_revoked_address_and_a_guessed_one_read_nothing(
    place: Place, client: FlaskClient
) -> None:
    path = address(place, kind=CalendarKind.PROGRAMME)
    guessed = "B" if path[-5] == "A" else "A"
    assert client.get(f"{path[:-5]}{guessed}.ics").status_code == 404
    with place.database.write() as db:
        (one,) = calendars.page(db, actor=BOSS).items
        calendars.revoke(db, one.id, actor=BOSS, now=place.now)
    assert client.get(path).status_code == 404


def test_a_failure_is_logged_without_the_secret(
    place: Place, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = address(place, kind=CalendarKind.PROGRAMME)
    with place.database.write() as db:
        db.execute(text("ALTER TABLE course_session RENAME TO elsewhere"))
    assert client.get(path).status_code == 500
    assert "GET /calendar/….ics failed" in caplog.text
    assert path.split("/")[2][:43] not in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": CalendarKind.MACHINE},
        {"kind": CalendarKind.PROGRAMME, "zone_id": "workshop"},
        {"kind": CalendarKind.OWN, "access_point": "laser-1"},
    ],
)
def test_what_does_not_go_together_is_refused(place: Place, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        address(place, **wrong)
