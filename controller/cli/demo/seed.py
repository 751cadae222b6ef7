"""Fill the demo's database, through the same services as the pages and the API."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.agents import agents
from controller.capabilities.agents.pki import Authority, write_private
from controller.capabilities.agents.shapes import NewAgent
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Category, Guardian, NewMember
from controller.capabilities.places import schedules, zones
from controller.capabilities.places.shapes import NewSchedule, NewZone, Weekly
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.lengths import Length, add_length
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.cli.demo.people import PEOPLE, ZOE, Person, credential_of
from controller.cli.demo.place import (
    AGENTS,
    CERTIFICATIONS,
    PLANS,
    POINTS,
    SITE_ID,
    WEEKDAY_HOURS,
    ZONES,
)
from controller.cli.demo.public_data import publish
from controller.cli.demo.texts import translate
from controller.cli.numbers import vault_of
from controller.domain.facts import Language, Level, Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, Session, wall_clock
from controller.kernel.jsontypes import to_json
from controller.kernel.shapes import Label
from controller.settings import Settings
from controller.store.engine import open_database

# The demo's history is written feature by feature, but its audit log in chronological order.


class OrderedAuditDatabase(Database):
    """A database that collects audit entries until `recall` writes them, ordered by time.

    All functions that fill the demo share `pending`, the collected entries.
    """

    def __init__(self, engine: Engine, pending: list[Any], vault: Vault | None = None) -> None:
        super().__init__(engine, house=HOUSE, vault=vault)
        self.pending = pending

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a write transaction whose audit entries are added to `pending`."""
        with super().write() as db:
            yield db
            self.pending.extend(db.info.pop("audit", ()))

    def recall(self, until: Utc | None = None) -> None:
        """Write the pending entries up to the time `until`, ordered by time; None: all."""
        due = [entry for entry in self.pending if until is None or entry.at <= until]
        self.pending[:] = [
            entry for entry in self.pending if until is not None and entry.at > until
        ]
        with super().write() as db:
            db.info["audit"] = sorted(due, key=lambda entry: entry.at)


ROLES = (
    (Role.ADMIN, "Claire Vandamme"),
    (Role.MANAGER, None),
    (Role.TRAINER, "Karim Benali"),
    (Role.DESK, "Mathilde Fontaine"),
    (Role.OBSERVER, None),
    (Role.TREASURER, None),
    (Role.MEMBER, ZOE),
)
"""The accounts' roles, each with the member that it belongs to; None: no member."""
STAFF = {
    Role.MANAGER: "Noémie Saint-Omer",
    Role.TREASURER: "Philippe Lenglet",
    Role.OBSERVER: "Pierre-Yves Quesnoy",
}
"""Members for these roles' accounts, if the demo has a history."""
_SCHEDULE = "bureau"
_ZONE = ZoneInfo("Europe/Paris")
_FOUNDED, _LAST_CAME = timedelta(days=400), timedelta(days=45)
"""How long ago the place opened, and its last member joined; the history of events is shorter."""
_STRUCTURES = (Category.ASSOCIATION, Category.PUBLIC_SERVANT)
_LEFT_AT_LEAST = timedelta(days=8)
"""A subscription with less time left is extended by a year, so that none ends during the demo."""


class Account(msgspec.Struct, frozen=True):
    """An account that can sign in to the demo."""

    role: str
    email: str
    password: str


class Secrets(msgspec.Struct, frozen=True):
    """The demo's generated secrets and ids, new for each state folder."""

    admin_token: str
    accounts: list[Account]
    members: dict[str, str]
    """Ids of the members by name."""


@dataclass(frozen=True, slots=True)
class _Seeder:
    db: Any
    now: Utc
    vault: Vault
    fingerprint16: str
    actor: Actor

    def create(self, service: Any, new: Any) -> Any:
        """Create one object with this service, as the demo."""
        return service.create(self.db, new, actor=self.actor, now=self.now)


def seed(settings: Settings, file: Path, pending: list[Any] | None = None) -> Secrets:
    """Fill an empty database, and store its secrets in a file that only its owner can read.

    If the file exists, it is only read. `pending`: list in which audit entries wait; None: they are
    written at once.
    """
    if file.exists():
        return msgspec.json.decode(file.read_bytes(), type=Secrets)
    engine = open_database(settings.database.url)
    now = wall_clock()
    vault = vault_of(settings)
    fingerprint = Authority.load(Path(settings.site.keys)).fingerprint16
    if pending is None:
        database = Database(engine, house=HOUSE, vault=vault)
    else:
        database = OrderedAuditDatabase(engine, pending, vault)
    with database.write() as db:
        seeder = _Seeder(db, now, vault, fingerprint, Actor.system("demo"))
        _create_place(replace(seeder, now=Utc.of(now - _FOUNDED)))
        member_ids = _people(seeder)
        staff = {**dict(ROLES), **({} if pending is None else STAFF)}
        accounts = _accounts(replace(seeder, now=Utc.of(now - _LAST_CAME)), member_ids, staff)
        publish(db, settings, now)
    engine.dispose()
    write_private(file, json.dumps(msgspec.to_builtins(accounts)).encode())
    return accounts


def _label(name: Name) -> Label:
    return Label(fr=name.fr, en=name.en)


def _create_place(seeder: _Seeder) -> None:
    for id_, zone in ZONES.items():
        seeder.create(zones, NewZone(id=id_, name=_label(zone.name), capacity=zone.capacity))
    start, end = WEEKDAY_HOURS
    week = tuple(Weekly(weekday=day, start=start, end=end) for day in range(6))
    label = Label(fr="Du lundi au samedi", en="Monday to Saturday")
    seeder.create(schedules, NewSchedule(id=_SCHEDULE, name=label, weekly=week))
    for id_, plan in PLANS.items():
        new = NewPlan(
            id=id_,
            name=_label(plan.name),
            schedule_id=plan.schedule,
            zones=plan.zones,
            outside_opening=plan.outside_opening,
        )
        seeder.create(plans, new)
    for id_, settings in CERTIFICATIONS.items():
        certification = NewCertification(id=id_, name=_label(settings.name), kind=settings.kind)
        seeder.create(certifications, certification)
    for id_, name in AGENTS.items():
        agents.create(
            seeder.db,
            NewAgent(id=id_, name=_label(name)),
            fingerprint16=seeder.fingerprint16,
            actor=seeder.actor,
            now=seeder.now,
        )
    for wired in POINTS:
        _point(seeder, to_json(wired.point))


def _point(seeder: _Seeder, facts: dict[str, Any]) -> None:
    """Create an access point from its facts; three keys have other names in the shape."""
    renamed = {"agent": "agent_id", "zone": "zone_id", "from_zone": "from_zone_id"}
    data = {renamed.get(key, key): value for key, value in facts.items() if key != "needs"}
    data["name"] = {key: value for key, value in data["name"].items() if value}
    seeder.create(access_points, msgspec.convert(data, NewAccessPoint))


def _people(seeder: _Seeder) -> dict[str, str]:
    between = (_FOUNDED - _LAST_CAME) / len(PEOPLE)
    came = (Utc.of(seeder.now - _FOUNDED + between * number) for number in range(len(PEOPLE)))
    return {
        person.name: _person(
            replace(seeder, now=at), number, person, _subscription_end(person, at, seeder.now)
        )
        for number, (person, at) in enumerate(zip(PEOPLE, came, strict=True))
    }


def _subscription_end(person: Person, came: Utc, now: Utc) -> Utc | None:
    """Return the end of the subscription, whole years after joining.

    None for organisations and staff.
    """
    if person.category in _STRUCTURES:
        return None
    until = add_length(came, Length.YEAR, _ZONE)
    while until < now + _LEFT_AT_LEAST:
        until = add_length(until, Length.YEAR, _ZONE)
    return until


def _guardian(number: int) -> Guardian:
    """Return an emergency contact.

    Numbers with this prefix, like 06 39 98, are reserved for fiction (Arcep).
    """
    return Guardian(name="Camille Dupont", phone=f"+33 1 99 00 00 {number:02d}")


def _person(seeder: _Seeder, number: int, person: Person, until: Utc | None) -> str:
    zones_led = ("atelier",) if person.trainer_of else ()
    about = NewMember(
        display_name=person.name,
        phone=f"+33 6 39 98 00 {number:02d}" if number % 2 else None,
        language=Language(person.language),
        categories=(person.category,),
        supervises=zones_led,
        maintains=tuple(str(wired.point.id) for wired in POINTS) if person.maintains else (),
        guardian=_guardian(number) if person.category == Category.MINOR else None,
    )
    member: str = seeder.create(members, about).id
    credential = NewCredential(member_id=member, value=credential_of(number))
    credentials.create(
        seeder.db, credential, vault=seeder.vault, actor=seeder.actor, now=seeder.now
    )
    if person.plan:
        new = NewSubscription(
            member_id=member, plan_id=person.plan, valid_from=seeder.now, valid_until=until
        )
        seeder.create(subscriptions, new)
        _certify(seeder, member, "reglement", Level.USER)
    for certification in person.certifications:
        _certify(seeder, member, certification, Level.USER)
    for certification in person.trainer_of:
        _certify(seeder, member, certification, Level.TRAINER)
    return member


def _certify(seeder: _Seeder, member: str, certification: str, level: Level) -> None:
    grant = Grant(level=level, reason=translate("La Fabrique, démonstration"))
    member_certifications.grant(
        seeder.db, member, certification, grant, actor=seeder.actor, now=seeder.now
    )


def _accounts(
    seeder: _Seeder, member_ids: dict[str, str], staff: dict[Role, str | None]
) -> Secrets:
    created = []
    token = ""
    for role, person in staff.items():
        email, password = f"{role.value}@lafabrique.example", secrets.token_urlsafe(9)
        account = accounts.create(
            seeder.db,
            login=email,
            password=password,
            roles={SITE_ID: frozenset({role})},
            member_id=member_ids[person] if person else None,
            actor=seeder.actor,
            now=seeder.now,
        )
        created.append(Account(role.value, email, password))
        if role is Role.ADMIN:
            _, token = tokens.add(
                seeder.db,
                account,
                "demo",
                HOUSE.permissions,
                seeder.now,
                seeder.actor,
                per_minute=60_000,
            )
    return Secrets(token, created, member_ids)
