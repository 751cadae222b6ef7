"""What tests of live actions share with others."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.domain.facts import PointKind, Risk
from controller.kernel.database import Database
from controller.wire.ids import uuid7
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE, sign_in, token_of


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> FlaskClient:
    """Somebody at the desk, before a door and a machine whose agents are there."""
    filled(database, _fill)
    assert sign_in(client, "desk") == 303
    return client


def _fill(database: Database) -> None:
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        db.add(agent_state("pi", online=True))
        db.add_all([point("front", PointKind.DOOR), point("laser", PointKind.MACHINE)])
        db.flush()
        for name, state in (("front", "locked"), ("laser", "running")):
            db.add(point_state(name, state))


def agent_state(agent: str, *, online: bool) -> AgentState:
    return AgentState(
        agent_id=agent,
        online=online,
        connection=1,
        boot_id=uuid7(),
        version="0.1.0",
        protocols=["1"],
        epoch=1,
        policy_version=1,
        stream=uuid7(),
        started_at=NOW,
        seen_at=NOW,
        telemetry=None,
    )


def point(key: str, kind: PointKind) -> AccessPointRow:
    return AccessPointRow(
        id=key,
        site_id=SITE,
        agent_id="pi",
        kind=kind,
        name={"fr": key.title(), "en": key.title()},
        icon="cog",
        in_service=True,
        commissioned=True,
        risk=Risk.LOW,
        requirement={},
        session={},
        door={},
        needs=[],
    )


def point_state(key: str, state: str) -> PointStateRow:
    return PointStateRow(
        access_point_id=key,
        agent_id="pi",
        state=state,
        since=NOW,
        session_id=None,
        available=True,
        ends_at=None,
        warning=False,
        faults=[],
        received_at=NOW,
    )


def press(client: FlaskClient, path: str, **fields: str) -> str:
    """Press a button of Live, and read the page that follows."""
    data = {"csrf_token": token_of(client), **fields}
    answer = client.post(path, data=data)
    assert answer.status_code == 303, path
    return client.get(answer.headers["Location"]).get_data(as_text=True)
