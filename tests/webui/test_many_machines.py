"""Pages over 300 machines: they stay small, their filters find, and their pages have all."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from controller.cli.bench import workshops
from tests.support.clock import Clock
from tests.webui.conftest import NOW, filled_database, make_app, sign_in, token_of
from tests.webui.members.people import add_member
from webui.list_filter import ListFilter, natural_key, read

MAX_BYTES = 150_000
MAX_ROWS = 60
"""A machine at work weighs up to four times as much as a silent one, which these are."""
ROOM = "salle-machines-03"
SHOWN = {
    "/": r'id="tile-poste-\d+"',
    "/day": r'<div class="lane"><b>[^<]+ \d+</b>',
    "/machines": r'id="row-poste-\d+"',
    "/bookings": r'id="thing-poste-\d+"',
    "/plan": r'id="spot-poste-\d+"',
    "/reports": r'<th scope="row"><div><svg.*?</svg><span>[^<]+ \d+</span>',
}
"""Where a machine is shown on each page."""
OUT = {"/bookings": 20, "/reports": 0}
"""Machines that are out of service: Live and others know nothing of one, whose box is silent."""


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Of a place with twelve rooms of machines."""
    with filled_database(tmp_path_factory.mktemp("many")) as database:
        add_member(database, "Amina Diallo")
        with database.write() as db:
            workshops.add(db, NOW)
        client = make_app(database, Clock(NOW)).test_client()
        assert sign_in(client, "manager") == 303
        yield client


def pages_of(client: FlaskClient, address: str) -> Iterator[str]:
    """A page and those after it."""
    while address:
        text = client.get(address).get_data(as_text=True)
        assert len(text.encode()) <= MAX_BYTES, address
        yield text
        following = re.search(r'<a class="button" href="([^"]+)">Suite', text)
        address = html.unescape(following[1]) if following else ""


def machines_of(client: FlaskClient, address: str, **asked: str) -> Counter[str]:
    """On all pages of the list."""
    texts = pages_of(client, f"{address}?{urlencode(asked)}")
    return Counter(found for text in texts for found in re.findall(SHOWN[address], text))


@pytest.mark.parametrize("address", SHOWN)
def test_every_page_is_small_and_together_they_have_each_machine_once(
    manager: FlaskClient, address: str
) -> None:
    shown = machines_of(manager, address)
    assert len(shown) == workshops.MACHINES
    assert set(shown.values()) == {1}
    first = next(pages_of(manager, address))
    assert len(re.findall(SHOWN[address], first)) <= MAX_ROWS


@pytest.mark.parametrize("address", ["/bookings?view=day", "/plan/draw"])
def test_another_view_of_a_page_is_small_too(manager: FlaskClient, address: str) -> None:
    assert next(pages_of(manager, address))


@pytest.mark.parametrize("address", SHOWN)
def test_a_room_and_a_state_are_shown_alone(manager: FlaskClient, address: str) -> None:
    of_a_room = workshops.MACHINES // workshops.ROOMS
    assert machines_of(manager, address, room=ROOM).total() == of_a_room
    state = "rested" if address == "/reports" else "out"
    assert machines_of(manager, address, state=state).total() == OUT.get(address, 19)
    text = next(pages_of(manager, f"{address}?room={ROOM}"))
    assert f'<option value="{ROOM}" selected>' in text
    assert f"{of_a_room} sur 3" in text or f"sur {of_a_room}<" in text


@pytest.mark.parametrize("address", SHOWN)
def test_a_name_is_found_without_its_accents(manager: FlaskClient, address: str) -> None:
    found = machines_of(manager, address, q="decoupe laser 20")
    assert found.total() == 3, "20, 200 and 206"
    (nothing,) = pages_of(manager, f"{address}?q=nulle+part")
    assert "Aucun résultat." in nothing


def test_what_is_opened_in_place_is_on_its_page(manager: FlaskClient) -> None:
    text = manager.get("/bookings?thing=poste-200").get_data(as_text=True)
    assert 'id="thing-poste-200"' in text
    assert 'class="panel"' in text


def test_an_act_comes_back_to_the_list_as_it_was(manager: FlaskClient) -> None:
    asked = f"q=tour&room={ROOM}&state=out&from=2"
    data = {"csrf_token": token_of(manager), "narrowed": asked}
    answer = manager.post("/points/poste-003/identify", data=data)
    assert answer.headers["Location"] == f"/?{asked}#tile-poste-003"
    data["reason"] = "courroie"
    shown = manager.post("/points/poste-003/out", data=data, follow_redirects=True)
    bar = shown.get_data(as_text=True).partition('<div class="undo"')[2]
    assert f'name="narrowed" value="{html.escape(asked)}"' in bar, "and so does taking it back"


def test_live_is_asked_again_for_the_page_that_is_shown(manager: FlaskClient) -> None:
    address, tile = f"/?room={ROOM}", re.compile(SHOWN["/"])
    text = manager.get(address).get_data(as_text=True)
    assert f'hx-get="{address}"' in text
    part = manager.get(address, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert tile.findall(part) == tile.findall(text)


def test_names_are_sorted_by_their_numbers() -> None:
    names = ["Tour 10", "Tour 9", "tour", "Tour 9 bis"]
    assert sorted(names, key=natural_key) == ["tour", "Tour 9", "Tour 9 bis", "Tour 10"]


@pytest.mark.parametrize("start", ["-1", "x", "²", "1000000", ""])
def test_an_address_that_says_no_page_gets_the_first(start: str) -> None:
    assert read({"from": start, "q": "x" * 500}) == ListFilter(query="x" * 80)
