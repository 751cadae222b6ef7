"""The Live page stays small, however much there is of whatever it shows."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.domain.facts import PointKind
from controller.wire.ids import uuid7
from tests.hub.world import machine
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, filled_database, make_app, sign_in

MAX_BYTES = 150_000
AGENTS, MACHINES, DOORS, KINDS, ALIKE = 300, 200, 60, 60, 70
LONGEST = "\"<é&'>" * 33
"""198 characters; a page writes most of them as five."""


@pytest.mark.parametrize("name", [LONGEST, "x"])
def test_the_live_page_is_small_whatever_happens(tmp_path: Path, name: str) -> None:
    with filled_database(tmp_path) as database:
        with database.write() as db:
            _fill(db, name)
        browser = make_app(database, Clock(NOW)).test_client()
        sign_in(browser, "manager")
        page = browser.get("/").get_data(as_text=True)
    assert len(page.encode()) <= MAX_BYTES
    for shown in ("alarm-", "tile-machine-", "tile-door-"):
        assert f'id="{shown}' in page
    assert page.count("autres</p>") == 1, "it says how many more alarms"
    assert "autres</a>" in page, "and doors, which the list of machines has"
    assert "from=" in page, "and where the other machines are"
    assert page.count("autres</li>") == 1, "and agents without news"
    assert f"{ALIKE} fois" in page
    assert "Porte maintenue" in page or "Porte restée ouverte" in page, "another agent's alarm"


def _fill(db: Session, name: str) -> None:
    for number in range(AGENTS):
        _agent(db, f"agent-{number}", name, online=number == 0)
    for number in range(MACHINES):
        _point(db, f"machine-{number}", name, PointKind.MACHINE, "running")
    for number in range(DOORS):
        _point(db, f"door-{number}", name, PointKind.DOOR, "held")
    for number in range(KINDS * ALIKE):
        _alarm(db, f"kind_{number % KINDS}", "agent-0")
    _alarm(db, "door_held", "agent-1")


def _agent(db: Session, key: str, name: str, *, online: bool) -> None:
    db.add(
        AgentRow(
            id=key,
            site_id=SITE,
            name={"fr": name},
            kid=None,
            public_key=None,
            enrolled_at=NOW,
            revoked_at=None,
            wiring=None,
            created_at=NOW,
        )
    )
    db.flush()
    db.add(
        AgentState(
            agent_id=key,
            online=online,
            boot_id=None,
            connection=1,
            version=None,
            protocols=[],
            epoch=1,
            policy_version=1,
            stream=None,
            started_at=None,
            seen_at=NOW,
            telemetry=None,
        )
    )


def _point(db: Session, key: str, name: str, kind: PointKind, state: str) -> None:
    point: AccessPointRow = machine(key, SITE, "agent-0")
    point.kind, point.name = kind, {"fr": name}
    db.add(point)
    db.flush()
    db.add(
        PointStateRow(
            access_point_id=key,
            agent_id="agent-0",
            state=state,
            since=NOW,
            session_id=None,
            available=False,
            ends_at=None,
            warning=False,
            faults=[],
            received_at=NOW,
        )
    )


def _alarm(db: Session, kind: str, agent: str) -> None:
    key = uuid7()
    db.add(
        Alarm(
            id=key,
            key=key,
            site_id=SITE,
            agent_id=agent,
            access_point_id=None,
            kind=kind,
            detail={},
            raised_at=NOW,
            cleared_at=None,
        )
    )
