"""One's own calendar: an address shown once, read by a program, and ended."""

import html
import re

from flask.testing import FlaskClient

from controller.capabilities.accounts import accounts
from controller.kernel.actor import Role
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in, token_of
from tests.webui.machines.conftest import SYSTEM, Place
from tests.webui.machines.conftest import place as place

HERE = "/mine/calendar"


def signed_in(place: Place, client: FlaskClient, name: str) -> str:
    """A member with an account; the token of their forms."""
    login = name.split()[0].lower()
    with place.database.write() as db:
        accounts.create(
            db,
            login=f"{login}@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({Role.MEMBER})},
            member_id=place.members[name],
            actor=SYSTEM,
            now=NOW,
        )
    sign_in(client, login)
    return token_of(client)


def made(client: FlaskClient, token: str) -> str:
    """A new address, as its page shows it."""
    answer = client.post(HERE, data={"csrf_token": token})
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"/calendar/[\w-]+\.ics", answer.get_data(as_text=True))
    assert found is not None
    return found[0]


def test_an_address_is_shown_once_and_ends(place: Place, client: FlaskClient) -> None:
    token = signed_in(place, client, "Ada Both")
    assert HERE in client.get("/bookings").get_data(as_text=True)
    assert HERE in client.get("/mine").get_data(as_text=True)
    address = made(client, token)
    program = client.application.test_client()
    assert program.get(address).get_data(as_text=True).startswith("BEGIN:VCALENDAR")
    page = client.get(HERE).get_data(as_text=True)
    assert address not in page
    revoke = re.search(rf'action="({HERE}/[^"]+/revoke)"', page)
    assert revoke is not None
    assert client.post(revoke[1], data={"csrf_token": token}).status_code == 303
    assert program.get(address).status_code == 404
    assert "/revoke" not in client.get(HERE).get_data(as_text=True)


def test_nobody_ends_somebody_elses(place: Place, client: FlaskClient) -> None:
    token = signed_in(place, client, "Ada Both")
    address = made(client, token)
    revoke = re.search(rf'action="({HERE}/[^"]+/revoke)"', client.get(HERE).get_data(as_text=True))
    assert revoke is not None
    other = client.application.test_client()
    token = signed_in(place, other, "Cleo None")
    assert other.post(revoke[1], data={"csrf_token": token}).status_code == 404
    assert other.get(address).status_code == 200


def test_an_account_of_nobody_is_told_what_to_do(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert HERE not in client.get("/bookings").get_data(as_text=True)
    page = html.unescape(client.get(HERE).get_data(as_text=True))
    assert "Demandez à un administrateur de le relier à votre fiche" in page
    assert client.post(HERE, data={"csrf_token": token_of(client)}).status_code == 303
