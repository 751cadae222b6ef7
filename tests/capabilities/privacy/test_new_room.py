"""A room that nobody knew brings its table and what it keeps: nothing else is told of it."""

from datetime import timedelta

import pytest
from sqlalchemy import ColumnElement, MetaData, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from controller.assembly import HOUSE
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy import person_export
from controller.capabilities.privacy.erasure.due import due_members
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.privacy.retention.run import retain
from controller.domain.time import Utc
from controller.kernel.capability import Capability, House
from controller.kernel.database import Database
from controller.kernel.errors import Conflict
from controller.kernel.models import AuditEntry
from controller.kernel.privacy import Erased, Keep, Kept, Person, Purpose, Retention, removes
from controller.policy import POLICY
from controller.settings import RetentionSettings
from controller.store.base import Base
from tests.capabilities.privacy.lived import NAME, SYSTEM, Lived
from tests.hub.world import SITE

WHY = Erasure(reason="asked for by letter")


class Apart(Base):
    """Known to no other test's schema."""

    __abstract__ = True
    metadata = MetaData()


class LoanRow(Apart):
    """A tool that somebody has borrowed."""

    __tablename__ = "loan"

    id: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[str]
    member_id: Mapped[str]
    remark: Mapped[str]
    back_at: Mapped[Utc | None]


def _lent(_since: Utc) -> ColumnElement[bool]:
    return exists().where(LoanRow.member_id == MemberRow.id, LoanRow.back_at.is_(None))


def _has(db: Session, person: Person, _now: Utc) -> str | None:
    out = select(LoanRow.id).where(LoanRow.member_id == person.id, LoanRow.back_at.is_(None))
    return "this person has a tool" if db.scalar(out) else None


LENDING = Capability(
    name="lending",
    keeps=(
        Keep(
            LoanRow,
            Purpose.RIGHTS,
            Kept.ACCESS,
            Erased.DELETE,
            plain="id site_id",
            member="member_id",
            text="remark",
            about="back_at",
            current=_lent,
            hinders=_has,
            retention=Retention("loans", removes(LoanRow.back_at)),
        ),
    ),
)


@pytest.fixture
def place(lived: Lived) -> Lived:
    """The lived place with one room more, in which both have borrowed something."""
    engine = lived.database.engine
    Apart.metadata.create_all(engine)
    house = House((*HOUSE.rooms, LENDING), POLICY)
    lived.database = Database(engine, clock=lived.clock, house=house)
    with lived.database.write() as db:
        for who in ("zoe", "ali"):
            key, remark = lived.ids[who], f"{NAME} has it"
            db.add(LoanRow(id=who, site_id=SITE, member_id=key, remark=remark, back_at=None))
    return lived


def _give_back(place: Lived) -> None:
    with place.database.write() as db:
        for row in db.scalars(select(LoanRow)):
            row.back_at = place.clock.now


def test_it_is_erased_with_the_person_and_named_by_nobody(place: Lived) -> None:
    zoe = place.ids["zoe"]
    with place.database.write() as db, pytest.raises(Conflict, match="has a tool"):
        erase(db, zoe, WHY, actor=SYSTEM, now=place.clock.now)
    _give_back(place)
    with place.database.write() as db:
        assert erase(db, zoe, WHY, actor=SYSTEM, now=place.clock.now).removed["loan"] == 1
    with place.database.read() as db:
        assert [(row.id, row.remark) for row in db.scalars(select(LoanRow))] == [
            ("ali", "[…] has it")
        ]


def test_it_is_exported(place: Lived) -> None:
    with place.database.read() as db:
        found = person_export.export(
            db, place.ids["ali"], vault=Vault(bytes(32)), actor=SYSTEM, now=place.clock.now
        )
    assert [row["id"] for row in found.tables["loan"]] == ["ali"]


def test_it_goes_in_time_with_a_line_in_the_audit(place: Lived) -> None:
    _give_back(place)
    now = Utc.of(place.clock.now + timedelta(days=91))
    assert retain(place.database, RetentionSettings(), now=now)["loans"] == 2
    with place.database.read() as db:
        lines = select(AuditEntry.detail).where(AuditEntry.action == "retention_applied")
        assert '{"rows":2,"what":"loans"}' in set(db.scalars(lines))


def test_who_has_a_tool_is_no_former_member(place: Lived) -> None:
    later = place.later(days=770)
    retain(place.database, RetentionSettings(access_days=1), now=later)
    with place.database.read() as db:
        assert place.ids["zoe"] not in due_members(db, SITE, later)
    _give_back(place)
    with place.database.read() as db:
        assert place.ids["zoe"] in due_members(db, SITE, later)
