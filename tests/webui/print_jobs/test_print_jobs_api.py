"""A printer's token asks by HTTP: the reason is a problem with words; a machine's page shows it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.print_jobs.permissions import PRINTS_READ, PRINTS_WRITE
from controller.domain.facts import PointKind, Risk
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.api.api_seeds import granted
from tests.webui.conftest import NOW, SITE, sign_in

NEW = {"access_point": "printer", "name": "vase.gcode", "minutes": 95, "grams": 41.5}


@pytest.fixture
def printer(database: Database) -> None:
    """With an agent that is there, and nobody who has badged."""
    with database.write() as db:
        db.add(AgentRow(id="wood-pi", site_id=SITE, name={"en": "Woodshop"}, created_at=NOW))
        db.flush()
        there = {"online": True, "connection": 1, "protocols": [], "epoch": 1}
        db.add(AgentState(agent_id="wood-pi", policy_version=1, seen_at=NOW, **there))
        new = NewAccessPoint(
            id="printer",
            kind=PointKind.MACHINE,
            name=Label(fr="Imprimante"),
            agent_id="wood-pi",
            risk=Risk.LOW,
            commissioned=True,
        )
        access_points.create(db, new, actor=Actor.system("test"), now=NOW)


def tap(database: Database) -> None:
    with database.write() as db:
        db.merge(granted("printer", uuid7()))


def headers(database: Database, *scopes: Permission, **more: str) -> dict[str, str]:
    with database.write() as db:
        wanted = select(AccountRow.id).where(AccountRow.login.like("manager%"))
        manager = db.scalars(wanted).one()
        secret = tokens.add(db, manager, "printer", scopes, NOW, Actor.system("test"))[1]
    return {"Authorization": f"Bearer {secret}"} | more


def ask(client: FlaskClient, headers: dict[str, str]) -> Any:
    return client.post("/api/v1/print-jobs", json=NEW, headers=headers)


@pytest.mark.usefixtures("printer")
def test_without_a_badge_the_answer_says_what_to_do(
    client: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        off = granted("printer", uuid7())
        off.state, off.session_id = "off", None
        db.merge(off)
    refused = ask(client, headers(database, PRINTS_WRITE))
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    said = refused.get_json()
    assert said["reason"] == "badge_first"
    assert said["text"]["fr"].startswith("Badgez d’abord.")
    assert said["text"]["en"].startswith("Badge first.")
    assert ask(client, headers(database, PRINTS_READ)).status_code == 403


@pytest.mark.usefixtures("printer")
def test_asked_twice_with_one_key_is_asked_once_and_reported_with_the_version_read(
    client: FlaskClient, database: Database
) -> None:
    tap(database)
    with_key = headers(database, PRINTS_WRITE) | {"Idempotency-Key": "7d1c"}
    first, again = ask(client, with_key), ask(client, with_key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    path = f"/api/v1/print-jobs/{first.get_json()['id']}"
    end = {"outcome": "completed", "used_minutes": 101, "used_grams": 40}
    assert client.patch(path, json=end, headers=with_key).status_code == 428
    stale = client.patch(path, json=end, headers=with_key | {"If-Match": '"9"'})
    assert stale.status_code == 412
    told = with_key | {"If-Match": first.headers["ETag"]}
    assert client.patch(path, json=end | {"grams": 1}, headers=told).status_code == 422
    done = client.patch(path, json=end, headers=told)
    assert (done.status_code, done.get_json()["outcome"]) == (200, "completed")
    sign_in(client, "manager")
    page = client.get("/machines/printer").get_data(as_text=True)
    assert "vase.gcode" in page
    assert "terminée" in page
    sign_in(client, "desk")
    assert "vase.gcode" not in client.get("/machines/printer").get_data(as_text=True)
