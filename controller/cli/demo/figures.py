"""Figures for the funders of the demo's place: projects, volunteers, members' answers."""

from collections import defaultdict
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.members import works_for
from controller.capabilities.members.models import MemberRow, ProjectMember
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.places.models import SiteRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.presence.occupancy import QUARTER_MIN
from controller.capabilities.statistics import partners, traits, volunteer_time
from controller.capabilities.statistics.models import Genre, StatutSocial, TrancheAge
from controller.capabilities.statistics.shapes import NewPartner, NewVolunteerTime, Traits
from controller.cli.demo.people import MEN, PEOPLE
from controller.cli.demo.place import SITE_ID
from controller.cli.demo.texts import translate
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.journal import EventRow
from controller.kernel.projections import decoded_events
from controller.kernel.shapes import Label
from controller.wire.events import DoorOpened

_ZONE = ZoneInfo("Europe/Paris")
_DEMO = Actor.system("demo")
_SEED = 20260113
_BEGAN = timedelta(days=43)
"""How long ago the projects began: a day before the demo's history, which has 42 days."""
_PROJECTS = {
    "Atelier ouvert": ("Région Hauts-de-France", "Agglo Béthune-Bruay, Artois-Lys Romane"),
    "Repair’Bassin": ("Région Hauts-de-France",),
    "Numérique en mains": ("Région Hauts-de-France", "France Travail"),
    "Jeunes makers": ("Caf du Pas-de-Calais",),
}
_VOLUNTEER_TIME = (
    (0, 3, 540, "Repair Café du samedi"),
    (7, 4, 720, "Repair Café du samedi"),
    (16, 2, 240, "Réglage des imprimantes"),
    (28, 5, 900, "Journée de rangement"),
)
"""Volunteers: how many days before the last Saturday, people, minutes and what they did."""
_AT_WORK = (TrancheAge.VINGT_CINQ_TRENTE_NEUF, TrancheAge.QUARANTE_CINQUANTE_NEUF)
_OF_ADULTS = (
    tuple(TrancheAge)[2:],
    (StatutSocial.EN_EMPLOI, StatutSocial.SANS_EMPLOI, StatutSocial.NON_COMMUNIQUE),
)
_FITTING = {
    "minor": ((TrancheAge.DOUZE_DIX_HUIT,), (StatutSocial.SCOLARISE,)),
    "student": ((TrancheAge.DIX_HUIT_VINGT_QUATRE,), (StatutSocial.SCOLARISE,)),
    "entrepreneur": (_AT_WORK, (StatutSocial.EN_EMPLOI,)),
    "public_servant": (_AT_WORK, (StatutSocial.EN_EMPLOI,)),
}
"""Ages and statuses that fit a category; of the others, any that fit each other."""
_COMMUNES = ("Béthune", "Béthune", "Béthune", "Bruay-la-Buissière", "Nœux-les-Mines", "Lillers")


def add_funders(database: Database, now: Utc) -> None:
    """Add projects, their funders and members, as of a time before the demo's history."""
    opening, dice = Utc.of(now - _BEGAN), Random(_SEED)  # noqa: S311  the same each time
    with database.write() as db:
        db.get_one(SiteRow, SITE_ID).created_at = opening  # the site must be older than its history
        ids = {name: _project(db, name, opening) for name in _PROJECTS}
        for partner in sorted(
            {
                partner_name
                for project_partners in _PROJECTS.values()
                for partner_name in project_partners
            }
        ):
            project_ids = tuple(ids[name] for name, funds in _PROJECTS.items() if partner in funds)
            new = NewPartner(name=Label(fr=partner), project_ids=project_ids, site_id=SITE_ID)
            partners.create(db, new, actor=_DEMO, now=opening)
        for member, _name, _category in _members(db):
            if dice.random() < 0.6:
                project = ids[dice.choice(sorted(ids))]
                db.add(ProjectMember(project_id=project, member_id=member))
                works_for.store(db, member, OnBehalf(project_id=project), opening)


def _project(db: Session, name: str, opening: Utc) -> str:
    new = NewProject(name=Label(fr=name), starts_at=opening, site_id=SITE_ID)
    return projects.create(db, new, actor=_DEMO, now=opening).id


def _members(db: Session) -> list[tuple[str, str, str]]:
    """Return the ids of the members, each with the name and the category."""
    names = [person.name for person in PEOPLE]
    query = select(MemberRow.display_name, MemberRow.id).where(MemberRow.display_name.in_(names))
    by_name = {name: key for name, key in db.execute(query)}  # noqa: C416  rows are no pairs to mypy
    return [(by_name[who.name], who.name, who.category) for who in PEOPLE if who.name in by_name]


def add_figures(database: Database, now: Utc) -> None:
    """Add members' answers, volunteer time and room occupancy, once there is a history."""
    opening, dice = Utc.of(now - _BEGAN), Random(_SEED)  # noqa: S311  the same each time
    today = now.astimezone(_ZONE).date()
    saturday = today - timedelta(days=(today.weekday() - 5) % 7 or 7)
    with database.write() as db:
        for member, name, category in _members(db):
            if dice.random() < 0.7:
                new_traits = _random_traits(dice, name, category)
                traits.store_traits(db, member, new_traits, actor=_DEMO, now=opening)
        for ago, people, minutes, what in _VOLUNTEER_TIME:
            day = saturday - timedelta(days=ago)
            new = NewVolunteerTime(
                day=day, people=people, minutes=minutes, what=translate(what), site_id=SITE_ID
            )
            volunteer_time.record(db, new, actor=_DEMO, now=now)
        _fill_rooms(db)


def _random_traits(dice: Random, name: str, category: str) -> Traits:
    """Return answers that fit each other, the name and the category."""
    ages, statuses = _FITTING.get(category, _OF_ADULTS)
    age = dice.choice(ages)
    is_retired = age in (TrancheAge.SOIXANTE_SOIXANTE_NEUF, TrancheAge.SOIXANTE_DIX_PLUS)
    return Traits(
        genre=Genre.MASCULIN if name.split()[0] in MEN else Genre.FEMININ,
        tranche_age=age,
        statut_social=StatutSocial.RETRAITE if is_retired else dice.choice(statuses),
        commune=dice.choice(_COMMUNES),
        consent=True,
    )


def _fill_rooms(db: Session) -> None:
    """Compute the occupancy of rooms from the doors' events, as a hub would have done."""
    counts: dict[str, int] = defaultdict(int)
    peaks: dict[tuple[str, Utc], int] = {}
    last: Utc | None = None
    for at, event in _moves(db):
        while last is not None and last < _quarter_start(at):
            last = Utc.of(last + timedelta(minutes=QUARTER_MIN))
            if last.astimezone(_ZONE).hour < 7:
                counts.clear()  # nobody stays overnight
            peaks |= {(zone, last): heads for zone, heads in counts.items() if heads > 0}
        last = _quarter_start(at)
        if event.zone is not None:
            counts[event.zone] += 1
            key = (event.zone, last)
            peaks[key] = max(peaks.get(key, 0), counts[event.zone])
        if event.from_zone is not None:
            counts[event.from_zone] = max(0, counts[event.from_zone] - 1)
    for (zone, quarter), peak in peaks.items():
        row = db.get(Occupancy, (zone, quarter))
        if row is None:
            row = Occupancy(zone_id=zone, quarter=quarter, site_id=SITE_ID, peak=0, entries=0)
            db.add(row)
        row.peak = max(row.peak, peak)
    db.flush()


def _moves(db: Session) -> list[tuple[Utc, DoorOpened]]:
    rows = db.scalars(select(EventRow).where(EventRow.type == "door_opened"))
    moves = [
        (event.best_time, event.event)
        for row in rows
        for event in decoded_events(row)
        if isinstance(event.event, DoorOpened)
    ]
    return sorted(moves, key=lambda row: row[0])


def _quarter_start(at: Utc) -> Utc:
    start = at.minute - at.minute % QUARTER_MIN
    return Utc.of(at.replace(minute=start, second=0, microsecond=0))
