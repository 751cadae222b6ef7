"""A printer whose agent is there, and nobody who has badged."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.domain.facts import PointKind, Risk
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.api.api_seeds import granted
from tests.webui.conftest import NOW, SITE

SYSTEM = Actor.system("test")


@pytest.fixture
def tap(database: Database) -> Callable[[str], None]:
    """Brings the printer, and has its agent say in which state it is: `armed` by a badge."""
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
        access_points.create(db, new, actor=SYSTEM, now=NOW)

    def told(state: str) -> None:
        row = granted("printer", uuid7())
        row.state = state
        with database.write() as db:
            db.merge(row)

    told("off")
    return told


@pytest.fixture
def token(database: Database) -> Callable[..., str]:
    """A manager's token of these scopes."""

    def made(*scopes: Permission) -> str:
        with database.write() as db:
            wanted = select(AccountRow.id).where(AccountRow.login.like("manager%"))
            manager = db.scalars(wanted).one()
            return tokens.add(db, manager, "printer", scopes, NOW, SYSTEM)[1]

    return made
