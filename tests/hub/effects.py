"""What tests of effects share with others."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.domain.facts import Level, Window
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.errors import NotFound
from controller.kernel.shapes import Label
from controller.policy.models import PolicyRow
from controller.wire.events import CertifiedAtMachine
from controller.wire.ids import uuid7
from controller.wire.values import decode_value
from tests.hub.conftest import Place
from tests.hub.fake_agent import START
from tests.hub.world import SITE, add_supervisor

ADMIN = Actor.system("test")


class People:
    """A trainer and two others with badges, as members and as the references that events carry."""

    def __init__(self, database: Database, asked: str = "laser") -> None:
        with database.write() as db:
            certifications.create(
                db, NewCertification(id="laser", name=Label(fr="Laser")), actor=ADMIN, now=START
            )
            self.ids = [
                members.create(
                    db,
                    NewMember(site_id=SITE, display_name=name, email=f"{name[0]}@example.org"),
                    actor=ADMIN,
                    now=START,
                ).id
                for name in ("Ada", "Blaise", "Chloé")
            ]
            self.badges = [give_badge(db, key, number) for number, key in enumerate(self.ids)]
            db.get_one(AccessPointRow, "machine-0").requirement = {"certifications": [[asked]]}
            first = Grant(level=Level.TRAINER, reason="founding")
            member_certifications.grant(db, self.ids[0], "laser", first, actor=ADMIN, now=START)
            self.refs = [db.get_one(MemberRow, key).ref for key in self.ids]


def give_badge(db: Session, member: str, number: int) -> str:
    new = NewCredential(member_id=member, value=f"uid:04AABBCC00DD{number:02X}")
    vault = Vault(bytes(32), bytes(32))
    return credentials.create(db, new, vault=vault, actor=ADMIN, now=START).id


def level_of(database: Database, member: str) -> Level | None:
    with database.read() as db:
        try:
            return member_certifications.get(db, member, "laser", actor=ADMIN).level
        except NotFound:
            return None


def certify(place: Place, at_s: float, trainer: str, trainee: str) -> None:
    place.agent.record(
        CertifiedAtMachine, at_s=at_s, certification="laser", trainer=trainer, trainee=trainee
    )
    place.send(place.agent.batch())


def windows_in_policy(database: Database) -> list[Window]:
    query = select(PolicyRow.value).where(PolicyRow.table == "window")
    with database.read() as db:
        found = [decode_value("window", value).value for value in db.scalars(query) if value]
    return [item for item in found if isinstance(item, Window)]


def in_the_wood_room(place: Place) -> dict[str, Any]:
    """All machines stand there; a window of whoever supervises it."""
    points = [point for agent in place.world.agents for point in agent.points]
    supervisor = add_supervisor(place.world.database, "wood", points)
    return {"window_id": uuid7(), "zone": "wood", "supervisor": supervisor}


def window_rows(place: Place) -> list[WindowRow]:
    with place.world.database.read() as db:
        return list(db.scalars(select(WindowRow)))


def alarm_reasons(place: Place, kind: str) -> list[str]:
    with place.world.database.read() as db:
        rows = db.scalars(select(Alarm).where(Alarm.kind == kind))
        return [row.detail["reason"] for row in rows]
