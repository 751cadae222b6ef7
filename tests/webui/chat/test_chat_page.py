"""Whom alarms wake: added, tried, paused, removed; and the page where an alarm is taken."""

import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents import agents
from controller.capabilities.agents.shapes import NewAgent
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.messages.models import MessageRow
from controller.integrations.chat import targets
from controller.integrations.chat.models import ChatTarget
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.settings import ChatSettings
from controller.wire.ids import uuid7
from tests.integrations.webhooks.conftest import Receiving
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of


@pytest.fixture
def manager(database: Database, clock: Clock) -> FlaskClient:
    """Where private addresses are allowed."""
    client = make_app(database, clock, chat=ChatSettings(allow_private=True)).test_client()
    assert sign_in(client, "manager") == 303
    return client


def post(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    data = {"csrf_token": token_of(client)} | fields
    answer = client.post(path, data=data)
    text = answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ")
    return answer.status_code, re.sub(r"\s+", " ", text)


def only(database: Database) -> ChatTarget:
    with database.read() as db:
        return db.query(ChatTarget).one()


def test_a_target_is_added_tried_paused_and_removed(
    database: Database, manager: FlaskClient
) -> None:
    assert "Personne n’est prévenu pour l’instant" in manager.get("/chat").get_data(as_text=True)
    with Receiving() as receiver:
        receiver.statuses = [403, 204]
        url = receiver.url.replace("http:", "json:").replace("?a=1", "")
        url = url.replace("//", "//user:hunter22@")
        assert post(manager, "/chat", name="Astreinte", url=url, wakes="grave")[0] == 303
        key = only(database).id
        page = manager.get("/chat").get_data(as_text=True)
        assert "Astreinte" in page
        assert "hunter22" not in page
        assert post(manager, f"/chat/{key}/trial")[0] == 303
        said = manager.get("/chat").get_data(as_text=True).replace("\u00a0", " ")
        assert "Le service ne l’autorise pas pour ce jeton (code 403)." in said
        assert "n’arrive pas : 1 tentative échouée" in said
        assert only(database).failures == 1
        post(manager, f"/chat/{key}/trial")
        assert (only(database).failures, only(database).told_at) == (0, NOW)
        assert "Essai" in receiver.got[-1].body
    for paused in ("yes", "no"):
        post(manager, f"/chat/{key}/pause", paused=paused)
        assert (only(database).paused_at is not None) is (paused == "yes")
    assert post(manager, f"/chat/{key}/remove")[0] == 303
    assert post(manager, f"/chat/{key}/trial")[0] == 404


def test_what_is_typed_wrong_is_said_and_kept(database: Database, client: FlaskClient) -> None:
    assert sign_in(client, "manager") == 303
    for url, says in (
        ("https://chat.example/x", "Ce type d’adresse n’est pas pris en charge"),
        ("json://127.0.0.1/x", "allow_private = true"),
    ):
        status, text = post(client, "/chat", name="Astreinte", url=url)
        assert (status, says in text, url in text) == (422, True, True)
    assert post(client, "/chat", name="", url="mailto:a@b.fr")[0] == 422
    with database.read() as db:
        assert db.query(ChatTarget).count() == 0


@pytest.mark.parametrize(
    ("kind", "fields", "url"),
    [
        ("mail", {"address": "a@b.fr"}, "mailto:a@b.fr"),
        ("ntfy", {"subject": "atelier-7f3"}, "ntfys://ntfy.sh/atelier-7f3"),
        ("ntfy", {"subject": "https://ntfy.b.fr/atelier-7f3"}, "ntfys://ntfy.b.fr/atelier-7f3"),
        ("slack", {"webhook": "https://hooks.slack.com/services/T0/B0/abc"}, "slack://T0/B0/abc"),
        ("mattermost", {"webhook": "https://c.b.fr/hooks/ab12"}, "mmosts://c.b.fr/ab12"),
        ("discord", {"webhook": "https://discord.com/api/webhooks/12/a-b_c"}, "discord://12/a-b_c"),
        (
            "matrix",
            {"server": "https://m.b.fr", "room": "#nuit:b.fr", "token": "s/1"},
            "matrixs://s%2F1@m.b.fr/%23nuit%3Ab.fr",
        ),
    ],
)
def test_each_kind_asks_for_what_its_service_shows(
    database: Database, manager: FlaskClient, kind: str, fields: dict[str, str], url: str
) -> None:
    typed = {f"{kind}_{name}": value for name, value in fields.items()}
    wrong = dict.fromkeys(typed, "/")
    status, text = post(manager, "/chat", name="Nuit", kind=kind, **wrong)
    assert (status, "Recopiez-le comme dans l’exemple." in text) == (422, True)
    for name in typed:
        assert f'name="{name}"' in text
    assert post(manager, "/chat", name="Nuit", kind=kind, **typed)[0] == 303
    target = only(database)
    assert target.service == kind
    seals = targets.sealer("s" * 40)
    assert seals.open(target.sealed, target.id).decode() == url


def test_a_mail_target_waits_for_a_mail_server(manager: FlaskClient) -> None:
    waits = "en attente d’un serveur de messagerie"
    assert waits in manager.get("/chat").text, "at its kind"
    assert post(manager, "/chat", name="Nuit", kind="mail", mail_address="a@b.fr")[0] == 303
    assert manager.get("/chat").text.count(waits) == 2, "and at the target"


def test_a_mail_target_is_tried_through_our_own_mail(
    database: Database, manager: FlaskClient
) -> None:
    assert post(manager, "/chat", name="Nuit", url="mailto:night@example.org")[0] == 303
    assert post(manager, f"/chat/{only(database).id}/trial")[0] == 303
    with database.read() as db:
        assert db.query(MessageRow).one().address == "night@example.org"


def test_who_is_woken_takes_the_alarm_after_signing_in(
    database: Database, client: FlaskClient
) -> None:
    key = uuid7()
    with database.write() as db:
        box = NewAgent(id="box", name=Label(fr="Boîtier du fond"))
        agents.create(db, box, fingerprint16="0" * 16, actor=Actor.system("test"), now=NOW)
        row = Alarm(id=key, key=key, site_id=SITE, agent_id="box", kind="fire", detail={})
        row.raised_at = NOW
        db.add(row)
    path = f"/s/{SITE}/chat/alarms/{key}"
    asked = client.get(path)
    assert asked.headers["Location"].startswith("/sign-in?next=")
    assert sign_in(client, "desk", next=path) == 303
    text = client.get(path).get_data(as_text=True)
    assert "Alarme incendie" in text
    assert "Boîtier du fond" in text
    assert post_as(client, f"{path}/take", path) == 303
    with database.read() as db:
        assert db.get_one(Alarm, key).taken_at == NOW
    assert "s’en occupe" in client.get(path).get_data(as_text=True)
    assert client.get(f"/s/{SITE}/chat/alarms/nothing").status_code == 404


def post_as(client: FlaskClient, path: str, page: str) -> int:
    return client.post(path, data={"csrf_token": token_of(client)}).status_code


@pytest.mark.parametrize(
    ("said", "french", "english"),
    [
        ("private", "Cette adresse mène à un réseau privé.", "leads to a private network"),
        ("a.example can't be looked up", "Ce nom est introuvable.", "name was not found"),
        ("Connection refused", "Rien ne répond à cette adresse.", "Nothing answers"),
        ("Read timed out", "Pas de réponse à temps.", "No answer in time."),
        ("the answer is too long", "La réponse est trop longue.", "The answer is too long."),
        ("certificate verify failed", "Le certificat du service", "The service’s certificate"),
        ("not taken", "sans donner de motif", "without giving a reason"),
        ("Failed: Bad Gateway, error=502.", "en panne (code 502)", "is down (code 502)"),
        ("Failed, error=404.", "ne connaît pas cette adresse", "does not know this address"),
        ("Failed, error=418.", "Le service refuse (code 418).", "The service refuses (code 418)."),
        ("Hm!", "Réponse du service : « Hm! »", "The service’s answer: “Hm!”"),
    ],
)
def test_what_went_wrong_is_said_in_the_language_of_the_page(
    database: Database, manager: FlaskClient, said: str, french: str, english: str
) -> None:
    post(manager, "/chat", name="Nuit", url="json://127.0.0.1/x")
    with database.write() as db:
        targets.record_try(db, db.query(ChatTarget).one().id, said, now=NOW)
    data = {"csrf_token": token_of(manager), "next": "/chat"}
    for language, words in (("fr", french), ("en", english)):
        manager.post("/language", data=data | {"language": language})
        text = manager.get("/chat").get_data(as_text=True)
        assert words in text.replace("\u00a0", " ").replace("\u202f", " ")
