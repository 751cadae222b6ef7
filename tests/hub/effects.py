"""What tests of effects share with others."""

from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.domain.facts import Level
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.errors import NotFound
from controller.kernel.shapes import Label
from tests.hub.fake_agent import START
from tests.hub.world import SITE

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
