"""A place that a person has lived in: her name and her badges stand wherever they can."""

import json
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings import bookings
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.capabilities.presence import presence
from controller.capabilities.presence.models import EvacuationKind, EvacuationRow
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.safety_register import entries
from controller.capabilities.safety_register.models import AdditionKind, SafetyKind
from controller.capabilities.safety_register.shapes import Annulment, NewAddition, NewSafetyEntry
from controller.capabilities.training import certifications, course_sessions, member_certifications
from controller.capabilities.training.models import CourseSessionRow
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.capabilities.user_reports.models import (
    HandoverNote,
    ToldKind,
    ToldState,
    UserReport,
)
from controller.domain.facts import Level, PointKind
from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.ingest import Ingest
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label
from controller.live import Live
from controller.policy import refresh_due
from controller.settings import Settings, SiteSettings
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    CertifiedAtMachine,
    CredentialRead,
    DoorClosed,
    DoorOpened,
    FaultRaised,
    FaultReset,
    Rex,
    SessionState,
    WindowClosed,
    WindowOpened,
)
from controller.wire.ids import uuid7
from controller.wire.messages import State
from controller.wire.signatures import Signer
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.memory_link import MemoryLink
from tests.hub.world import SITE, World, machine
from tests.support.applications import an_application
from tests.support.clock import Clock
from webui.context import WebContext

NAME = "Zoé Duchemin-Lafarge"
EMAIL = "zoe.duchemin@courriel.example"
GUARDIAN = ("Ginette Quatrebarbes", "+33 6 12 34 56 78", "ginette@courriel.example")
BADGE = "04A1B2C3D4E5F6"
SYSTEM = Actor.system("test")
DAY = 86_400.0


@dataclass
class Lived:
    """The place, its application, and the person."""

    world: World
    database: Database
    clock: Clock
    client: FlaskClient
    ingest: Ingest
    admin: str
    """Token of an admin."""
    ids: dict[str, str] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Ask the API as the admin, unless a header says another token; the answer must be good."""
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Ask the API; whatever it answers. `token=`: another than the admin's."""
        token = headers.pop("token", self.admin)
        sent = {"Authorization": f"Bearer {token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def doubtful(self, who: str) -> list[str]:
        """Ids of the places where a name of theirs does not go by itself."""
        with self.database.read() as db:
            found = erase.preview(db, self.ids[who], actor=SYSTEM, now=self.clock.now)
        return [place.id for place in found.doubtful]

    def later(self, **time: float) -> Utc:
        """Let time pass, with the round that a hub makes each minute."""
        since = self.clock.now
        now = self.clock.forward(**time)
        with self.database.write() as db:
            bookings.close_ended(db, now)
            course_sessions.close_enrolment_of_begun(db, now)
            presence.sign_out_due(db, now)
            refresh_due(db, since, now)
        return now

    def account(self, login: str, *roles: Role, member_id: str | None = None) -> str:
        """Somebody with an account; their token."""
        with self.database.write() as db:
            key = accounts.create(
                db,
                login=login,
                password=None,
                member_id=member_id,
                roles={SITE: frozenset(roles)},
                actor=SYSTEM,
                now=self.clock.now,
            )
            return tokens.add(db, key, f"phone of {login}", [], self.clock.now, SYSTEM)[1]

    def token(self, login: str) -> str:
        """Another token of an account that is there."""
        with self.database.write() as db:
            key = accounts.id_of(db, login)
            return tokens.add(db, key, "tablet", [], self.clock.now, SYSTEM)[1]


def around(engine: Engine, agents: Sequence[FakeAgent], admin: str, now: Utc) -> Lived:
    """The application and the ingest of a database that is there."""
    clock = Clock(now)
    database = Database(engine, clock=clock, house=HOUSE)
    link = MemoryLink(Signer.generate())
    ingest = Ingest(database, Admission(Directory(database), Counters()), link, Counters(), clock)
    app = an_application(
        WebContext(
            settings=Settings(site=SiteSettings(id=SITE)),
            database=database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={SITE: b"k" * 32},
            own_key=b"w" * 32,
            clock=clock,
        )
    )
    return Lived(World(database, agents), database, clock, app.test_client(), ingest, admin)


def found_place(engine: Engine) -> Lived:
    """A site with an agent, a machine and a door, and an admin; nobody else."""
    place = around(engine, World.make(engine, 1, START).agents, "", START)
    place.admin = place.account("chief@example.org", Role.ADMIN)
    with place.database.write() as db:
        _rules(db)
    return place


def again(engine: Engine, other: Lived) -> Lived:
    """The same place in a copy of its database."""
    agents = [copy(agent) for agent in other.world.agents]
    for agent in agents:
        agent.journal = list(agent.journal)
    place = around(engine, agents, other.admin, other.clock.now)
    place.ids, place.refs = dict(other.ids), dict(other.refs)
    return place


def _rules(db: Session) -> None:
    made: dict[str, Any] = {"actor": SYSTEM, "now": START}
    zones.create(db, NewZone(id="wood", name=Label(fr="Bois"), site_id=SITE), **made)
    plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier"), site_id=SITE), **made)
    certifications.create(
        db, NewCertification(id="laser", name=Label(fr="Laser"), site_id=SITE), **made
    )
    door = machine("door-0", SITE, "pi-0")
    door.kind, door.zone_id = PointKind.DOOR, "wood"
    db.add(door)
    db.flush()


def live(place: Lived) -> None:
    """Months in the life of two people, of whom one is Zoé."""
    for who, name in (("zoe", NAME), ("ali", "Ali Benali")):
        _join(place, who, name)
    _write_about_her(place)
    _take_a_course(place)
    _let_agents_tell(place)


def _join(place: Lived, who: str, name: str) -> None:
    new = {"display_name": name, "site_id": SITE, "email": EMAIL if who == "zoe" else None}
    made = place.call("POST", "/members", new, Idempotency_Key=f"new member {name}")
    key = place.ids[who] = made["id"]
    value = f"uid:{BADGE}" if who == "zoe" else "uid:04BBBBBBBBBBBB"
    place.call("POST", "/credentials", {"member_id": key, "value": value})
    until = (START + timedelta(days=30)).strftime("%Y-%m-%dT00:00:00.000Z")
    period = {"valid_from": "2026-02-01T00:00:00.000Z", "valid_until": until}
    place.call("POST", "/subscriptions", {"member_id": key, "plan_id": "atelier"} | period)
    passes = {"plan_id": "atelier", "kind": "day", "units": 5} | period
    place.call("POST", "/passes", {"member_id": key} | passes)
    tomorrow = START + timedelta(days=1)
    place.call(
        "POST",
        "/bookings",
        {
            "member_id": key,
            "access_point": "machine-0" if who == "zoe" else "saw-0",
            "starts_at": tomorrow.strftime("%Y-%m-%dT10:00:00.000Z"),
            "ends_at": tomorrow.strftime("%Y-%m-%dT11:00:00.000Z"),
        },
    )
    with place.database.write() as db:
        row = db.get_one(MemberRow, key)
        place.refs[who] = row.ref
        place.refs[f"{who} badge"] = db.scalars(
            select(CredentialRow.holder_key).where(CredentialRow.member_id == key)
        ).one()
        if who == "zoe":
            row.guardian_name, row.guardian_phone, row.guardian_email = GUARDIAN


def _write_about_her(place: Lived) -> None:
    """Her name in whatever text can be typed, and in what programs note of her badge."""
    now, zoe = place.clock.now, place.ids["zoe"]
    place.account(EMAIL, Role.MEMBER, member_id=zoe)
    with place.database.write() as db:
        for who in ("zoe", "ali"):
            name = NAME if who == "zoe" else "somebody"  # why others hold it is not about her
            reason = f"{name.upper()} has shown it, says {name}"
            member_certifications.grant(
                db,
                place.ids[who],
                "laser",
                Grant(level=Level.USER, reason=reason),
                actor=SYSTEM,
                now=now,
            )
            member_certifications.suspend(
                db, place.ids[who], "laser", reason, actor=SYSTEM, now=now
            )
            member_certifications.restore(
                db, place.ids[who], "laser", f"{name} is back", actor=SYSTEM, now=now
            )
        saw = db.get_one(AccessPointRow, "saw-0")
        saw.service_reason, saw.out_of_service_at = f"{NAME} has broken the blade", now
        db.add(
            HandoverNote(
                id=uuid7(),
                site_id=SITE,
                text=f"Call {EMAIL}, it is about {NAME}",
                created_by="account:x",
                created_at=now,
                until=None,
                done_by=None,
                done_at=None,
            )
        )
        db.add(
            UserReport(
                id=uuid7(),
                site_id=SITE,
                kind=ToldKind.FAULT,
                access_point_id="saw-0",
                zone_id=None,
                text=f"It smells. {NAME}, {GUARDIAN[1]}",
                dangerous=False,
                state=ToldState.NEW,
                member_id=zoe,
                created_at=now,
                taken_by=None,
                taken_at=None,
                done_by=None,
                done_at=None,
                remark=f"asked {NAME}",
                label=f"smell, {NAME}",
                stop_at_idle=False,
            )
        )
        db.add(
            Alarm(
                id=uuid7(),
                key="told:1",
                site_id=SITE,
                agent_id="pi-0",
                access_point_id=None,
                kind="certification_refused",
                detail={"reason": f"no member {place.refs['zoe']}"},
                raised_at=now,
                cleared_at=None,
                taken_by=None,
                taken_at=None,
                resolved_by=None,
                resolved_at=now,
                remark=f"it was {NAME}",
            )
        )
        db.add(
            CommandRow(
                id=uuid7(),
                site_id=SITE,
                agent_id="pi-0",
                boot_id=uuid7(),
                access_point_id="saw-0",
                type="read_credential",
                args={},
                created_by="account:x",
                created_at=now,
                expires_at=now,
                sent_at=now,
                result="done",
                reason=None,
                replied_at=now,
                data={"credential": f"uid:{BADGE}", "holder_key": place.refs["zoe badge"]},
            )
        )
        db.add(
            EvacuationRow(
                id=uuid7(),
                site_id=SITE,
                kind=EvacuationKind.DRILL,
                started_at=now,
                started_by="account:x",
                ended_at=now,
                heads=12,
                seen=12,
                remarks=f"{NAME} was slow",
                everyone_back=True,
            )
        )
        visitor = NewPresence(zone_id="wood", name=NAME)
        here = presence.check_in(db, visitor, actor=SYSTEM, now=now)
        presence.check_out(db, here.id, actor=SYSTEM, now=now)
    _write_into_the_register(place)
    with place.database.write() as db:
        # An entry with words about her, as an agent's revocation has.
        audit.record(db, SYSTEM, now, "note", "agent:pi-0", SITE, reason=f"{NAME} dropped it")


def _write_into_the_register(place: Lived) -> None:
    """Her name in every text of it; the register itself is about nobody who is known."""
    now = place.clock.now
    with place.database.write() as db:
        told = {name: f"{name}: {NAME}" for name in ("place", "hurt", "injury", "done", "measures")}
        new = NewSafetyEntry(
            kind=SafetyKind.NEAR_MISS, happened_at=now, account=f"{NAME} slipped", **told
        )
        entry = entries.create(db, new, actor=SYSTEM, now=now).id
        more = NewAddition(kind=AdditionKind.CARE, text=f"{NAME} has slept")
        entries.add_to_entry(db, entry, more, actor=SYSTEM, now=now)
        why = Annulment(reason=f"{NAME} says it was somebody else")
        entries.annul(db, entry, why, actor=SYSTEM, now=now)


def _take_a_course(place: Lived) -> None:
    course = place.call(
        "POST", "/courses", {"id": "laser-1", "name": {"fr": "Laser"}, "grants": ["laser"]}
    )
    day = (START + timedelta(days=2)).strftime("%Y-%m-%d")
    new = {
        "course_id": course["id"],
        "starts_at": f"{day}T09:00:00.000Z",
        "ends_at": f"{day}T12:00:00.000Z",
        "places": 8,
        "theme": f"With {NAME}",
    }
    session = place.ids["course session"] = place.call("POST", "/course-sessions", new)["id"]
    for who in ("zoe", "ali"):
        body = {"member_id": place.ids[who]}
        place.call("POST", f"/course-sessions/{session}/enrolments", body)
    place.clock.forward(days=3)
    for who in ("zoe", "ali"):
        path = f"/course-sessions/{session}/outcomes/{place.ids[who]}"
        place.call("PUT", path, {"outcome": "passed"})
    with place.database.write() as db:
        course_sessions.close_enrolment_of_begun(db, place.clock.now)
        db.get_one(CourseSessionRow, session).trainer_id = place.ids["zoe"]


def _let_agents_tell(place: Lived) -> None:
    """What both did at the door and at the machines, and what is about nobody."""
    agent = place.world.agents[0]
    for day, who in enumerate(("zoe", "ali", "zoe", "ali")):
        _a_day(agent.record, agent.record_session, place, who, 3 * DAY + day * DAY)
    agent.record(
        CertifiedAtMachine,
        at_s=8 * DAY,
        certification="laser",
        trainer=place.refs["zoe"],
        trainee=place.refs["ali"],
    )
    agent.record_raw(json.dumps({"seq": "?", "who": NAME, "ref": place.refs["zoe"]}).encode())
    place.clock.now = Utc.of(START + timedelta(days=9))
    journal = agent.journal
    for start in range(0, len(journal), 10):
        place.ingest.handle([agent.batch(journal[start : start + 10])])


def _a_day(
    record: Callable[..., bytes], session: Callable[..., str], place: Lived, who: str, at: float
) -> None:
    ref, key = place.refs[who], place.refs[f"{who} badge"]
    record(AccessGranted, at_s=at, access_point="door-0", member=ref, credential=key)
    record(DoorOpened, at_s=at + 2, access_point="door-0", member=ref, zone="wood")
    record(DoorClosed, at_s=at + 5, access_point="door-0")
    record(AccessDenied, at_s=at + 9, credential=key, member=ref, reason="booked_by_other")
    session(at + 100, length_s=1234.5, member=ref)
    record(SessionState, at_s=at + 1400, session_id=uuid7(), state=State.ARMED)
    record(FaultRaised, at_s=at + 1500, fault="estop")
    record(FaultReset, at_s=at + 1510, fault="estop", member=ref)
    window: dict[str, Any] = {"window_id": uuid7(), "zone": "wood", "supervisor": ref}
    until = Utc.of(START + timedelta(seconds=at + 7200))
    record(WindowOpened, at_s=at + 1600, until=until, **window)
    record(WindowClosed, at_s=at + 1700, cause="tap", **window)
    record(CredentialRead, at_s=at + 1800, credential=key)
    record(Rex, at_s=at + 1900, access_point="door-0")
    record(DoorOpened, at_s=at + 1901, access_point="door-0", member=ref, from_zone="wood")
