"""Settings: a card for each part, wholly a link, amber only where something should be done."""

import re

from flask.testing import FlaskClient

from controller.capabilities.messages.models import MessageRow
from controller.domain.facts import Language
from controller.kernel.database import Database
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.mail.mail_page import a_client

CARD = re.compile(r'<li( class="warn")?><a href="([^"]+)">(.*?)</a></li>', re.DOTALL)


def cards(client: FlaskClient) -> dict[str, tuple[bool, str]]:
    """By address: whether it is amber, and its words."""
    text = client.get("/settings").get_data(as_text=True)
    found = CARD.findall(text[text.index('class="cards"') : text.index("</main>")])
    return {href: (bool(warn), _words(inner)) for warn, href, inner in found}


def _words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split())


def test_an_admin_sees_all_of_them_and_the_top_counts_the_amber_ones(client: FlaskClient) -> None:
    sign_in(client, "admin")
    found = cards(client)
    pages = "setup places hours accounts mail integrations screens open-data backups"
    assert list(found) == [f"/{page}" for page in pages.split()]
    assert found["/backups"] == (True, "Sauvegardes À voir : Rien n’est sauvegardé")
    assert found["/mail"] == (True, "Messages À voir : Pas encore réglé")
    amber = sum(is_amber for is_amber, _text in found.values())
    assert amber > 1
    assert f"{amber} points à voir" in client.get("/settings").get_data(as_text=True)


def test_a_manager_sees_those_that_open_for_them(client: FlaskClient) -> None:
    sign_in(client, "manager")
    found = cards(client)
    assert "/accounts" in found
    assert {"/backups", "/places"}.isdisjoint(found)
    headings = re.findall(r"<h2>(.+?)</h2>", client.get("/settings").get_data(as_text=True))
    assert headings == ["Le lieu", "L’équipe et les messages", "Partagé à l’extérieur"]


def test_messages_are_amber_once_one_was_given_up(database: Database, clock: Clock) -> None:
    client = a_client(database, clock)
    assert cards(client)["/mail"] == (False, "Messages Les messages partent")
    with database.write() as db:
        fields = {"what": "moved_up", "key": "k", "detail": {}, "address": "ada@example.org"}
        given_up = {"language": Language.FR, "written_at": NOW, "attempts": 9, "due_at": None}
        db.add(MessageRow(id=uuid7(), site_id=SITE, **fields, **given_up))
    assert cards(client)["/mail"] == (True, "Messages À voir : 1 message n’est pas parti")


def test_a_card_s_page_leads_back(client: FlaskClient) -> None:
    sign_in(client, "manager")
    text = client.get("/accounts").get_data(as_text=True)
    assert re.search(r'<nav class="within"[^>]*>\s*<a class="back" href="/settings">', text)
    assert 'href="/settings" aria-current="true"' in text
