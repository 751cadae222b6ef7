"""The public screen and the fragment: no names, counts in bands, and whoever may look."""

import html
import json
import re
from collections import Counter
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.screen.figures import Band, band, rooms
from controller.domain.facts import Name, PointKind, Site, Zone
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, PEOPLE, SYSTEM, Place, add_session, add_state
from tests.webui.machines.conftest import place as place

TOWN = "https://www.ville.example"


def make(client: FlaskClient, kind: str = "screen") -> str:
    """An address, as a manager makes it; then everybody has left."""
    sign_in(client, "manager")
    token = token_of(client)
    data = {"csrf_token": token, "name": "Entrée", "kind": kind}
    text = client.post("/screens", data=data).get_data(as_text=True)
    client.post("/sign-out", data={"csrf_token": token})
    return re.search(r'class="address"><a href="[^"]*?(/\w+/[\w-]{24})"', text)[1]  # type: ignore[index]


def publish(client: FlaskClient, framed_by: str = "") -> int:
    sign_in(client, "manager")
    token = token_of(client)
    data = {"csrf_token": token, "is_public": "on", "framed_by": framed_by}
    status = client.post("/screens/rule", data=data).status_code
    client.post("/sign-out", data={"csrf_token": token})
    return status


def read(client: FlaskClient, address: str) -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def test_a_screen_shows_what_is_free_without_an_account_or_a_cookie(
    place: Place, client: FlaskClient
) -> None:
    address = make(client)
    stranger = client.application.test_client()
    answer = stranger.get(address)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert "<b>Découpe laser CO₂</b>" in text
    assert "Set-Cookie" not in answer.headers
    assert "Libres maintenant" in text
    assert "Free now" in read(stranger, f"{address}?lang=en")
    part = stranger.get(address, headers={"HX-Request": "true"})
    assert "<html" not in part.get_data(as_text=True)
    release = re.search(r'data-release="(\w+)"', text)[1]  # type: ignore[index]
    assert part.headers["X-Loquet-Release"] == release


def test_what_a_screen_shows_and_in_which_language_is_chosen_and_in_its_address(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    data = {"csrf_token": token_of(client), "name": "Entrée", "kind": "screen"}

    def address(**chosen: str) -> str:
        text = html.unescape(client.post("/screens", data=data | chosen).get_data(as_text=True))
        return re.search(r'class="address"><a href="([^"]*)"', text)[1]  # type: ignore[index]

    assert address(view="plan", language="en").endswith("?lang=en&view=plan")
    assert "?" not in address(view="no", language="xx")
    assert "?" not in address(view="plan", kind="terminal")


def test_who_uses_or_booked_a_machine_is_never_on_it(place: Place, client: FlaskClient) -> None:
    address = make(client)
    start, end = NOW, Utc.of(NOW + timedelta(hours=2))
    new = NewBooking(
        member_id=place.members["Ada Both"], access_point=LASER, starts_at=start, ends_at=end
    )
    with place.database.write() as db:
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    text = read(client, address)
    assert "Réservée" in text
    with place.database.write() as db:
        add_session(db, NOW, 0.5, place.refs["Ada Both"])
        add_state(db, "running")
    text = read(client, address)
    assert "Occupée" in text
    assert not [name for name in PEOPLE if name in text]
    assert not [key for key in place.members.values() if key in text]


def test_a_machine_is_free_until_it_is_booked_as_on_the_board(
    place: Place, client: FlaskClient
) -> None:
    address = make(client)
    start, end = Utc.of(NOW + timedelta(minutes=20)), Utc.of(NOW + timedelta(hours=2))
    new = NewBooking(
        member_id=place.members["Ada Both"], access_point=LASER, starts_at=start, ends_at=end
    )
    with place.database.write() as db:
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    text = read(client, address)
    assert "<b>Découpe laser CO₂</b><span>jusqu’à 14:20</span>" in text
    assert "Réservée" not in text


def test_an_emergency_stop_has_its_name_even_behind_a_silent_box(
    place: Place, client: FlaskClient
) -> None:
    address = make(client)
    stop = Alarm(id=uuid7(), key="stop", kind="estop", detail={}, raised_at=NOW)
    stop.site_id, stop.access_point_id = SITE, LASER
    with place.database.write() as db:
        db.add(stop)
        db.execute(delete(PointStateRow))
    publish(client)
    for text in (read(client, address), read(client, f"/screen?site={SITE}&view=plan")):
        assert "Arrêt d’urgence" in text
        assert "État inconnu" not in text


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (1, '<td>15:00</td><th scope="row">Découpe laser CO₂<'),
        (240, "Occupées</h2><p><b>Découpe laser CO₂</b>"),
    ],
)
def test_when_somebodys_right_ends_is_not_when_a_machine_is_free(
    place: Place, client: FlaskClient, hours: int, says: str
) -> None:
    address = make(client)
    with place.database.write() as db:
        add_state(db, "running")
        db.get_one(PointStateRow, LASER).ends_at = Utc.of(NOW + timedelta(hours=hours))
    assert says in read(client, address)


def test_what_has_no_room_in_a_group_is_counted(place: Place, client: FlaskClient) -> None:
    address = make(client)
    with place.database.write() as db:
        for number in range(1, 7):
            name = Label(fr=f"Scie {number}")
            new = NewAccessPoint(id=f"s{number}", site_id=SITE, kind=PointKind.MACHINE, name=name)
            access_points.create(db, new, actor=SYSTEM, now=NOW)
    text = read(client, address)
    assert "<b>Scie 1, Scie 2, Scie 3, Scie 4</b> et 2 autres" in text
    assert "plus tard" not in text


def test_a_silent_box_is_no_word_for_the_public(place: Place, client: FlaskClient) -> None:
    address = make(client)
    with place.database.write() as db:
        db.execute(delete(PointStateRow))
    text = read(client, address)
    assert "État inconnu" in text
    assert "Boîtier" not in text


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("armed", "Occupée"),
        ("running", "Occupée"),
        ("cooling", "Refroidit"),
        ("fault", "Hors service"),
        ("out_of_service", "Hors service"),
    ],
)
def test_a_machine_that_nobody_can_use_is_not_said_to_run(
    place: Place, client: FlaskClient, state: str, word: str
) -> None:
    address = make(client)
    with place.database.write() as db:
        add_state(db, state)
    text = read(client, address)
    said = {name for name in ("Occupée", "Refroidit", "Hors service") if name in text}
    assert said == {word}


def test_a_revoked_address_shows_nothing_and_ends_its_stream(
    place: Place, client: FlaskClient
) -> None:
    address = make(client)
    stream = client.get(f"{address}/live")
    assert stream.mimetype == "text/event-stream"
    stream.close()
    sign_in(client, "manager")
    text = client.get("/screens").get_data(as_text=True)
    revoke = re.search(r'action="(/screens/[\w-]+/revoke)"', text)[1]  # type: ignore[index]
    assert client.post(revoke, data={"csrf_token": token_of(client)}).status_code == 303
    assert client.get(address).status_code == 404
    assert client.get(f"{address}/live").status_code == 404


def test_a_stream_says_that_something_changed_and_not_what(
    place: Place, client: FlaskClient
) -> None:
    stream = client.get(f"{make(client)}/live")
    first = next(iter(stream.response))
    assert first == b"retry: 2000\n\nevent: change\ndata: {}\n\n"
    stream.close()


def test_nothing_is_public_until_somebody_says_so(place: Place, client: FlaskClient) -> None:
    public = ("/screen", "/embed/occupancy", "/embed/occupancy.json")
    for address in public:
        assert client.get(f"{address}?site={SITE}").status_code == 404
    assert publish(client, TOWN) == 303
    for address in public:
        assert client.get(f"{address}?site={SITE}").status_code == 200
        assert client.get(f"{address}?site=no-such").status_code == 404
    assert 'data-stream=""' in read(client, f"/screen?site={SITE}")


def test_the_fragment_is_framed_by_the_named_site_alone_and_nothing_else_is(
    place: Place, client: FlaskClient
) -> None:
    publish(client, TOWN)
    answer = client.get(f"/embed/occupancy?site={SITE}")
    assert f"frame-ancestors {TOWN}" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    other = client.get(f"/screen?site={SITE}")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert other.headers["X-Frame-Options"] == "DENY"
    assert publish(client, "https://a.example/path") == 422
    assert publish(client, "https://a.example; script-src *") == 422


def test_figures_for_other_pages_are_bands(place: Place, client: FlaskClient) -> None:
    publish(client)
    with place.database.write() as db:
        db.get_one(ZoneRow, "atelier").capacity = 10
    answer = client.get(f"/embed/occupancy.json?site={SITE}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = json.loads(answer.get_data())
    assert found["rooms"] == [{"id": "atelier", "name": "Atelier", "band": "empty"}]
    assert found["machines"] == {"free": 1, "all": 1}


@pytest.mark.parametrize(
    ("heads", "of"),
    [
        (0, Band.EMPTY),
        (1, Band.CALM),
        (8, Band.CALM),
        (9, Band.BUSY),
        (16, Band.BUSY),
        (17, Band.NEARLY),
        (20, Band.FULL),
        (22, Band.FULL),
    ],
)
def test_a_band_is_two_fifths_wide_or_one(heads: int, of: Band) -> None:
    assert band(heads, 20) is of


@pytest.mark.parametrize("capacity", range(3, 40))
def test_no_band_between_empty_and_full_is_one_number_of_people(capacity: int) -> None:
    """Whoever reads the figures is told of bands, and not how many people are in."""
    between = Counter(band(heads, capacity) for heads in range(1, capacity))
    assert min(between.values()) > 1


def test_a_room_for_one_or_two_is_not_shown() -> None:
    name = Name(fr="Bureau")
    zones = {f"for-{n}": Zone(name=name, capacity=n) for n in (1, 2, 3)}
    site = Site(id=SITE, name=name, time_zone="Europe/Paris", zones=zones)
    assert [room.id for room in rooms(site, {"for-1": 1})] == ["for-3"]
