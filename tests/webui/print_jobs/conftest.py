"""A printer whose agent is there, and nobody who has badged."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.billing import tariffs
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import PointKind, Risk
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.api.api_seeds import granted
from tests.webui.conftest import NOW, SITE

SYSTEM = Actor.system("test")
PRINTER = "printer"


class Tap:
    """Has the printer's agent say in which state it is: `armed` by somebody's badge."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def __call__(self, state: str, who: str = "") -> str:
        """The use that went on ends; another one begins where the state says so. Whose it is."""
        member = self._member(who) if who else ""
        session = uuid7()
        told = granted(PRINTER, session)
        told.state = state
        with self._database.write() as db:
            open_ = select(SessionRow).where(SessionRow.ended_at.is_(None))
            for row in db.scalars(open_):
                row.ended_at = self._clock.now
            if state == "armed":
                ref = db.get_one(MemberRow, member).ref if member else None
                db.add(self._use(session, ref))
            db.merge(told)
        return member

    def _member(self, name: str) -> str:
        new = NewMember(display_name=name, site_id=SITE)
        with self._database.write() as db:
            return members.create(db, new, actor=SYSTEM, now=self._clock.now).id

    def _use(self, session: str, ref: str | None) -> SessionRow:
        zero = dict.fromkeys(("active_s", "idle_s", "powered_s", "gap_s"), 0.0)
        return SessionRow(
            id=session,
            site_id=SITE,
            agent_id="wood-pi",
            access_point_id=PRINTER,
            member_ref=ref,
            started_at=self._clock.now,
            **zero,
        )


@pytest.fixture
def tap(database: Database, clock: Clock) -> Tap:
    """Brings the printer, at which nobody has badged."""
    with database.write() as db:
        db.add(AgentRow(id="wood-pi", site_id=SITE, name={"en": "Woodshop"}, created_at=NOW))
        db.flush()
        there = {"online": True, "connection": 1, "protocols": [], "epoch": 1}
        db.add(AgentState(agent_id="wood-pi", policy_version=1, seen_at=NOW, **there))
        new = NewAccessPoint(
            id=PRINTER,
            kind=PointKind.MACHINE,
            name=Label(fr="Imprimante"),
            agent_id="wood-pi",
            risk=Risk.LOW,
            commissioned=True,
        )
        access_points.create(db, new, actor=SYSTEM, now=NOW)
    made = Tap(database, clock)
    made("off")
    return made


@pytest.fixture
def priced(database: Database, tap: Tap) -> None:
    """The tariff has a price for what this printer takes: 2.50 EUR for 100 g."""
    pla = ArticleRate(
        id="pla",
        name=Label(fr="PLA"),
        unit=Unit.GRAM,
        per=100,
        price_cents=250,
        access_point=PRINTER,
    )
    since = date(2026, 11, 1)
    new = NewTariff(
        valid_from=since, decision="2026-61", rates=(pla,), vat_permille=0, site_id=SITE
    )
    with database.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=NOW)


@pytest.fixture
def token(database: Database) -> Callable[..., str]:
    """A manager's token of these scopes."""

    def made(*scopes: Permission) -> str:
        with database.write() as db:
            wanted = select(AccountRow.id).where(AccountRow.login.like("manager%"))
            manager = db.scalars(wanted).one()
            return tokens.add(db, manager, "printer", scopes, NOW, SYSTEM)[1]

    return made
