"""The small place of the capabilities' tests."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.integrations.fabomatic import boards, protocol
from controller.integrations.fabomatic.answers import Answer, answer
from controller.integrations.fabomatic.journal import Journal
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.projections import decoded_events
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.conftest import clock as clock
from tests.capabilities.conftest import database as database
from tests.capabilities.conftest import live as live
from tests.capabilities.conftest import place as place

CARD, STRANGER = "06000004", "ffffffff"
"""`uid:04000006` as its boards write it."""


class Boards:
    """Board 7 at the laser, which Amina may use."""

    def __init__(self, place: Place) -> None:
        self.place, self.journal = place, Journal(place.site)
        with place.database.write() as db:
            self.amina = place.member(db).id
            place.certify(db, self.amina, "laser")
            place.certify(db, self.amina, "rules")
            self.badge(db)
            db.get_one(AccessPointRow, "laser-1").agent_id = None
            boards.link(db, place.site, 7, "laser-1", actor=BOSS, now=place.now)
            boards.commission(db, place.site, 7, actor=BOSS, now=place.now)

    def badge(self, db: Session) -> None:
        new = NewCredential(member_id=self.amina, value="uid:04000006")
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=self.place.now)

    def say(self, **said: object) -> Answer:
        """As board 7, ten seconds after the last."""
        now = self.place.clock.forward(seconds=10)
        with self.place.database.write() as db:
            it = protocol.decode(json.dumps(said).encode())
            return answer(
                db,
                self.place.site,
                7,
                it,
                credential_key=VAULT.credential_key,
                journal=self.journal,
                now=now,
            )

    def events(self) -> list[str]:
        """What was written, by type, in their order; nothing may have been put aside."""
        with self.place.database.read() as db:
            assert db.scalars(select(Quarantine)).all() == []
            rows = db.scalars(select(EventRow).order_by(EventRow.seq)).all()
            found = [event.event for row in rows for event in decoded_events(row)]
            return [str(item.__struct_config__.tag) for item in found]

    def uses(self) -> list[tuple[str | None, float, float, str | None]]:
        """Whose, for how long, unseen for how long, and how it ended."""
        with self.place.database.read() as db:
            ref = db.scalar(select(MemberRow.ref).where(MemberRow.id == self.amina))
            rows = db.scalars(select(SessionRow).order_by(SessionRow.started_at)).all()
            return [
                (
                    "amina" if row.member_ref == ref else row.member_ref,
                    row.powered_s,
                    row.gap_s,
                    row.cause,
                )
                for row in rows
            ]


@pytest.fixture
def at(place: Place) -> Boards:
    return Boards(place)
