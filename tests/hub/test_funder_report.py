"""The funder report follows from what agents and people told, in any order, and can be retold."""

from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import delete, select, update

from controller.assembly import HOUSE
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member, NewMember
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.statistics import funder, partners, rebuild, traits, volunteer_time
from controller.capabilities.statistics.models import Genre, TrancheAge, Visitor
from controller.capabilities.statistics.shapes import (
    Figure,
    FunderMonth,
    NewPartner,
    NewVolunteerTime,
    Traits,
)
from controller.capabilities.usage import sessions
from controller.capabilities.usage.models import UsageDay
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.privacy import RetentionScope
from controller.kernel.shapes import Label
from controller.wire.events import DoorOpened
from tests.hub.conftest import Place
from tests.hub.fake_agent import START
from tests.hub.world import SITE

ADMIN = Actor.system("test")
APRIL = Utc.parse("2026-04-20T10:00:00.000Z")


@pytest.fixture(autouse=True)
def weeks_later(place: Place) -> None:
    """The hub hears of it all afterwards."""
    place.now = Utc.of(START + timedelta(weeks=12))


def at(text: str) -> float:
    """Seconds from START to a time."""
    return (Utc.parse(text) - START).total_seconds()


def join(place: Place, name: str, *categories: str) -> Member:
    with place.world.database.write() as db:
        new = NewMember(display_name=name, site_id=SITE, categories=categories)
        return members.create(db, new, actor=ADMIN, now=START)


def read(place: Place, first: str = "2026-03", last: str | None = None) -> list[FunderMonth]:
    with place.world.database.read() as db:
        return funder.report(db, SITE, first=first, last=last, actor=ADMIN, now=APRIL)


def parts(month: FunderMonth, figure: Figure) -> dict[str | None, float]:
    return {count.part: count.value for count in month.figures if count.figure is figure}


def ref_of(place: Place, person: Member) -> str:
    with place.world.database.read() as db:
        return members.member_row(db, person.id, ADMIN).ref


def test_in_any_order_through_summer_time_and_made_again(place: Place) -> None:
    amina, zoe = join(place, "Amina", "inhabitant"), join(place, "Zoé", "minor", "student")
    refs = [ref_of(place, member) for member in (amina, zoe)]
    agent = place.agent
    for text, who in (
        ("2026-03-02T09:00:00.000Z", 0),
        ("2026-03-28T23:30:00.000Z", 1),
        ("2026-03-31T21:59:00.000Z", 0),  # the last minute of March in summer time
        ("2026-03-31T22:00:00.000Z", 1),  # April
    ):
        agent.record_session(at(text), 3600.0, member=refs[who])
    gone = {"cause": "grant", "zone": None, "from_zone": "hall"}
    agent.record(DoorOpened, at_s=at("2026-04-02T08:00:00.000Z"), member=refs[0], **gone)
    messages = [agent.batch([part]) for part in agent.journal] * 2
    Random(7).shuffle(messages)
    place.send(*messages[:6])
    place.send(*messages[6:])
    march, april = read(place, "2026-03", "2026-04")
    assert (march.visitors, april.visitors) == (2, 1)  # who goes out has not come
    assert parts(march, Figure.PUBLIC_VISITORS) == {"inhabitant": 1, "minor": 1}
    assert parts(march, Figure.PUBLIC_TIME) == {"inhabitant": 3600.0, "minor": 1800.0}
    assert (march.active_s, april.active_s, march.uses) == (5400.0, 1800.0, 3)
    with place.world.database.write() as db:
        db.execute(update(UsageDay).values(active_ms=1))
        db.execute(delete(Visitor))
        found = rebuild.rebuild(db, SITE, "2026-03", "2026-04", actor=ADMIN, now=APRIL)
        again = rebuild.rebuild(db, SITE, "2026-03", "2026-04", actor=ADMIN, now=APRIL)
    assert "2026-03 visitors -: 0 was 2" in found.different
    assert again.different == []
    assert read(place, "2026-03", "2026-04") == [march, april]


def test_an_empty_place_and_one_that_began_in_the_middle(place: Place) -> None:
    empty, month = read(place, "2026-02", "2026-03")
    for funder_month in (empty, month):
        assert (
            funder_month.visitors,
            funder_month.active_s,
            funder_month.revenue_cents,
            funder_month.figures,
        ) == (0, 0, 0, [])
    assert (month.since, month.until) == (date(2026, 3, 2), date(2026, 3, 31))
    with place.world.database.read() as db, pytest.raises(Invalid):
        funder.report(db, SITE, first="2026-03", last="2026-02", actor=ADMIN, now=APRIL)


def test_partners_volunteers_and_every_figure_is_the_sum_of_its_trace(place: Place) -> None:
    amina = join(place, "Amina", "inhabitant")
    session = place.agent.record_session(60.0, 7200.0, member=ref_of(place, amina))
    place.agent.record_session(9000.0, 3600.0, member=ref_of(place, amina))
    place.send(place.agent.batch())
    with place.world.database.write() as db:
        club = organisations.create(
            db, NewOrganisation(name=Label(fr="Club"), site_id=SITE), actor=ADMIN, now=START
        )
        open_lab = NewProject(name=Label(fr="Atelier ouvert"), site_id=SITE, starts_at=START)
        project = projects.create(db, open_lab, actor=ADMIN, now=START)
        for name in ("Région", "Caf"):
            new = NewPartner(name=Label(fr=name), project_ids=(project.id,), site_id=SITE)
            partners.create(db, new, actor=ADMIN, now=START)
        to = {"organisation_id": club.id, "project_id": project.id}
        sessions.change(db, session, to, version=None, actor=ADMIN, now=START)
        given = NewVolunteerTime(
            day=date(2026, 3, 4), people=3, minutes=180, what="Repair Café", site_id=SITE
        )
        volunteer_time.record(db, given, actor=ADMIN, now=APRIL)
        wrong = volunteer_time.record(db, given, actor=ADMIN, now=APRIL)
        volunteer_time.take_back(db, wrong.id, actor=ADMIN, now=APRIL)
    (month,) = read(place)
    named = {
        figure.name.fr: figure.value
        for figure in month.figures
        if figure.figure is Figure.PARTNER_TIME and figure.name
    }
    assert named == {"Région": 3600.0, "Caf": 3600.0}  # each in whole: it is one use
    assert parts(month, Figure.PARTNER_TIME)[None] == 1800.0
    assert month.volunteer_min == 180
    with place.world.database.read() as db:
        for figure in {figure.figure for figure in month.figures}:
            lines = funder.trace(db, SITE, "2026-03", figure, actor=ADMIN, now=APRIL)
            told = sum(count.value for count in month.figures if count.figure is figure)
            assert funder.value_of(figure, sum(line.amount for line in lines)) == told, figure
    assert all(f"/s/{SITE}/reports/counted/" in figure.source for figure in month.figures)


def test_withdrawn_erased_and_forgotten_the_totals_stay(place: Place) -> None:
    people = [join(place, name, "inhabitant") for name in ("Amina", "Zoé", "Karim")]
    told = Traits(genre=Genre.FEMININ, tranche_age=TrancheAge.DIX_HUIT_VINGT_QUATRE, consent=True)
    with place.world.database.write() as db:
        for person in people:
            traits.store_traits(db, person.id, told, actor=ADMIN, now=START)
        with pytest.raises(Invalid):
            traits.store_traits(db, people[0].id, Traits(commune="Béthune"), actor=ADMIN, now=START)
    for person in people:
        place.agent.record_session(60.0, 60.0, member=ref_of(place, person))
    place.send(place.agent.batch())
    (before,) = read(place)
    assert parts(before, Figure.GENRE) == {"feminin": 3}
    with place.world.database.write() as db:
        traits.withdraw(db, people[0].id, actor=ADMIN)
        assert traits.member_traits(db, people[0].id, actor=ADMIN) is None
        stranger = Actor(ref="account:x", member_id=people[2].id)
        with pytest.raises(NotFound):
            traits.member_traits(db, people[1].id, actor=stranger)
    assert read(place) == [before]
    with place.world.database.write() as db:
        asked = Erasure(reason="asked")
        erase(db, people[1].id, asked, actor=ADMIN, now=APRIL)
    assert read(place) == [before]
    forget = next(rule.retention for rule in HOUSE.personal_data if rule.model is Visitor)
    assert forget is not None
    with place.world.database.write() as db:
        assert forget.do(db, RetentionScope(site_id=SITE, before=APRIL, now=APRIL)) == 2
        assert db.scalars(select(Visitor)).all() == []
    assert read(place) == [before]
    place.agent.record_session(120.0, 60.0, member=ref_of(place, people[0]))
    place.send(place.agent.batch())  # told late, of a month that is counted
    assert parts(read(place)[0], Figure.VISITORS) == parts(before, Figure.VISITORS)
