"""Who names the payer of a course, and what this payer pays for."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import prints
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.members.models import MemberRow
from controller.capabilities.print_jobs.changes import PrintSettled
from controller.capabilities.print_jobs.models import Outcome as PrintOutcome
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.training import course_sessions
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import ended, set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.payer_steps import club


def test_who_pays_for_a_course_is_named_by_who_decides_about_money(place: Place) -> None:
    with place.database.write() as db:
        payer = club(db, place)
        desk, boss = (place.account(db, role.value, role) for role in (Role.DESK, Role.MANAGER))
        start = Utc.of(place.now + timedelta(minutes=1))
        new = NewCourseSession(
            starts_at=start, ends_at=Utc.of(start + timedelta(hours=3)), site_id=place.site
        )
        key = course_sessions.create(db, new, actor=desk, now=place.now).id
        patch = {"organisation_id": payer}
        paid = replace(new, organisation_id=payer)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            course_sessions.create(db, paid, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            course_sessions.change(db, key, patch, version=None, actor=desk, now=place.now)
        course_sessions.change(db, key, patch, version=None, actor=boss, now=place.now)
        course_sessions.change(db, key, {"theme": "A"}, version=None, actor=desk, now=place.now)


def test_a_courses_payer_pays_no_print_of_whom_it_was_not_for(place: Place) -> None:
    """Whoever is absent pays for the material themselves, as for the machine."""
    fil = ArticleRate(
        id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
    )
    set_tariff(place, fil)
    with place.database.write() as db:
        payer, own = club(db, place), place.member(db, "zoe").id
        ref, start = db.get_one(MemberRow, own).ref, Utc.of(place.now - timedelta(hours=3))
        new = NewCourseSession(
            starts_at=start, ends_at=place.now, site_id=place.site, organisation_id=payer
        )
        course = course_sessions.create(db, new, actor=BOSS, now=place.now).id
        way: dict[str, Any] = {"course_session_id": course, "organisation_id": payer}
        chosen = way | {"booked_by": BOSS.ref}
        for fields in (way, chosen):
            used = ended(db, ref, 38, ago_days=1 / 12, **fields)
            prints.enter_material(db, printed(db, place, used, start))
        rows = db.scalars(select(ChargeRow).where(ChargeRow.thing == "fil"))
        paid_by = {row.organisation_id for row in rows}
        assert paid_by == {None, payer}


def printed(db: Session, place: Place, used: str, begun: Utc) -> PrintSettled:
    """A print of 900 g in a machine session, begun then."""
    session = db.get_one(SessionRow, used)
    job = PrintJob(
        id=uuid7(),
        site_id=place.site,
        access_point_id="laser-1",
        session_id=used,
        member_ref=session.member_ref,
        used_grams=900.0,
        outcome=PrintOutcome.COMPLETED,
        asked_at=begun,
        asked_by=BOSS.ref,
    )
    db.add(job)
    return PrintSettled(job=job, session=session, actor=BOSS, now=place.now)


def test_a_print_that_begins_after_the_course_is_its_users(place: Place) -> None:
    """However long the machine session goes on that began in the course."""
    fil = ArticleRate(
        id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
    )
    set_tariff(place, fil)
    with place.database.write() as db:
        payer, own = club(db, place), place.member(db, "zoe").id
        place.certify(db, own, "laser", Level.TRAINER)
        start = Utc.of(place.now - timedelta(hours=3))
        end = Utc.of(start + timedelta(hours=2))
        new = NewCourseSession(
            starts_at=start, ends_at=end, site_id=place.site, organisation_id=payer, trainer_id=own
        )
        course = course_sessions.create(db, new, actor=BOSS, now=place.now).id
        ref = db.get_one(MemberRow, own).ref
        way: dict[str, Any] = {"course_session_id": course, "organisation_id": payer}
        used = ended(db, ref, 170, ago_days=1 / 8, **way)
        for begun in (Utc.of(end - timedelta(minutes=1)), Utc.of(end + timedelta(minutes=1))):
            prints.enter_material(db, printed(db, place, used, begun))
        rows = db.scalars(select(ChargeRow).where(ChargeRow.thing == "fil"))
        found = {(row.amount_cents, row.member_id, row.organisation_id) for row in rows}
        assert found == {(0, own, payer), (4500, own, None)}
