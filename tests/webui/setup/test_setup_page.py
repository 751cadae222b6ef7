"""Setup: from an empty place to the first granted tap, left and resumed at any moment."""

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow, AgentState, ClaimCode
from controller.capabilities.agents.pki import Authority
from controller.capabilities.agents.web_authority import WebAuthority
from controller.capabilities.machines.models import AccessPointRow, CommandRow, CommissioningTick
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ScheduleRow
from controller.capabilities.setup.kits import Reader
from controller.capabilities.setup.progress import SetupStep, progress
from controller.capabilities.training.models import HeldRow
from controller.domain.facts import Language
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.live import Live
from controller.settings import MqttSettings, Settings, SiteSettings, WebSettings
from controller.wire.ids import uuid7
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.support.event_rows import add_event
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from webui.context import WebContext
from webui.features import FEATURES
from webui.i18n import use
from webui.setup.drawing import reader_drawing

SYSTEM = Actor.system("test")


@pytest.fixture
def client(database: Database, clock: Clock, tmp_path: Path) -> Iterator[FlaskClient]:
    """Of a server that enrols agents."""
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique"),
        mqtt=MqttSettings(broker_dir=str(tmp_path), port=1),
        web=WebSettings(agents_url="https://pi.local:8885"),
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


def post(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    fields["csrf_token"] = token_of(client)
    return client.post(address, data=fields)


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    answer = post(client, address, **fields)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def done(database: Database) -> set[str]:
    with database.read() as db:
        return {str(step) for step in progress(db, SITE, actor=SYSTEM, now=NOW).done}


def shown(client: FlaskClient, address: str = "/setup") -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def title(client: FlaskClient) -> str:
    text = client.get("/setup").get_data(as_text=True)
    return html.unescape(re.search(r"<h1>([^<]*)</h1>", text)[1])  # type: ignore[index]


Told = dict[str, object]
FINE: tuple[Told, ...] = ({"device": "reader", "ok": True}, {"device": "power", "ok": True})


def connect(
    database: Database, agent: str, point: str, reader: str = "sim", devices: Sequence[Told] = FINE
) -> None:
    """As when its Pi has enrolled, and told its wiring and how that does."""
    wired = {"id": point, "reader": {"driver": reader}, "power": {"driver": "sim"}, "inputs": {}}
    with database.write() as db:
        row = db.get_one(AgentRow, agent)
        row.enrolled_at, row.wiring = NOW, {"access_points": [wired]}
        db.add(
            AgentState(
                agent_id=agent,
                online=True,
                boot_id="00000000-0000-4000-8000-000000000001",
                connection=1,
                version="0.3.0",
                protocols=[],
                epoch=1,
                policy_version=1,
                seen_at=NOW,
                telemetry={"devices": [{"access_point": point, **device} for device in devices]},
            )
        )


def read_badge(database: Database, command: str, number: str) -> None:
    """As its reader answers."""
    with database.write() as db:
        row = db.get_one(CommandRow, command)
        row.result, row.data = "done", {"credential": number, "holder_key": "k"}


def test_from_an_empty_place_to_the_first_granted_tap(
    database: Database, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, "admin")
    assert title(client) == "Comment s’appelle le lieu\u202f?"
    assert send(client, "/setup/place", name="La Fabrique", language="fr")[0] == 303
    assert done(database) == {"place"}
    status, text = send(client, "/setup/admin", make="yes")
    assert status == 200
    assert re.search(r"(<span>[a-z2-9]{5}</span>){4}", text)
    assert title(client) == "Quand le lieu est-il ouvert\u202f?"
    week = {"start-1": "09:00", "end-1": "18:00", "start-5": "10:00", "end-5": "00:00"}
    assert send(client, "/setup/hours", plan="Atelier", **week)[0] == 303
    assert "mardi, samedi, 23\u00a0h par semaine, «\u00a0Atelier\u00a0»" in shown(client)
    fields = {"kind": "drill", "name": "Perceuse à colonne", "zone": "Atelier bois"}
    assert send(client, "/setup/machine", learnt="yes", **fields)[0] == 303
    words = "Perceuse à colonne, Atelier bois, formation exigée, arrêt après 10\u00a0min"
    assert words in shown(client)
    status, text = send(client, "/setup/agent", name="Boîtier du bois", reader="rc522")
    assert status == 200
    assert re.search(r"loquet setup agent --url https://pi\.local:8885 <<< \w{36}", text)
    assert done(database) == {"place", "admin", "hours", "machine"}
    connect(database, "boitier-du-bois", "perceuse-a-colonne")
    assert title(client) == "Qui badge en premier\u202f?"
    address = post(client, "/setup/read").headers["Location"]
    assert "Passez le badge sur le lecteur maintenant" in shown(client, address)
    command = address.partition("read=")[2]
    read_badge(database, command, "uid:04A1B2C3")
    said = client.get(f"/setup/badge?read={command}", headers={"HX-Request": "true"})
    assert "son numéro finit par B2C3" in html.unescape(said.get_data(as_text=True))
    founder = {"name": "Ada Martin", "read": command, "me": "yes", "reason": "elle l’a construite"}
    assert send(client, "/setup/founder", **founder)[0] == 303
    with database.read() as db:
        assert db.query(HeldRow).one().level == "trainer"
        member = db.query(MemberRow).one()
        account = db.query(AccountRow).filter_by(member_id=member.id).one()
        assert account.login == "admin@example.org"
    assert title(client).startswith("Mettez en service")
    tick = "/machines/perceuse-a-colonne/commissioning"
    for step in ("badge", "power_on", "power_off", "estop", "agent_killed"):
        fields = {f"remark-{step}": "vu", "from": "setup"}
        assert send(client, f"{tick}/{step}", **fields)[0] == 303
    finished = post(client, "/machines/perceuse-a-colonne/commissioned", **{"from": "setup"})
    assert finished.headers["Location"] == "/setup"
    assert "Passez le badge de Ada Martin sur le lecteur" in shown(client)
    add_tap(database)
    part = client.get("/setup/tap", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "Accordé" in part
    after = ["/backups", "/accounts", "/imports", "/machines/perceuse-a-colonne"]
    assert re.findall(r'<b><a href="([^"]+)"', part) == after, "what comes next"
    keys = tmp_path / "var/keys"
    keys.mkdir(parents=True)
    WebAuthority.create("Loquet", ["pi.local"], wall_clock()).save(keys)
    monkeypatch.chdir(tmp_path)
    assert 'href="/trust/poster"' in shown(client), "the place's own authority has a sheet"
    assert done(database) == {str(step) for step in SetupStep}
    assert "tout est fait" in shown(client)


def add_tap(database: Database) -> None:
    with database.write() as db:
        add_event(
            db,
            agent="boitier-du-bois",
            stream="00000000-0000-4000-8000-000000000002",
            seq=1,
            event_id=uuid7(),
            site=SITE,
            point="perceuse-a-colonne",
            type="access_granted",
            at=NOW,
            received_at=NOW,
            raw=None,
        )


def test_what_was_answered_stays_and_can_be_seen_again(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier bois")
    assert "La Fabrique, en français" in shown(client)
    assert "La machine de ces étapes est «\u00a0Perceuse\u00a0»" in shown(
        client, "/setup?step=machine"
    )
    assert client.get("/setup?step=nowhere").status_code == 404


def test_who_comes_back_goes_on_at_the_wires_with_their_drawing(
    database: Database, client: FlaskClient
) -> None:
    """On another computer too, which never saw what was chosen; other machines' wires don't
    count."""
    sign_in(client, "manager")
    post(client, "/setup/place", name="La Fabrique", time_zone="Europe/Paris", language="fr")
    send(client, "/setup/hours", plan="Atelier", always="yes")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier")
    send(client, "/setup/agent", name="Bois", reader="pn532")

    def back() -> str:
        client.post("/sign-out", data={"csrf_token": token_of(client)})
        sign_in(client, "manager")
        return shown(client)

    assert "Le lecteur\u00a0: PN532" in back(), "as its line proposes"
    deaf: list[Told] = [{"device": "reader", "ok": False}, {"device": "power", "ok": True}]
    others: list[Told] = [{**item, "access_point": "tour"} for item in FINE]
    connect(database, "bois", "perceuse", "pn532", [*deaf, *others])
    text = back()
    assert "Aucun lecteur ne répond\u00a0: pilote pn532" in text
    assert text.count("<figcaption>Le lecteur\u00a0: PN532") == 2, "the wiring, and the mend"
    with database.write() as db:
        db.get_one(AgentState, "bois").telemetry = {"devices": list(FINE)}
    assert title(client) == "Qui badge en premier\u202f?"


def test_a_manager_is_led_to_what_she_can_do(database: Database, client: FlaskClient) -> None:
    sign_in(client, "manager")
    post(client, "/setup/place", name="La Fabrique", time_zone="Europe/Paris", language="fr")
    assert {"place"} <= done(database)
    assert "admin" not in done(database)
    assert title(client) == "Quand le lieu est-il ouvert\u202f?", "the code is an admin's"
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "admin")
    assert title(client) == "Un code de secours, sur papier"


def test_what_is_wrong_is_said_with_its_mend_and_what_was_typed_is_kept(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    assert send(client, "/setup/machine", kind="drill", name="", zone="x")[0] == 422
    status, text = send(client, "/setup/place", name="Ici", language="fr", time_zone="Mars")
    assert status == 422
    assert "Saisissez-en un comme Europe/Paris" in text
    assert 'value="Ici"' in text
    status, text = send(client, "/setup/hours", **{"start-1": "18:00", "end-1": "09:00"}, plan="A")
    assert status == 422
    assert "une heure de début, puis une heure de fin" in text
    assert 'name="start-1" value="18:00"' in text
    status, text = send(client, "/setup/agent", name="Boîtier", reader="rc522")
    assert status == 422
    assert "il n’y a pas encore de machine" in text
    send(client, "/setup/hours", plan="Atelier")
    status, text = send(client, "/setup/founder", name="Ada", badge="12")
    assert status == 422
    assert "Passez-le sur le lecteur, ou tapez son numéro" in text
    assert 'value="12"' in text
    assert 'value="Ada"' in text
    with database.read() as db:
        assert db.query(MemberRow).count() == 0


def test_hours_are_said_anew_in_the_same_schedule(database: Database, client: FlaskClient) -> None:
    sign_in(client, "manager")
    send(client, "/setup/hours", plan="Atelier", **{"start-0": "09:00", "end-0": "18:00"})
    assert 'name="start-0" value="09:00"' in shown(client, "/setup?step=hours")
    send(client, "/setup/hours", **{"start-0": "10:00", "end-0": "12:00"})
    assert "lundi, 2\u00a0h par semaine" in shown(client)
    with database.read() as db:
        assert db.query(ScheduleRow).count() == 1
    send(client, "/setup/hours")
    assert "toujours ouvert" in shown(client)


def test_a_week_without_hours_is_always_open(database: Database, client: FlaskClient) -> None:
    sign_in(client, "manager")
    send(client, "/setup/hours", plan="Atelier")
    assert "toujours ouvert, «\u00a0Atelier\u00a0»" in shown(client)
    with database.read() as db:
        assert db.query(ScheduleRow).count() == 0


def test_only_an_admin_names_the_first_trainer_and_nobody_certifies_herself(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/hours", plan="Atelier")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier", learnt="yes")
    ada = {"name": "Ada", "badge": "uid:04A1B2C3"}
    status, text = send(client, "/setup/founder", reason="je le dis", **ada)
    assert status == 422
    assert "seul un administrateur" in text
    sign_in(client, "admin")
    assert send(client, "/setup/founder", me="yes", **ada)[0] == 422
    sign_in(client, "manager")
    assert send(client, "/setup/founder", **ada)[0] == 303
    with database.read() as db:
        assert db.query(HeldRow).one().level == "user"
        assert db.query(MemberRow).count() == 1


def test_the_line_brings_the_wiring_of_the_kit(database: Database, client: FlaskClient) -> None:
    sign_in(client, "manager")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier")
    status, text = send(client, "/setup/agent", name="Bois", reader="pn532", port="no path")
    assert status == 422
    assert "Le port doit être un chemin" in text
    status, text = send(client, "/setup/agent", name="Bois", reader="pn532", port="/dev/ttyUSB0")
    assert status == 200
    assert "TXD à la broche 10" in text
    with database.read() as db:
        wiring = db.query(ClaimCode).one().wiring
    assert wiring is not None
    point = wiring["access_points"][0]
    assert point["reader"] == {"driver": "pn532", "port": "/dev/ttyUSB0"}
    assert point["power"] == {"driver": "gpio_pulse", "pin": 17}


def test_another_reader_is_drawn_and_its_line_for_the_pi_is_shown(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier")
    send(client, "/setup/agent", name="Bois", reader="pn532", port="/dev/serial0")
    assert '<option value="pn532" selected>' in client.get("/setup?step=agent").get_data(
        as_text=True
    )
    connect(database, "bois", "perceuse")
    deaf = {"device": "reader", "driver": "pn532", "ok": False}
    with database.write() as db:
        db.get_one(AgentState, "bois").telemetry = {"devices": [deaf]}
    part = html.unescape(
        client.get("/setup/box", headers={"HX-Request": "true"}).get_data(as_text=True)
    )
    (usb,) = re.findall(r'href="([^"]+)">.*?Essayer en USB', part)
    text = html.unescape(client.get(usb).get_data(as_text=True))
    assert 'reader = { driver = "pn532", port = "/dev/ttyUSB0" }' in text
    other = "/setup?step=agent&change=reader&reader=rc522&port=x"
    text = html.unescape(client.get(other).get_data(as_text=True))
    assert 'reader = { driver = "rc522" }' in text
    assert "Le lecteur\u00a0: RC522, cartes" in text, "the drawing is of the one that was chosen"
    bad = client.get("/setup?step=agent&change=reader&reader=pn532&port=no path")
    assert "no path" not in html.unescape(bad.get_data(as_text=True)).split("instead")[-1]


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ({"device": "reader", "driver": "rc522", "ok": False}, "le plus souvent, deux sont"),
        ({"device": "power", "ok": False}, "Le relais ne répond pas"),
    ],
)
def test_what_does_not_answer_says_its_mend(
    database: Database, client: FlaskClient, device: dict[str, object], said: str
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier")
    send(client, "/setup/agent", name="Bois", reader="rc522")
    connect(database, "bois", "perceuse")
    with database.write() as db:
        db.get_one(AgentState, "bois").telemetry = {"devices": [device]}
    part = client.get("/setup/box", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert said in html.unescape(part)
    assert "Continuer" not in part
    fine = [{"device": device_name, "ok": True} for device_name in ("reader", "power")]
    with database.write() as db:
        db.get_one(AgentState, "bois").telemetry = {"devices": fine}
    part = client.get("/setup/box", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert part.count('class="ok"') == 3
    assert "Continuer" in part


def test_the_relay_clicks_before_its_machine_is_in_service_and_never_after(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/machine", kind="drill", name="Perceuse", zone="Atelier")
    send(client, "/setup/agent", name="Bois", reader="rc522")
    assert "est muet" in send(client, "/setup/click")[1]
    connect(database, "bois", "perceuse")
    with database.write() as db:
        devices = [{"device": device_name, "ok": True} for device_name in ("reader", "power")]
        db.get_one(AgentState, "bois").telemetry = {"devices": devices}
    heard = post(client, "/setup/click").headers["Location"]
    assert "Écoutez" in shown(client, heard.partition("#")[0])
    with database.write() as db:
        asked = db.query(CommandRow).one()
        assert asked.type == "pulse_switch"
        asked.result, asked.reason = "refused", "barred"
    assert "réarmez d’abord" in shown(client, heard.partition("#")[0])
    with database.write() as db:
        db.get_one(AccessPointRow, "perceuse").commissioned = True
    assert "Le faire claquer" not in shown(client, "/setup?step=agent")
    assert send(client, "/setup/click")[0] == 422


def test_another_machine_is_set_up_with_a_box_of_its_own(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    for name, box in (("Perceuse", "Bois"), ("Zetor", "Champ")):
        send(client, "/setup/machine", kind="drill", name=name, zone="Atelier")
        send(client, "/setup/agent", name=box, reader="rc522")
    with database.read() as db:
        held = {point.id: point.agent_id for point in db.query(AccessPointRow)}
    assert held == {"perceuse": "bois", "zetor": "champ"}
    assert send(client, "/setup/choose", machine="perceuse")[0] == 303
    assert "est «\u00a0Perceuse" in shown(client, "/setup?step=machine")
    assert send(client, "/setup/choose", machine="none")[0] == 400


def test_nothing_is_ticked_that_the_page_was_not_told(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/machine", kind="plotter", name="Plotter", zone="Atelier")
    with database.read() as db:
        assert db.query(AccessPointRow).one().commissioned is False
        assert db.query(CommissioningTick).count() == 0
    assert done(database) == {"place", "machine"}


@pytest.mark.parametrize("reader", [item for item in Reader if item is not Reader.OTHER])
def test_each_wire_of_a_reader_is_drawn_and_told(reader: Reader) -> None:
    use(Language.FR)
    drawing = reader_drawing(reader)
    assert drawing is not None
    assert len(drawing.words) == len(drawing.wires) >= 3
    assert len({wire.pin for wire in drawing.wires}) == len(drawing.wires)
