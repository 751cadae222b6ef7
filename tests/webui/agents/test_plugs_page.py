"""A plug that an agent has found becomes the power of a machine, from the agent's page."""

from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.domain.time import Utc
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.machines.conftest import SYSTEM, Place, add_agent, place

assert place
PLUGS = [
    {"driver": "tasmota", "topic": "plug-9", "name": "Prise <b>9</b>", "model": "NOUS A1T"},
    {"driver": "shelly", "topic": "shellyplus1pm-a8", "name": None, "model": "Plus1PM"},
]
POWER = {"driver": "shelly", "topic": "shellyplus1pm-a8", "limit_s": 10.0}


def furnish(place: Place) -> None:
    with place.database.write() as db:
        add_agent(db, "plugged", plugs=PLUGS)
        wiring = {"access_points": [{"id": "laser", "kind": "machine", "power": POWER}]}
        db.get_one(AgentRow, "plugged").wiring = wiring


def wire(client: FlaskClient, **fields: str) -> str:
    sent = fields | {"csrf_token": token_of(client)}
    answer = client.post("/agents/plugged/plugs", data=sent, follow_redirects=True)
    return unescape(answer.get_data(as_text=True))


def test_one_act_makes_it_the_power_of_a_new_machine(place: Place, client: FlaskClient) -> None:
    furnish(place)
    sign_in(client, "manager")
    page = client.get("/agents/plugged").get_data(as_text=True)
    assert "Prise &lt;b&gt;9&lt;/b&gt;" in page
    assert "10 s après que son boîtier est devenu muet" in page.replace("\u00a0", " ")
    assert "mettre en service" in wire(client, topic="plug-9", name="Imprimante résine").lower()
    with place.database.read() as db:
        made = db.get_one(AccessPointRow, "imprimante-resine")
        asked = db.scalars(select(CommandRow).where(CommandRow.type == "wire_plug")).one()
    assert (made.agent_id, made.commissioned, made.in_service) == ("plugged", False, True)
    assert asked.args == {
        "access_point": "imprimante-resine",
        "driver": "tasmota",
        "topic": "plug-9",
        "limit_s": 10.0,
    }
    again = client.get("/agents/plugged").get_data(as_text=True)
    assert '<option value="imprimante-resine">' in again  # until its agent tells of it


def test_what_is_wired_gone_or_nameless_changes_nothing(place: Place, client: FlaskClient) -> None:
    furnish(place)
    sign_in(client, "manager")
    assert "Saisissez un nom pour le nouvel équipement, sur une seule ligne" in wire(
        client, topic="plug-9", name=""
    )
    assert "n’est plus là" in wire(client, topic="plug-7", name="X")
    assert "muet" in wire(client, topic="shellyplus1pm-a8", name="X")
    assert "déjà son câblage" in wire(client, topic="plug-9", point="laser")
    with place.database.write() as db:
        db.get_one(AgentState, "plugged").seen_at = Utc.of(NOW.replace(year=2025))
    assert "n’est plus là" in wire(client, topic="plug-9", name="X")
    sign_in(client, "desk")
    assert "Prises trouvées" not in client.get("/agents/plugged").get_data(as_text=True)
    with place.database.read() as db:
        assert db.get(AccessPointRow, "x") is None
        assert db.scalars(select(CommandRow)).all() == []


def test_programs_list_plugs_and_wire_them(place: Place, client: FlaskClient) -> None:
    furnish(place)
    with place.database.write() as db:
        account = db.scalars(select(AccountRow.id).where(AccountRow.login.like("manager%"))).one()
        scopes = frozenset(HOUSE.permissions)
        secret = tokens.add(db, account, "plugs", scopes, NOW, SYSTEM)[1]
    path, headers = "/api/v1/agents/plugged/plugs", {"Authorization": f"Bearer {secret}"}
    found = client.get(path, headers=headers).get_json()["items"]
    assert [
        (message["topic"], message["access_point"], message["limit_s"]) for message in found
    ] == [("plug-9", None, None), ("shellyplus1pm-a8", "laser", 10.0)]
    new = {"topic": "plug-9", "name": {"fr": "Imprimante résine"}}
    made = client.post(path, headers=headers, json=new)
    assert (made.status_code, made.get_json()["id"]) == (201, "imprimante-resine")
    for topic, status in (("plug-7", 422), ("shellyplus1pm-a8", 409)):
        refused = client.post(path, headers=headers, json=new | {"topic": topic})
        assert refused.status_code == status
