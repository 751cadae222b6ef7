"""Agents: those that need a hand first; claimed, named, replaced, revoked, from a page."""

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents import away
from controller.capabilities.agents.models import AgentRow, AgentState, ClaimCode
from controller.capabilities.agents.pki import Authority
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.kernel.shapes import Label
from controller.live import Live
from controller.settings import MqttSettings, Settings, SiteSettings, WebSettings
from controller.wire.ids import uuid7_of
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.support.event_rows import add_event
from tests.support.statements import counted
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place, add_agent, place
from webui.agents.pages import PAGE
from webui.context import WebContext
from webui.features import FEATURES
from webui.qr_codes import qr

assert place
BOXES = "https://pi.local:8885"


@pytest.fixture
def client(database: Database, clock: Clock, tmp_path: Path) -> Iterator[FlaskClient]:
    """Of a server that enrols agents, with a broker's folder and no broker."""
    folder = tmp_path / "broker"
    folder.mkdir()
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique"),
        mqtt=MqttSettings(broker_dir=str(folder), port=1),
        web=WebSettings(agents_url=BOXES, agent_packages=str(tmp_path)),
    )
    context = WebContext(
        settings=settings,
        database=database,
        live=Live("embedded"),
        secret="s" * 40,
        credential_keys={SITE: b"k" * 32},
        own_key=b"w" * 32,
        authority=Authority.create("Loquet", NOW),
        clock=clock,
    )
    yield an_application(context, FEATURES).test_client()
    context.live.close()


def words_of(text: str) -> str:
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    return answer.status_code, answer.get_data(as_text=True)


def test_those_that_need_a_hand_come_first_and_say_what(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        add_agent(db, "full", disk_free_bytes=1_000_000, clock_trusted=True, backlog=0)
        add_agent(db, "fine", disk_free_bytes=10**10, clock_trusted=True, backlog=0)
        for key in ("full", "fine", "box"):
            db.get_one(AgentState, key).version = _version()
        box = db.get_one(AgentState, "box")
        box.online, box.seen_at = False, Utc.of(NOW - timedelta(minutes=12))
        db.get_one(AgentRow, "fine").certificate_until = Utc.of(NOW + timedelta(days=80))
    sign_in(client, "manager")
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert "2 en ligne sur 3" in words
    assert "2 points à régler" in words
    order = [words.index(f"Boîtier {key}") for key in ("box", "full", "fine")]
    assert order == sorted(order)
    assert "Muet, vu il y a 12 min" in words
    assert words.count("Que vérifier") == 2, "one that is fine has nothing to check"
    assert "Découpe laser CO₂ refusera les badges dès le 27 novembre à 13:48" in words
    assert "Disque presque plein : 1 Mo libres" in words
    assert words.index("En ligne") < words.index("Boîtier fine")


def test_all_machines_of_a_silent_box_refuse_in_one_sentence(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        laser = db.get_one(AccessPointRow, LASER)
        name = Label(fr="Scie")
        new = NewAccessPoint(
            id="saw",
            site_id=SITE,
            kind=PointKind.MACHINE,
            name=name,
            agent_id="box",
            risk=laser.risk,
        )
        access_points.create(db, new, actor=SYSTEM, now=NOW)
        box = db.get_one(AgentState, "box")
        box.online, box.seen_at = False, Utc.of(NOW - timedelta(minutes=12))
    sign_in(client, "manager")
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert words.count("les badges dès le") == 1
    assert "Tous ses équipements refuseront les badges dès le 27 novembre à 13:48" in words


def _version() -> str:
    from importlib.metadata import version

    return version("loquet")


def test_a_certificate_that_ends_an_old_version_and_a_deaf_reader_ask_for_a_hand(
    place: Place, client: FlaskClient
) -> None:
    device = {"access_point": "laser", "device": "reader", "ok": False}
    with place.database.write() as db:
        power = device | {"device": "power", "ok": True}
        add_agent(db, "ill", devices=[device, power], clock_trusted=False, backlog=214)
        db.get_one(AccessPointRow, "laser").agent_id = "ill"
        db.get_one(AgentRow, "ill").certificate_until = Utc.of(NOW + timedelta(days=10))
    sign_in(client, "desk")
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert "Ne répond pas : Découpe laser CO₂, lecteur" in words
    assert "Certificat jusqu’au 4 décembre" in words
    assert "Heure incertaine" in words
    assert "214 événements en attente" in words
    assert "Version 0.3.0, ici" in words
    words = words_of(client.get("/agents/ill").get_data(as_text=True))
    assert "Certificat jusqu’au 4 décembre" in words
    assert "1 sur 2 répondent" in words
    assert "lecteur : ne répond pas" in words
    assert words.count("contacteur") == 1
    assert "Révoquer" not in words
    assert "Son journal de la dernière semaine" not in words


def test_one_that_is_back_shows_how_much_of_what_it_kept_has_come(
    place: Place, client: FlaskClient
) -> None:
    left, back = (Utc.of(NOW - timedelta(minutes=minutes)) for minutes in (40, 15))
    with place.database.write() as db:
        add_agent(db, "back", backlog=90)
        away.record_absence(db, "back", left)
        away.record_return(db, ["back"], back)
        for seq in range(10):
            at = Utc.of(left + timedelta(minutes=2 + seq))
            add_event(
                db,
                agent="back",
                stream="019c1111-2222-7333-8444-555555555555",
                seq=seq,
                event_id=uuid7_of(at.millis() << 12, seq),
                site=SITE,
                point=LASER,
                type="access_granted",
                at=at,
                received_at=NOW,
                raw=None,
            )
    sign_in(client, "manager")
    text = client.get("/agents").get_data(as_text=True)
    assert "Revenu à 13:45." in words_of(text)
    assert 'aria-label="10 reçus, 90 en attente"' in html.unescape(text)
    assert '<rect width="10" height="4"/>' in text


def test_a_new_one_gets_its_line_once_and_ticks_when_it_answers(
    place: Place, client: FlaskClient, tmp_path: Path
) -> None:
    sign_in(client, "manager")
    status, text = send(client, "/agents", name="Broderie numérique")
    assert status == 200
    line = re.search(r"sudo loquet setup agent --url (\S+) <<< (\w+)", html.unescape(text))
    assert line is not None
    assert line[1] == BOXES, "the boxes' own port"
    with place.database.read() as db:
        assert db.get_one(AgentRow, "broderie-numerique").enrolled_at is None
        assert db.query(ClaimCode).filter_by(agent_id="broderie-numerique").count() == 1
    shown = "".join(re.findall(r"<span>([0-9a-f]{4})</span>", text))
    assert line[2].endswith(shown)
    assert len(shown) == 16
    again = client.get("/agents/broderie-numerique/join").get_data(as_text=True)
    assert line[2] not in again
    assert "docs/install.md" in text, "for a Pi without Loquet"
    (tmp_path / "loquet-agent_1.0.0_arm64.deb").touch()
    _status, other_text = send(client, "/agents", name="Autre")
    assert "/trust/loquet-agent_$(dpkg --print-architecture).deb" in other_text
    drawn = qr(line[2])[1]
    assert drawn in text, "a scanner at the Pi types it"
    assert drawn not in again
    assert "En attente\u00a0: la coche apparaîtra automatiquement" in again
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
    assert "Saisissez un nom, sur une seule ligne." in text


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
        assert [command.type for command in db.query(CommandRow)] == ["identify"]
        db.get_one(AgentState, "box").online = False
    assert send(client, "/agents/box/identify")[0] == 303
    assert "Il est muet" in html.unescape(client.get("/agents/box").get_data(as_text=True))
    with place.database.write() as db:
        db.get_one(AgentState, "box").online = True
    token = token_of(client)
    data = {"csrf_token": token, "from": "list"}
    assert client.post("/agents/box/identify", data=data).headers["Location"] == "/agents"


@pytest.mark.parametrize(
    ("told", "then"),
    [
        ({}, "Installez-lui le paquet loquet-agent"),
        ({"program": {"state": "waiting"}}, "Il se met à jour de lui-même"),
    ],
)
def test_an_older_program_says_how_it_becomes_the_new_one(
    place: Place, client: FlaskClient, told: dict[str, object], then: str
) -> None:
    with place.database.write() as db:
        state = db.get_one(AgentState, "box")
        state.version, state.telemetry = "0.1.0", told
    sign_in(client, "desk")
    assert then in words_of(client.get("/agents").get_data(as_text=True))


def test_a_certificate_is_renewed_when_asked(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        db.get_one(AgentRow, "box").certificate_until = Utc.of(NOW + timedelta(days=10))
    sign_in(client, "desk")
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert re.search("Renouveler : Boîtier box .*Certificat jusqu’au 4 décembre", words)
    assert "Découpe laser CO₂ refusera les badges dès le" in words, (
        "what follows when nobody does anything"
    )
    assert send(client, "/agents/box/renew")[0] == 303
    with place.database.read() as db:
        assert [command.type for command in db.query(CommandRow)] == ["renew"]


def test_renamed_and_taken_back(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    with place.database.read() as db:
        version = str(db.get_one(AgentRow, "box").row_version)
    refused = send(client, "/agents/box/name", name=" ", version=version)
    assert (refused[0], '<details class="more" open>' in refused[1]) == (422, True)
    assert send(client, "/agents/box/name", name="Laser", version=version)[0] == 303
    text = html.unescape(client.get("/agents/box").get_data(as_text=True))
    assert "<h1>Laser</h1>" in text
    undo = text[text.index('id="undo"') :]
    back = {
        name: re.search(rf'name="{name}" value="([^"]*)"', undo)[1]  # type: ignore[index]
        for name in ("name", "version", "csrf_token")
    }
    assert client.post("/agents/box/name", data=back).status_code == 303
    assert "<h1>Boîtier box</h1>" in html.unescape(client.get("/agents/box").get_data(as_text=True))


def test_revoking_asks_for_the_name_and_a_reason(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    for name, reason, wrong in (
        ("box", "volé", "Tapez son nom exactement"),
        ("Boîtier box", "", "Indiquez le motif"),
    ):
        status, page = send(client, "/agents/box/revoke", name=name, reason=reason)
        assert status == 422
        form = page[page.index('<details class="more is-bad" open>') :]
        assert f'name="name" value="{name}"' in form
        assert f'name="reason" value="{reason}"' in form
        assert wrong in form
        with place.database.read() as db:
            assert db.get_one(AgentRow, "box").revoked_at is None
    assert send(client, "/agents/box/revoke", name=" boîtier BOX", reason="volé")[0] == 303
    with place.database.read() as db:
        assert db.get_one(AgentRow, "box").revoked_at == NOW
    words = words_of(client.get("/agents").get_data(as_text=True))
    assert "1 boîtier révoqué" in words
    words = words_of(client.get("/agents?revoked=").get_data(as_text=True))
    assert "révoqué le 24 novembre" in words


def test_the_desk_reads_and_neither_adds_nor_revokes(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert "Ajouter un boîtier" not in client.get("/agents").get_data(as_text=True)
    assert send(client, "/agents", name="x")[0] == 403
    assert send(client, "/agents/box/revoke", name="Boîtier box", reason="volé")[0] == 403


def test_two_boxes_never_have_one_name(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        add_agent(db, "other")
    sign_in(client, "manager")
    status, text = send(client, "/agents", name="boîtier BOX")
    assert status == 422
    assert "porte déjà ce nom" in text
    status, text = send(client, "/agents", name="  ")
    assert status == 422
    assert "Saisissez un nom, sur une seule ligne." in text
    with place.database.read() as db:
        version = str(db.get_one(AgentRow, "other").row_version)
    for name, asked, said in (
        ("Boîtier box", version, "porte déjà ce nom"),
        ("", version, "Saisissez un nom, sur une seule ligne."),
        ("Boîtier du fond", "77", "Quelqu’un vient de le changer"),
    ):
        status, text = send(client, "/agents/other/name", name=name, version=asked)
        assert status == 422
        field = text[text.index('id="name"') :][:600]
        assert f'value="{name}"' in field
        assert said in field


def test_one_that_loses_its_link_again_and_again_asks_for_a_hand(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        db.get_one(AgentRow, "box").enrolled_at = Utc.of(NOW - timedelta(days=9))
        for hours in (9, 7, 5.2, 3, 1):
            away.record_absence(db, "box", Utc.of(NOW - timedelta(hours=hours)))
            away.record_return(db, ["box"], Utc.of(NOW - timedelta(hours=hours - 0.1)))
    sign_in(client, "desk")
    text = html.unescape(client.get("/agents").get_data(as_text=True))
    assert 'id="fine-title"' not in text
    assert "5 coupures de ce seul boîtier depuis hier" in text


def test_a_day_is_a_line_with_its_words_and_a_hint(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        add_agent(db, "other")
        for key in ("box", "other"):
            db.get_one(AgentRow, key).enrolled_at = Utc.of(NOW - timedelta(days=9))
            away.record_absence(db, key, Utc.of(NOW - timedelta(hours=11)))
            away.record_return(db, [key], Utc.of(NOW - timedelta(hours=10.5)))
        for hours in (5.2, 3, 1):
            away.record_absence(db, "box", Utc.of(NOW - timedelta(hours=hours)))
            away.record_return(db, ["box"], Utc.of(NOW - timedelta(hours=hours - 0.1)))
    sign_in(client, "desk")
    text = html.unescape(client.get("/agents").get_data(as_text=True))
    assert text.count('class="all"') == 2
    assert text.count('class="gap"') == 3
    assert 'aria-label="4 coupures en 24\u00a0h."' in text
    assert "3 coupures de ce seul boîtier depuis hier" in text
    assert 'aria-label="Coupé de 3:00 à 3:30."' in text.replace("03:", "3:")


def test_a_box_that_was_never_away_says_so(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        db.get_one(AgentState, "box").seen_at = NOW
    sign_in(client, "desk")
    text = html.unescape(client.get("/agents/box").get_data(as_text=True))
    assert "jamais coupé en sept jours" in text
    assert 'class="day24"' not in text


def test_a_box_shows_seven_days_of_which_each_says_when_it_was_away(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        db.get_one(AgentRow, "box").enrolled_at = Utc.of(NOW - timedelta(days=3))
        away.record_absence(db, "box", Utc.of(NOW - timedelta(hours=16)))
        away.record_return(db, ["box"], Utc.of(NOW - timedelta(hours=13)))
        db.get_one(AgentState, "box").seen_at = NOW
    sign_in(client, "desk")
    text = html.unescape(client.get("/agents/box").get_data(as_text=True))
    assert text.count('class="day24"') == 7
    assert "jamais coupé" not in text
    assert "<p>Coupé de 22:00 à 00:00.</p>" in text
    assert "<p>Coupé de 00:00 à 01:00.</p>" in text
    assert text.count("Pas encore inscrit.") == 3


def test_one_that_is_silent_is_away_on_its_line_though_nothing_was_noted(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        db.get_one(AgentRow, "box").enrolled_at = Utc.of(NOW - timedelta(days=9))
        state = db.get_one(AgentState, "box")
        state.online, state.seen_at = False, Utc.of(NOW - timedelta(hours=6))
    sign_in(client, "desk")
    text = html.unescape(client.get("/agents").get_data(as_text=True))
    assert 'class="long" x="75.0%" width="25.0%"' in text
    assert ">6\u00a0h\u00a000</text>" in text


def test_the_log_says_what_failed_and_never_who_came(place: Place, client: FlaskClient) -> None:
    stream = "019c1111-2222-7333-8444-555555555555"
    told = {
        "fault_raised": {"fault": "reader_lost", "text": "no answer"},
        "access_granted": {"member": "m", "credential": "c"},
        "agent_started": {"version": "0.3.1"},
    }
    with place.database.write() as db:
        laser = db.get_one(AccessPointRow, LASER)
        laser.name = {"fr": "Découpe laser CO₂", "en": "CO₂ laser cutter"}
        for seq, (kind, fields) in enumerate(told.items(), 1):
            add_event(
                db,
                agent="box",
                stream=stream,
                seq=seq,
                # In one millisecond too; others may have counted ahead.
                event_id=uuid7_of((wall_clock().millis() << 12) + seq, 0),
                site=SITE,
                point=LASER,
                type=kind,
                at=wall_clock(),
                received_at=wall_clock(),
                raw=json.dumps({"seq": seq, "type": kind} | fields).encode(),
            )
    sign_in(client, "manager")
    clock = client.application.extensions["loquet"].clock
    clock.now = Utc.of(wall_clock() + timedelta(seconds=1))  # none is of this very moment
    words = words_of(client.get("/agents/box").get_data(as_text=True))
    assert "Démarré, version 0.3.1" in words
    assert "no answer" in words
    assert words.index("0.3.1") < words.index("no answer")
    assert words.count("Découpe laser CO₂ :") == 2
    client.set_cookie("language", "en")
    english = words_of(client.get("/agents/box").get_data(as_text=True))
    assert "CO₂ laser cutter: Started, version 0.3.1" in english


def test_a_list_of_many_goes_on(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        for number in range(PAGE + 2):
            add_agent(db, f"fine-{number:03}", clock_trusted=True)
            db.get_one(AgentState, f"fine-{number:03}").version = _version()
    sign_in(client, "manager")
    text = client.get("/agents").get_data(as_text=True)
    assert text.count("Boîtier fine-") >= PAGE
    more = re.search(r'href="(/agents\?fine=[^"]+)"', text)
    assert more is not None
    rest = client.get(more[1]).get_data(as_text=True)
    assert "Boîtier fine-031" in rest
    assert "Boîtier fine-000" not in rest
    assert "Points à régler" not in rest
    assert "Revenir au début" in rest


def test_it_goes_to_another_site_once_it_holds_nothing(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        add_agent(db, "spare")
        other = NewSite(id="annexe", name=Label(fr="Annexe"))
        sites.create(db, other, actor=Actor.system("test"), now=NOW)
        account = db.query(AccountRow).filter_by(login="admin@example.org").one()
        roles = {"annexe": frozenset({Role.ADMIN})}
        accounts.set_roles(db, account.id, roles, actor=Actor.system("test"), now=NOW)
    sign_in(client, "admin")
    here = f"/s/{SITE}/agents"

    def post(address: str, **fields: str) -> TestResponse:
        return client.post(address, data=fields | {"csrf_token": token_of(client)})

    assert post(f"{here}/box/move", to="annexe").status_code == 303
    assert "Il commande encore" in html.unescape(client.get(f"{here}/box").get_data(as_text=True))
    assert post(f"{here}/spare/move", to="nowhere").status_code == 400
    answer = post(f"{here}/spare/move", to="annexe")
    assert answer.status_code == 200
    assert "sudo loquet setup agent" in html.unescape(answer.get_data(as_text=True))
    with place.database.read() as db:
        moved = db.get_one(AgentRow, "spare")
        assert (moved.site_id, moved.enrolled_at) == ("annexe", None)
        assert db.get(AgentState, "spare") is None
    assert client.get(f"{here}/spare").status_code == 404
    assert client.get("/s/annexe/agents/spare").status_code == 200


def test_who_is_of_one_site_moves_nothing(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert send(client, "/agents/box/move", to="annexe")[0] == 400
    assert "Changer de lieu" not in html.unescape(client.get("/agents/box").get_data(as_text=True))


@pytest.mark.parametrize("address", ["/agents", "/agents?fine=", "/setup", "/setup?step=agent"])
def test_many_agents_take_no_more_statements_than_few(
    place: Place, client: FlaskClient, address: str
) -> None:
    sign_in(client, "manager")

    def asked() -> int:
        with counted(place.database) as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    def add(numbers: range) -> None:
        with place.database.write() as db:
            for number in numbers:
                add_agent(db, f"many-{number}", clock_trusted=number % 2 == 0)
                away.record_absence(db, f"many-{number}", Utc.of(NOW - timedelta(hours=1)))

    add(range(3))
    few = asked()
    add(range(3, 300))
    assert asked() <= few
