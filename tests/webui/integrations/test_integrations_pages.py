"""Other systems on their pages: how each is, webhooks with their messages, calendars, doors."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms import alarms
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.print_jobs.models import PrintJob
from controller.domain.facts import Language, PointKind
from controller.domain.time import Utc
from controller.integrations.calendars import calendars
from controller.integrations.chat import targets
from controller.integrations.chat.models import ChatTarget
from controller.integrations.chat.shapes import NewTarget
from controller.integrations.webhooks import queue, webhook_summary, webhooks
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.integrations.webhooks.sender import sealer
from controller.integrations.webhooks.shapes import NewWebhook
from controller.kernel import outbox
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.settings import MailSettings, OidcSettings
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of
from tests.webui.live.live_actions import agent_state, point

SYSTEM = Actor.system("test")
URL = "https://8.8.8.8/hook"
LATER = Utc.parse("2026-11-28T13:00:00.000Z")
SYSTEMS = {
    "Agendas partagés",
    "Connexion par un fournisseur",
    "FabOMatic",
    "Home Assistant",
    "Messagerie",
    "OctoPrint et Moonraker",
    "Qui prévenir",
    "Serveur de journaux",
    "SpaceAPI",
    "Webhooks",
}


def lines(page: str) -> dict[str, str]:
    """The word of health of each system, by its name."""
    used, unused = page.split('<ul class="systems">')[1].split('<ul class="items unused">')
    cards = {_plain(it, "h3", "h3"): _plain(it, 'p class="chip[^>]*', "p") for it in _items(used)}
    return cards | {_plain(it, "h3", "h3"): "Pas utilisé" for it in _items(unused)}


def _items(part: str) -> list[str]:
    return part.split("</ul>")[0].split("<li")[1:]


def _plain(card: str, begins: str, ends: str) -> str:
    found = re.search(rf"<{begins}>(.*?)</{ends}>", card, re.DOTALL)
    assert found, card
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def add_target(db: Session) -> None:
    """A room that alarms are told to."""
    targets.add(
        db,
        SITE,
        NewTarget(name="Salon", url="json://8.8.8.8/x"),
        seals=targets.sealer("s" * 40),
        allow_private=False,
        actor=SYSTEM,
        now=NOW,
    )


def print_job(at: Utc) -> PrintJob:
    """One that was asked for, and has not ended."""
    return PrintJob(
        id=uuid7(),
        site_id=SITE,
        access_point_id="printer",
        session_id=uuid7(),
        name="vase.gcode",
        asked_at=at,
        asked_by="token:x",
    )


def letter(at: Utc) -> MessageRow:
    """One that was tried and not taken."""
    return MessageRow(
        id=uuid7(),
        site_id=SITE,
        what="alarm",
        key="k",
        detail={},
        address="a@place.example",
        language=Language.FR,
        written_at=at,
        attempts=1,
        due_at=at,
        trouble="refused",
    )


@pytest.fixture
def manager(database: Database, clock: Clock) -> FlaskClient:
    client = make_app(database, clock).test_client()
    assert sign_in(client, "manager") == 303
    return client


@pytest.fixture
def hook(database: Database) -> str:
    """A webhook with a message that was tried twice and not taken."""
    with database.edit() as db:
        new = NewWebhook(url=URL, site_id=SITE)
        seal = sealer("s" * 40)
        made = webhooks.create(db, new, seal=seal, allow_private=True, actor=SYSTEM, now=NOW)
    with database.edit() as db:
        person = NewMember(site_id=SITE, display_name="Zoé d’Artois")
        members.create(db, person, actor=SYSTEM, now=NOW)
    with database.write() as db:
        news = outbox.news_since(db, HOUSE.kinds, SITE, 0)
        queue.enqueue(db, news[-1:], NOW)
        db.flush()
        row = db.query(DeliveryRow).one()
        row.attempts, row.status, row.error = 2, 500, "answered 500"
        row.at = NOW
    return made.id


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def send(client: FlaskClient, path: str, page: str, **fields: str) -> str:
    """The page that an act leads to."""
    data = {"csrf_token": token_of(client), **fields}
    answer = client.post(path, data=data, follow_redirects=True)
    assert answer.status_code in (200, 422), answer.status_code
    return answer.get_data(as_text=True)


def test_each_system_has_its_line_and_nobody_below_a_manager_sees_them(
    manager: FlaskClient, hook: str, database: Database, clock: Clock
) -> None:
    page = text(manager, "/integrations")
    assert set(lines(page)) == SYSTEMS
    assert "1 adresse ne répond pas" in page
    desk = make_app(database, clock).test_client()
    assert sign_in(desk, "desk") == 303
    for path in ("", "/webhooks", f"/webhooks/{hook}", "/calendars", "/home-assistant"):
        assert desk.get(f"/integrations{path}").status_code == 403


def test_what_somebody_stopped_is_not_called_unused(
    manager: FlaskClient, hook: str, database: Database
) -> None:
    with database.write() as db:
        db.get_one(WebhookRow, hook).disabled_at = NOW
    page = text(manager, "/integrations")
    assert lines(page)["Webhooks"] == "Arrêté"
    assert "Webhooks" not in text(manager, "/settings").split("Intégrations")[-1][:200]


def test_nothing_is_in_use_until_somebody_sets_it_up(manager: FlaskClient) -> None:
    assert set(lines(text(manager, "/integrations")).values()) == {"Pas utilisé"}


def test_who_is_woken_in_vain_a_server_that_takes_nothing_and_printers_are_told(
    manager: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        add_target(db)
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        db.add(point("printer", PointKind.MACHINE))
        db.flush()
        db.add(print_job(NOW))
    found = lines(text(manager, "/integrations"))
    assert found["Qui prévenir"] == "Les alertes arrivent"
    assert found["OctoPrint et Moonraker"] == "Demandes reçues"
    with database.write() as db:
        db.query(ChatTarget).one().failures = 1
        db.query(PrintJob).one().asked_at = Utc.of(NOW - timedelta(days=8))
    found = lines(text(manager, "/integrations"))
    assert found["Qui prévenir"] == "Ne répond pas"
    assert found["OctoPrint et Moonraker"] == "Incomplet"


def test_a_mail_server_that_takes_nothing_and_a_provider_have_their_line(
    database: Database, clock: Clock
) -> None:
    mail = MailSettings(host="mail.example", sender="loquet@place.example")
    oidc = OidcSettings(issuer="https://id.example", client_id="loquet", client_secret_file="x")
    client = make_app(database, clock, mail=mail, oidc=oidc).test_client()
    assert sign_in(client, "manager") == 303
    found = lines(text(client, "/integrations"))
    assert found["Messagerie"] == "Les messages partent"
    assert found["Connexion par un fournisseur"] == "Relié"
    with database.write() as db:
        db.add(letter(NOW))
    assert lines(text(client, "/integrations"))["Messagerie"] == "Les messages ne partent pas"


def test_a_webhook_is_made_with_a_key_that_is_shown_once(manager: FlaskClient) -> None:
    page = "/integrations/webhooks"
    refused = send(manager, page, page, url="http://127.0.0.1/", type="member")
    assert "réseau privé" in refused
    assert re.search(r'value="member" checked', refused)
    made = send(manager, page, page, url="https://8.8.8.8/hook", type="member")
    assert "whsec_" in made
    assert "https://8.8.8.8/hook" in text(manager, page)
    assert "whsec_" not in text(manager, page)


def test_its_messages_are_listed_sent_again_and_its_key_rotated(
    manager: FlaskClient, hook: str, database: Database
) -> None:
    page = f"/integrations/webhooks/{hook}"
    shown = text(manager, page)
    assert "Réponse 500" in shown
    assert "Nouvel essai prévu" in shown
    (delivery,) = re.findall(r"deliveries/([0-9a-f-]{36})/resend", shown)
    assert "part de nouveau" in send(manager, f"{page}/deliveries/{delivery}/resend", page)
    with database.read() as db:
        assert db.get_one(DeliveryRow, delivery).attempts == 0
    assert "whsec_" in send(manager, f"{page}/rotate", page)
    assert "Dernier envoi reçu" not in text(manager, "/integrations/webhooks")
    assert "Reprendre" in send(manager, f"{page}/disable", page)
    with database.write() as db:
        db.get_one(DeliveryRow, delivery).delivered_at = NOW
    listed = text(manager, "/integrations/webhooks")
    assert "Dernier envoi reçu" in listed
    assert "Quelqu’un l’a arrêté ici" in listed
    assert f'action="{page}/enable"' in listed, "it is resumed where it is listed"
    assert "Arrêté" in text(manager, "/integrations")
    assert "reprenez" in send(manager, f"{page}/deliveries/{delivery}/resend", page)
    assert "Ne plus prévenir" in send(manager, f"{page}/enable", page)
    assert manager.get(f"/integrations/webhooks/{uuid7()}").status_code == 404


def test_one_that_may_not_be_told_is_not_said_to_be_told(
    manager: FlaskClient, hook: str, database: Database
) -> None:
    page = f"/integrations/webhooks/{hook}"
    send(manager, f"{page}/disable", page)
    with database.write() as db:
        db.get_one(WebhookRow, hook).url = "http://127.0.0.1/hook"
    shown = send(manager, f"{page}/enable", page)
    assert "réseau privé" in shown
    assert "Ce programme est prévenu" not in shown
    assert "Reprendre" in shown


def test_a_receiver_that_is_away_for_days_alarms_until_it_takes_messages(
    hook: str, database: Database
) -> None:
    def kinds(now: Utc) -> list[str]:
        with database.write() as db:
            webhook_summary.update_alarms(db, now)
        with database.read() as db:
            return [alarm.kind for alarm in alarms.active_at(db, SITE)]

    assert kinds(NOW) == []
    assert kinds(LATER) == ["webhook_failing"]
    with database.write() as db:
        db.query(DeliveryRow).update({"due_at": None, "delivered_at": LATER})
    assert kinds(LATER) == []


def test_a_calendar_is_made_read_and_revoked(manager: FlaskClient, database: Database) -> None:
    page = "/integrations/calendars"
    made = send(manager, page, page, of="programme")
    (address,) = re.findall(r"/calendar/[\w-]+\.ics", made)
    assert manager.get(address).status_code == 200
    assert "n’existe plus" in send(manager, page, page, of="machine:none")
    with database.read() as db:
        (only,) = calendars.shared_calendars(db, SITE, actor=SYSTEM).items
    assert "révoqué" in send(manager, f"{page}/{only.id}/revoke", page)
    assert manager.get(address).status_code == 404


def test_a_door_is_allowed_and_forbidden_and_a_machine_never(
    manager: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        db.add(agent_state("pi", online=True))
        db.add_all([point("front", PointKind.DOOR), point("laser", PointKind.MACHINE)])
    page = "/integrations/home-assistant"
    assert "la voit seulement" in text(manager, page)
    assert "peut l’ouvrir" in send(manager, f"{page}/front/allow", page)
    assert re.search("<small>manager@example.org, <time .*>14:00</time>", text(manager, page))
    assert "la voit seulement" in send(manager, f"{page}/front/forbid", page)
    data = {"csrf_token": token_of(manager)}
    assert manager.post(f"{page}/laser/allow", data=data).status_code == 404
