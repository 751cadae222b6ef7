"""Labels of badges: of all that are lent or new, and of people ticked in the list."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.members.people import add_member

SYSTEM = Actor.system("test")
PAGE = "/badges/labels"
GIVEN = {"Ada": "04A1B2C3", "Ben": "04A1B2C4", "Cleo": "04A1B2C5"}
"""New; lent until this evening; given long ago."""


@pytest.fixture
def ids(database: Database) -> dict[str, str]:
    found = {name: add_member(database, name) for name in (*GIVEN, "Dora")}
    with database.write() as db:
        for name, number in GIVEN.items():
            new = NewCredential(
                member_id=found[name],
                value=f"uid:{number}",
                lent=name == "Ben",
                valid_until=Utc.of(NOW + timedelta(hours=5)) if name == "Ben" else None,
            )
            at = Utc.of(NOW - timedelta(days=30)) if name == "Cleo" else NOW
            credentials.create(db, new, vault=Vault(b"k" * 32, b"w" * 32), actor=SYSTEM, now=at)
    return found


def labels(text: str) -> dict[str, str]:
    """The words of each, by name."""
    found = re.findall(r"<li><small>La Fabrique</small><b>(.*?)</b>(.*?)</li>", text, re.DOTALL)
    return {name: re.sub(r"<[^>]+>", " ", rest) for name, rest in found}


def opened(client: FlaskClient, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.usefixtures("ids")
def test_all_that_are_lent_or_new_with_how_the_number_ends_and_never_the_number(
    client: FlaskClient,
) -> None:
    sign_in(client, "desk")
    text = opened(client)
    assert set(labels(text)) == {"Ben"}
    assert "B2C4" in labels(text)["Ben"]
    assert "Prêté, à rendre à l’accueil" in labels(text)["Ben"]
    assert "04A1B2C4" not in text
    assert set(labels(opened(client, f"{PAGE}?of=new"))) == {"Ada"}
    client.set_cookie("language", "en")
    assert "Lent, to be returned at the desk" in opened(client)


def test_of_people_ticked_in_the_list_and_who_of_them_has_none(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    sign_in(client, "desk")
    assert f'formaction="{PAGE}"' in opened(client, "/members")
    form = {"csrf_token": token_of(client), "member": [ids["Cleo"], ids["Dora"]]}
    answer = client.post(PAGE, data=form)
    assert answer.status_code == 200
    text = html.unescape(answer.get_data(as_text=True))
    assert set(labels(text)) == {"Cleo"}
    assert "1 personne choisie n’a pas de badge de ce lieu." in text
    every = {"csrf_token": token_of(client), "every": "1", "q": "", "state": ""}
    text = client.post(PAGE, data=every).get_data(as_text=True)
    assert set(labels(text)) == set(GIVEN)


def test_ones_own_from_her_page_and_none_that_is_blocked(
    client: FlaskClient, ids: dict[str, str], database: Database
) -> None:
    sign_in(client, "manager")
    address = f"{PAGE}?member={ids['Cleo']}"
    assert address in opened(client, f"/members/{ids['Cleo']}")
    assert set(labels(opened(client, address))) == {"Cleo"}
    with database.write() as db:
        key = credentials.page(db, actor=SYSTEM, member_id=ids["Cleo"]).items[0].id
        credentials.mark_lost(db, key, actor=SYSTEM, now=NOW)
    text = opened(client, address)
    assert labels(text) == {}
    assert "Aucune étiquette" in text


@pytest.mark.parametrize("role", ["trainer", "observer", "treasurer"])
def test_only_who_gives_badges_prints_their_labels(client: FlaskClient, role: str) -> None:
    sign_in(client, role)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, data={"csrf_token": token_of(client)}).status_code == 403
