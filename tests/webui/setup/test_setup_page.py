"""Setup: from an empty place to the first granted tap, left and resumed at any moment."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.agents.pki import Authority
from controller.capabilities.machines.models import AccessPointRow, CommissioningTick
from controller.capabilities.members.models import MemberRow
from controller.capabilities.setup.progress import SetupStep, progress
from controller.capabilities.training.models import HeldRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.live import Live
from controller.settings import MqttSettings, Settings, SiteSettings
from controller.wire.ids import uuid7
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.support.event_rows import add_event
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from webui.context import WebContext
from webui.rooms import ROOMS

SYSTEM = Actor.system("test")


@pytest.fixture
def client(database: Database, clock: Clock, tmp_path: Path) -> Iterator[FlaskClient]:
    """Of a server that enrols agents."""
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique"),
        mqtt=MqttSettings(broker_dir=str(tmp_path), port=1),
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


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    fields["csrf_token"] = token_of(client, "/setup")
    answer = client.post(address, data=fields)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def done(database: Database) -> set[str]:
    with database.read() as db:
        return {str(each) for each in progress(db, SITE, actor=SYSTEM, now=NOW).done}


def title(client: FlaskClient) -> str:
    text = client.get("/setup").get_data(as_text=True)
    return html.unescape(re.search(r"<h1>([^<]*)</h1>", text)[1])  # type: ignore[index]


def connect(database: Database, agent: str, point: str) -> None:
    """As when its Pi has enrolled, and told its wiring."""
    wired = {"id": point, "reader": {"driver": "sim"}, "power": {"driver": "sim"}, "inputs": {}}
    with database.write() as db:
        row = db.get_one(AgentRow, agent)
        row.enrolled_at, row.wiring = NOW, {"access_points": [wired]}
        db.add(
            AgentState(
                agent_id=agent,
                online=True,
                connection=1,
                version="0.3.0",
                protocols=[],
                epoch=1,
                policy_version=1,
                seen_at=NOW,
                telemetry={},
            )
        )


def test_from_an_empty_place_to_the_first_granted_tap(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "admin")
    assert title(client) == "Comment s’appelle le lieu\u202f?"
    assert send(client, "/setup/place", name="La Fabrique", language="fr")[0] == 303
    assert done(database) == {"place"}
    assert send(client, "/setup/zone", name="Atelier bois")[0] == 303
    assert title(client) == "Quelle est la première machine\u202f?"
    fields = {"kind": "drill", "name": "Perceuse à colonne", "learnt": "yes"}
    assert send(client, "/setup/machine", **fields)[0] == 303
    status, text = send(client, "/setup/agent", name="Boîtier du bois")
    assert status == 200
    assert re.search(r"sudo loquet enrol --url \S+ --code - <<< \w{36}", text)
    assert done(database) == {"place", "zone", "machine"}
    connect(database, "boitier-du-bois", "perceuse-a-colonne")
    assert title(client) == "Qui badge en premier\u202f?"
    fields = {"name": "Ada Martin", "badge": "uid:04A1B2C3", "plan": "Accès libre"}
    assert send(client, "/setup/person", **fields)[0] == 303
    assert send(client, "/setup/certification", reason="elle l’a construite")[0] == 303
    with database.read() as db:
        assert db.query(HeldRow).one().level == "trainer"
    assert title(client).startswith("Mettez en service")
    tick = "/machines/perceuse-a-colonne/commissioning"
    for step in ("badge", "power_on", "power_off", "estop", "agent_killed"):
        fields = {f"remark-{step}": "vu", "from": "setup"}
        assert send(client, f"{tick}/{step}", **fields)[0] == 303
    token = token_of(client, "/setup")
    answer = client.post(
        "/machines/perceuse-a-colonne/commissioned", data={"csrf_token": token, "from": "setup"}
    )
    assert answer.headers["Location"] == "/setup"
    text = html.unescape(client.get("/setup").get_data(as_text=True))
    assert "Posez le badge de Ada Martin sur le lecteur" in text
    add_tap(database)
    part = client.get("/setup/tap", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "Accordé" in part
    assert done(database) == {str(each) for each in SetupStep}
    assert "tout est fait" in client.get("/setup").get_data(as_text=True)


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
    send(client, "/setup/zone", name="Atelier bois")
    text = html.unescape(client.get("/setup").get_data(as_text=True))
    assert "Atelier bois" in text
    assert "La Fabrique, en français" in text
    again = html.unescape(client.get("/setup?step=zone").get_data(as_text=True))
    assert "Le premier espace est «\u00a0Atelier bois\u00a0»" in again
    assert client.get("/setup?step=nowhere").status_code == 404


def test_what_is_wrong_is_said_with_its_mend_and_what_was_typed_is_kept(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    status, text = send(client, "/setup/zone", name="")
    assert status == 422
    status, text = send(client, "/setup/person", name="Ada", badge="12", plan="Libre")
    assert status == 422
    assert "Ce n’est pas un numéro de badge" in text
    assert 'value="12"' in text
    assert 'value="Ada"' in text
    with database.read() as db:
        assert db.query(MemberRow).count() == 0
    status, text = send(client, "/setup/agent", name="Boîtier")
    assert status == 422
    assert "il n’y a pas encore de machine" in text


def test_a_manager_certifies_but_names_no_first_trainer(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/zone", name="Atelier")
    send(client, "/setup/machine", kind="drill", name="Perceuse", learnt="yes")
    send(client, "/setup/person", name="Ada", badge="uid:04A1B2C3", plan="Libre")
    status, text = send(client, "/setup/certification", reason="je le dis")
    assert status == 422
    assert "seul un administrateur" in text
    assert send(client, "/setup/certification")[0] == 303
    with database.read() as db:
        assert db.query(HeldRow).one().level == "user"


def test_nothing_is_ticked_that_the_page_was_not_told(
    database: Database, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    send(client, "/setup/zone", name="Atelier")
    send(client, "/setup/machine", kind="plotter", name="Plotter")
    with database.read() as db:
        assert db.query(AccessPointRow).one().commissioned is False
        assert db.query(CommissioningTick).count() == 0
    assert done(database) == {"place", "zone", "machine"}
