"""Agents: those that need a hand first; claimed, named, replaced, revoked, from a page."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentRow, AgentState, ClaimCode
from controller.capabilities.agents.pki import Authority
from controller.capabilities.machines.models import CommandRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.live import Live
from controller.settings import MqttSettings, Settings, SiteSettings
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import Place, add_agent, place
from webui.context import WebContext
from webui.rooms import ROOMS

assert place


@pytest.fixture
def client(database: Database, clock: Clock, tmp_path: Path) -> Iterator[FlaskClient]:
    """Of a server that enrols agents, with a broker's folder and no broker."""
    folder = tmp_path / "broker"
    folder.mkdir()
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique"),
        mqtt=MqttSettings(broker_dir=str(folder), port=1),
    )
    context = WebContext(
        settings=settings,
        database=database,
        live=Live("embedded"),
        secret="s" * 40,
        credential_keys={SITE: b"k" * 32},
        authority=Authority.create("Loquet", NOW),
        clock=clock,
    )
    yield an_application(context, ROOMS).test_client()
    context.live.close()


def words_of(text: str) -> str:
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    fields["csrf_token"] = token_of(client, "/agents")
    answer = client.post(address, data=fields)
    return answer.status_code, answer.get_data(as_text=True)


def test_those_that_need_a_hand_come_first_and_say_what(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        add_agent(db, "full", disk_free_bytes=1_000_000, clock_trusted=True, backlog=0)
        add_agent(db, "fine", disk_free_bytes=10**10, clock_trusted=True, backlog=0)
        for key in ("full", "fine", "box"):
            db.get_one(AgentState, key).version = _version()
        away = db.get_one(AgentState, "box")
        away.online, away.seen_at = False, Utc.of(NOW - timedelta(minutes=12))
        db.get_one(AgentRow, "fine").certificate_until = Utc.of(NOW + timedelta(days=80))
    sign_in(client, "manager")
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert "2 en ligne sur 3" in words
    assert "2 demandent un geste" in words
    order = [words.index(f"Boîtier {key}") for key in ("box", "full", "fine")]
    assert order == sorted(order)
    assert "Muet, vu il y a 12 min" in words
    assert "Découpe laser CO₂ refusera dès le 27 novembre à 13:48" in words
    assert "Disque presque plein : 1 Mo libres" in words
    assert words.index("Tout va bien") < words.index("Boîtier fine")


def _version() -> str:
    from importlib.metadata import version

    return version("loquet")


def test_a_certificate_that_ends_an_old_version_and_a_deaf_reader_ask_for_a_hand(
    place: Place, client: FlaskClient
) -> None:
    device = {"access_point": "laser", "device": "reader", "ok": False}
    with place.database.write() as db:
        add_agent(db, "ill", devices=[device], clock_trusted=False, backlog=214)
        db.get_one(AgentRow, "ill").certificate_until = Utc.of(NOW + timedelta(days=10))
    sign_in(client, "desk")
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert "Ne répond pas : laser reader" in words
    assert "Certificat jusqu’au 4 décembre" in words
    assert "Heure incertaine" in words
    assert "214 événements en attente" in words
    assert "Version 0.3.0, ici" in words
    assert "Révoquer" not in words


def test_a_new_one_gets_its_line_once_and_ticks_when_it_answers(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    status, text = send(client, "/agents", name="Broderie numérique")
    assert status == 200
    line = re.search(r"sudo loquet enrol --url (\S+) --code - <<< (\w+)", html.unescape(text))
    assert line is not None
    with place.database.read() as db:
        assert db.get_one(AgentRow, "broderie-numerique").enrolled_at is None
        assert db.query(ClaimCode).filter_by(agent_id="broderie-numerique").count() == 1
    shown = "".join(re.findall(r"<span>([0-9a-f]{4})</span>", text))
    assert line[2].endswith(shown)
    assert len(shown) == 16
    again = client.get("/agents/broderie-numerique/join").get_data(as_text=True)
    assert line[2] not in again
    assert "On l’attend" in again
    with place.database.write() as db:
        agent = db.get_one(AgentRow, "broderie-numerique")
        agent.enrolled_at = NOW
        reader = {"access_point": "x", "device": "reader", "ok": True}
        db.add(
            AgentState(
                agent_id=agent.id,
                online=True,
                connection=1,
                version="0.3.0",
                protocols=[],
                epoch=1,
                policy_version=1,
                seen_at=NOW,
                telemetry={"devices": [reader]},
            )
        )
    part = client.get("/agents/broderie-numerique/join", headers={"HX-Request": "true"})
    text = part.get_data(as_text=True)
    assert "<main" not in text
    assert text.count('class="yes"') == 2
    assert "à 14:00, version 0.3.0" in html.unescape(text)


def test_a_name_that_is_none_is_kept_and_refused(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    status, text = send(client, "/agents", name="")
    assert status == 422
    assert "Donnez-lui un nom" in text


def test_a_dead_pi_is_replaced_under_its_name(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    status, text = send(client, "/agents/box/code")
    assert status == 200
    assert "Remplacer le Pi" in html.unescape(text)
    with place.database.read() as db:
        assert db.query(ClaimCode).filter_by(agent_id="box").count() == 1
        assert db.get_one(AgentRow, "box").wiring is not None


def test_it_blinks_and_says_when_it_can_not(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert send(client, "/agents/box/identify")[0] == 303
    with place.database.write() as db:
        assert [each.type for each in db.query(CommandRow)] == ["identify"]
        db.get_one(AgentState, "box").online = False
    assert send(client, "/agents/box/identify")[0] == 303
    assert "Il est muet" in html.unescape(client.get("/agents").get_data(as_text=True))


def test_renamed_and_taken_back(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    with place.database.read() as db:
        version = str(db.get_one(AgentRow, "box").row_version)
    assert send(client, "/agents/box/name", name="Laser", version=version)[0] == 303
    text = html.unescape(client.get("/agents").get_data(as_text=True))
    assert "<b>Laser</b>" in text
    undo = text[text.index('id="undo"') :]
    back = {
        name: re.search(rf'name="{name}" value="([^"]*)"', undo)[1]  # type: ignore[index]
        for name in ("name", "version", "csrf_token")
    }
    assert client.post("/agents/box/name", data=back).status_code == 303
    assert "<b>Boîtier box</b>" in html.unescape(client.get("/agents").get_data(as_text=True))


def test_revoking_asks_for_the_name_and_a_reason(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    for name, reason in (("box", "volé"), ("Boîtier box", "")):
        assert send(client, "/agents/box/revoke", name=name, reason=reason)[0] == 303
        with place.database.read() as db:
            assert db.get_one(AgentRow, "box").revoked_at is None
    assert send(client, "/agents/box/revoke", name="Boîtier box", reason="volé")[0] == 303
    with place.database.read() as db:
        assert db.get_one(AgentRow, "box").revoked_at == NOW
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert "1 boîtier révoqué" in words
    assert "Boîtier box, révoqué le 24 novembre" in words


def test_the_desk_reads_and_neither_adds_nor_revokes(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert "Ajouter un boîtier" not in client.get("/agents").get_data(as_text=True)
    assert send(client, "/agents", name="x")[0] == 403
    assert send(client, "/agents/box/revoke", name="Boîtier box", reason="volé")[0] == 403
