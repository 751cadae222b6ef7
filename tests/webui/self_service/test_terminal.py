"""At a terminal: badge and code open one's own page and nothing else, and a minute closes it."""

import html

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.screen.models import ScreenAddress
from controller.capabilities.self_service import codes
from controller.capabilities.self_service.models import MemberCode, TerminalVisit
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid
from tests.support.clock import Clock
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.machines.conftest import Place
from tests.webui.self_service.conftest import ADA, Mine

BADGE, CODE = "04A1B2C0", "4711"
"""Ada's."""
KEY = codes.hashing_key("s" * 40)


@pytest.fixture
def code(mine: Mine) -> str:
    """Ada has set one."""
    who = Actor(ref=f"member:{mine.ada}", member_id=mine.ada)
    with mine.place.database.write() as db:
        codes.set_own(db, CODE, key=KEY, actor=who, now=NOW)
    return CODE


def enter(client: FlaskClient, terminal: str, code: str, badge: str = BADGE) -> int:
    data = {"csrf_token": token_of(client), "badge": badge, "code": code}
    return client.post(terminal, data=data).status_code


def kept(place: Place) -> list[TerminalVisit]:
    with place.database.read() as db:
        return db.query(TerminalVisit).all()


def test_badge_and_code_open_ones_own_page_and_no_other(
    mine: Mine, terminal: str, code: str, client: FlaskClient
) -> None:
    assert enter(client, terminal, code) == 303
    text = html.unescape(client.get("/mine").get_data(as_text=True))
    assert f"Bonjour {ADA}" in text
    assert "J’ai fini" in text
    for never in ("/me", "/bookings", "/mine/erase", "/s/la-fabrique/bookings", "/live"):
        answer = client.get(never)
        assert answer.status_code in (302, 303, 401), never
        assert not answer.location or answer.location == terminal
    token = token_of(client)
    assert client.post("/mine/data", data={"csrf_token": token}).location == terminal
    assert client.post("/mine/code", data={"csrf_token": token}).location == terminal


def test_a_minute_without_a_touch_closes_it_on_the_server_too(
    mine: Mine, terminal: str, code: str, client: FlaskClient, clock: Clock
) -> None:
    enter(client, terminal, code)
    token = token_of(client)
    clock.forward(seconds=50)
    client.post("/mine/touch", data={"csrf_token": token})
    clock.forward(seconds=50)
    assert client.get("/mine").status_code == 200
    clock.forward(seconds=61)
    assert client.get("/mine").location == terminal


def test_who_is_done_leaves_nothing_behind(
    mine: Mine, terminal: str, code: str, client: FlaskClient
) -> None:
    enter(client, terminal, code)
    cookie = client.get_cookie("loquet")
    assert cookie is not None
    answer = client.post("/terminal-done", data={"csrf_token": token_of(client)})
    assert answer.location == terminal
    assert kept(mine.place) == []
    client.set_cookie("loquet", cookie.value)  # whoever kept a copy of it has nothing
    assert client.get("/mine").location == terminal


def test_five_wrong_codes_and_the_right_one_is_taken_no_more(
    mine: Mine, terminal: str, code: str, client: FlaskClient
) -> None:
    assert [enter(client, terminal, "9999") for _ in range(5)] == [422] * 5
    assert enter(client, terminal, code) == 422
    with mine.place.database.read() as db:
        assert db.get_one(MemberCode, mine.ada).wrong == 5
    who = Actor(ref="x", member_id=mine.ada)
    with mine.place.database.write() as db:
        codes.set_own(db, "2580", key=KEY, actor=who, now=NOW)
    assert enter(client, terminal, "2580") == 303


def test_a_code_counts_for_its_badge_alone(
    mine: Mine, terminal: str, code: str, client: FlaskClient
) -> None:
    assert enter(client, terminal, code, badge="04A1B2C2") == 422
    assert enter(client, terminal, code, badge="04FFFFFF") == 422
    assert enter(client, terminal, code, badge="no badge") == 422


def test_without_scripts_the_code_is_asked_for_after_the_badge(
    terminal: str, client: FlaskClient
) -> None:
    data = {"csrf_token": token_of(client), "badge": BADGE, "code": ""}
    answer = client.post(terminal, data=data)
    assert answer.status_code == 200
    assert "Badge lu." in answer.get_data(as_text=True)


def test_the_desk_lets_somebody_choose_a_code_for_ten_minutes(
    mine: Mine, terminal: str, client: FlaskClient, clock: Clock
) -> None:
    def choose(code: str) -> TestResponse:
        data = {"badge": BADGE, "code": code, "again": code}
        data["csrf_token"] = token_of(client)
        return client.post(f"{terminal}/choose", data=data)

    assert choose(CODE).status_code == 422
    sign_in(client, "desk")
    token = token_of(client)
    assert client.post(f"/members/{mine.ada}/code", data={"csrf_token": token}).status_code == 303
    client.post("/sign-out", data={"csrf_token": token})
    refused = choose("1234")
    assert refused.status_code == 422
    assert '<details class="sheet more" open>' in refused.text
    assert refused.text.index("is-wrong") > refused.text.index("<details class="), "beside it"
    clock.forward(minutes=9)
    assert choose(CODE).status_code == 303
    assert "e-mail" not in client.get(terminal).text, "this place sends none"
    assert enter(client, terminal, CODE) == 422  # a letter about it is read first
    clock.forward(hours=24)
    assert enter(client, terminal, CODE) == 303
    assert choose("2580").status_code == 422


def test_a_revoked_terminal_opens_nothing_and_closes_what_is_open(
    mine: Mine, terminal: str, code: str, client: FlaskClient
) -> None:
    enter(client, terminal, code)
    with mine.place.database.write() as db:
        db.query(ScreenAddress).one().revoked_at = NOW
    assert client.get("/mine").status_code == 303
    assert client.get(terminal).status_code == 404


def test_a_browser_of_the_staff_is_no_terminal(
    mine: Mine, terminal: str, code: str, client: FlaskClient
) -> None:
    sign_in(client, "desk")
    text = client.get(terminal).get_data(as_text=True)
    assert "desk@example.org" in text
    assert 'name="badge"' not in text
    assert enter(client, terminal, code) == 303
    assert client.get("/desk").location == terminal  # nobody is signed in there any more


@pytest.mark.parametrize("code", ["123", "123456789", "0000", "4567", "9876", "12a4", "१२३४", ""])
def test_a_code_that_is_guessed_first_is_refused(mine: Mine, code: str) -> None:
    who = Actor(ref="x", member_id=mine.ada)
    with mine.place.database.write() as db, pytest.raises(Invalid):
        codes.set_own(db, code, key=KEY, actor=who, now=NOW)
