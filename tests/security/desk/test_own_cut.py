"""What the place cuts is not charged; who cuts the power of their own machine pays for its use."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines import device_commands
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.models import AuditEntry
from controller.kernel.outbox import tell
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import ended, follow, owed, set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.machines.commands import online


def in_use(db: Session, place: Place, ref: str, organisation: str | None) -> str:
    """Somebody uses the laser, whose agent hears commands."""
    online(db)
    open_still = {"ended_at": None, "cause": None, "organisation_id": organisation}
    return ended(db, ref, 20, ago_days=0, **open_still)


def cut(place: Place, key: str) -> None:
    """The agent tells that staff cut it, after 20 minutes."""
    with place.database.write() as db:
        row = db.get_one(SessionRow, key)
        row.ended_at, row.cause = Utc.of(place.now + timedelta(minutes=20)), "cut_by_staff"
        tell(db, SessionNews(site=place.site, key=key))
    follow(place)


@pytest.mark.parametrize(
    ("whose", "costs"), [("own", 200), ("own organisation's", 200), ("somebody's", 0)]
)
def test_who_cuts_their_own_use_pays_for_it(place: Place, whose: str, costs: int) -> None:
    set_tariff(place)
    with place.database.write() as db:
        own, other = place.member(db, "Karim").id, place.member(db, "Zoé").id
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
        club = organisations.create(db, new, actor=BOSS, now=place.now).id
        patch = {"organisations": [club]}
        members.change(db, own, patch, version=None, actor=BOSS, now=place.now)
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        user = db.get_one(MemberRow, own if whose == "own" else other).ref
        key = in_use(db, place, user, club if whose == "own organisation's" else None)
        device_commands.cut_power(db, "laser-1", actor=karim, now=place.now)
    cut(place, key)
    assert owed(place.database, source_id=key) == costs
    with place.database.read() as db:
        asked = select(AuditEntry.actor).where(
            AuditEntry.action == "cut_power_asked", AuditEntry.subject == "access_point:laser-1"
        )
        assert db.scalars(asked).all() == [karim.ref]
