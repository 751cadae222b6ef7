"""Two furnished sites: one of each thing that the API knows, with marks that tell whose it is."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.agents.pki import Authority
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings.models import WishRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.privacy.models import MemberDue
from controller.capabilities.statistics import partners, traits, volunteer_time
from controller.capabilities.statistics.models import Genre
from controller.capabilities.statistics.shapes import NewPartner, NewVolunteerTime, Traits
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Language, PointKind
from controller.domain.time import Utc
from controller.integrations.chat import targets
from controller.integrations.chat.models import ChatTarget
from controller.integrations.fabomatic import boards
from controller.integrations.fabomatic.models import FabomaticBoardRow
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.live import Live
from controller.settings import MailSettings, MqttSettings, Settings, SiteSettings, WebSettings
from controller.store.base import Base
from controller.wire.ids import uuid7
from tests.support.applications import an_application
from tests.support.event_rows import add_event
from tests.webui.conftest import NOW, SITE
from webui.bench.hardware import Hardware
from webui.context import WebContext

SYSTEM = Actor.system("test")
ELSEWHERE = "elsewhere"
HERE_MARK, THERE_MARK, OTHER_MARK = "Qzhere", "Qzthere", "Qzother"
"""In every text of this site, of the other, and in the name of another member of this one."""
OFTEN = 60_000


def at(**delta: float) -> str:
    """A moment from now on, as the API writes it."""
    return Utc.of(NOW + timedelta(**delta)).text()


@dataclass
class Side:
    """One site: its things by the first part of their path, and what marks them."""

    site: str
    mark: str
    admin: str = ""
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def every(self) -> set[str]:
        """All ids that no other site may see."""
        return {key for kind, keys in self.ids.items() if kind != "sites" for key in keys}


@dataclass
class World:
    """Both sites, and the tokens of all roles at the first."""

    app: Flask
    here: Side
    there: Side
    tokens: dict[str, str]
    own: str
    """The member whose account the tokens of roles belong to."""
    other: str
    """Another member of the site."""

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()


def fuzz_app(
    database: Database,
    clock: Callable[[], Utc],
    folder: Path,
    hardware: Hardware | None = None,
    public_url: str = "http://127.0.0.1:8000",
) -> Flask:
    """The application, with a certificate authority, and a broker's folder of its own."""
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique"),
        web=WebSettings(public_url=public_url),
        mqtt=MqttSettings(broker_dir=str(folder)),
        mail=MailSettings(host="127.0.0.1", port=1, tls="none", sender="l@fab.example"),
    )
    return an_application(
        WebContext(
            settings=settings,
            database=database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={SITE: b"k" * 32},
            own_key=b"w" * 32,
            authority=Authority.create("test", NOW),
            hardware=hardware,
            clock=clock,
        )
    )


def token_of(db: Session, login: str, roles: dict[str, frozenset[Role]], member: str | None) -> str:
    """A token of a new account, for all that these roles allow."""
    account = accounts.create(
        db, login=login, password=None, roles=roles, actor=SYSTEM, now=NOW, member_id=member
    )
    scopes = frozenset(HOUSE.permissions)
    return tokens.add(db, account, "fuzz", scopes, NOW, SYSTEM, per_minute=OFTEN)[1]


def build(
    database: Database, app: Flask, marks: tuple[str, str] = (HERE_MARK, THERE_MARK)
) -> World:
    """Furnish both sites over the API, and make a token for each role."""
    here, there = Side(SITE, marks[0]), Side(ELSEWHERE, marks[1])
    with database.write() as db:
        for side in (here, there):
            new = NewSite(id=side.site, name=Label(en=side.mark))
            sites.create(db, new, actor=SYSTEM, now=NOW)
            admin = {side.site: frozenset({Role.ADMIN})}
            side.admin = token_of(db, f"furnish@{side.site}", admin, None)
            side.ids["sites"].append(side.site)
    for side in (here, there):
        furnish(app.test_client(), side)
        with database.write() as db:
            told_by_agents(db, side)
            sent_to_programs(db, side)
            funded(db, side)
            switched_by_an_older_board(db, side)
    own, other = here.ids["members"][0], here.ids["members"][-1]
    with database.write() as db:
        made = {
            role.value: token_of(
                db,
                f"fuzz@{role.value}",
                {SITE: frozenset({role})},
                own if role is Role.MEMBER else None,
            )
            for role in Role
        }
        manages = {ELSEWHERE: frozenset({Role.MANAGER})}
        made["elsewhere"] = token_of(db, "fuzz@elsewhere", manages, None)
        made["nobody"] = ""
    return World(app, here, there, made, own, other)


def furnish(client: FlaskClient, side: Side) -> None:
    """One or more of everything, through the API as its admin."""
    headers = {"Authorization": f"Bearer {side.admin}"}
    for kind, path, body in things(side):
        answer = client.open(f"/api/v1/{path}", method=method_of(path), json=body, headers=headers)
        assert answer.status_code < 300, f"{path} {body}: {answer.text}"
        if kind:
            keep(side, kind, answer.json)
    evacuation = client.post("/api/v1/evacuations", json={"kind": "drill"}, headers=headers)
    keep(side, "evacuations", evacuation.json)
    path = f"/api/v1/evacuations/{side.ids['evacuations'][0]}/roll"
    roll: Any = client.get(path, headers=headers).json
    side.ids["line"] += [item["id"] for item in roll["items"]]


def method_of(path: str) -> str:
    """Certifications are put; all else is made or done."""
    given = "/certifications/" in path and not path.endswith("/suspend")
    return "PUT" if given else "POST"


def keep(side: Side, kind: str, made: Any) -> None:
    """Remember what was made: its id, and what else one may be asked for by."""
    made = made.get("agent", made.get("account", made))
    side.ids[kind].append(made.get("id") or made["agent_id"])
    if kind == "tell-codes":
        side.ids["code"].append(made["code"])


def things(side: Side) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, path and body of each thing; the later ones refer to the earlier."""
    yield from rules(side)
    yield from people(side)
    yield from doings(side)
    yield from money(side)


def rules(side: Side) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What a site is: rules, machines, agents, courses."""
    site, name, ids = side.site, {"fr": side.mark, "en": side.mark}, side.ids
    week = [{"weekday": 0, "start": "08:00", "end": "20:00"}]
    yield "schedules", "schedules", {"id": f"week-{site}", "name": name, "weekly": week}
    for room in ("zone", "hall"):
        yield "zones", "zones", {"id": f"{room}-{site}", "name": name}
    yield "plans", "plans", {"id": f"plan-{site}", "name": name}
    for key, kind in (("cert", "certification"), ("rules", "document")):
        yield (
            "certifications",
            "certifications",
            {"id": f"{key}-{site}", "name": name, "kind": kind, "scope": "site"},
        )
    grants = [ids["certifications"][0]]
    yield (
        "courses",
        "courses",
        {"id": f"course-{site}", "name": name, "scope": "site", "grants": grants},
    )
    yield "agents", "agents", {"id": f"pi-{site}", "name": name}
    for key, kind in (("saw", "machine"), ("drill", "machine"), ("door", "door")):
        yield (
            "access-points",
            "access-points",
            {
                "id": f"{key}-{site}",
                "name": name,
                "kind": kind,
                "agent_id": f"pi-{site}",
                "zone_id": f"zone-{site}",
                "commissioned": True,
            },
        )


def people(side: Side) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Who is there and what they hold."""
    site, name, ids = side.site, {"fr": side.mark, "en": side.mark}, side.ids
    yield "organisations", "organisations", {"name": name}
    yield (
        "projects",
        "projects",
        {"name": name, "organisation_id": ids["organisations"][0], "starts_at": at(days=-9)},
    )
    data = {"project_id": ids["projects"][0], "name": name, "description": side.mark}
    data |= {"contact": "data@example.org", "link": "https://example.org/data.csv"}
    yield "project-datasets", "project-datasets", data
    names = (side.mark, side.mark, OTHER_MARK if side.site == SITE else side.mark)
    for number, called in enumerate(names):
        yield (
            "members",
            "members",
            {
                "display_name": called,
                "organisations": ids["organisations"],
                "projects": ids["projects"],
                "supervises": [f"zone-{site}"],
            },
        )
        member = ids["members"][-1]
        number += 10 * (side.site == SITE)
        badge = {"member_id": member, "value": f"uid:04{number:012X}", "lent": True}
        yield "credentials", "credentials", badge
        period = {"member_id": member, "plan_id": f"plan-{site}", "valid_from": at(days=-1)}
        period["reason"] = side.mark
        yield "subscriptions", "subscriptions", period
        yield "passes", "passes", period | {"units": 5}
        held = f"members/{member}/certifications/{ids['certifications'][1]}"
        yield "", held, {"reason": side.mark}
        if number % 10 == 1:
            yield "", f"{held}/suspend", {"reason": side.mark}
        account = {"login": f"{number}@{site}", "roles": {site: ["desk"]}}
        yield "accounts", "accounts", account


def doings(side: Side) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What goes on: courses, bookings, presence, groups, notes."""
    site, ids, mark = side.site, side.ids, side.mark
    for number, member in enumerate(list(ids["members"])):
        times = {"starts_at": at(days=number + 1), "ends_at": at(days=number + 1, hours=2)}
        yield (
            "course-sessions",
            "course-sessions",
            times | {"course_id": f"course-{site}", "theme": mark},
        )
        session = ids["course-sessions"][-1]
        yield "", f"course-sessions/{session}/enrolments", {"member_id": member}
        booking = times | {"member_id": member, "access_point": f"saw-{site}"}
        yield "bookings", "bookings", booking
        yield "presence", "presence", {"zone_id": f"zone-{site}", "member_id": member}
    group = {"name": mark, "headcount": 3, "ends_at": at(days=1)}
    badge = {"value": f"uid:04FF{len(site):010X}"}
    yield "groups", "groups", group | badge
    yield "groups", "groups", group
    yield "handover-notes", "handover-notes", {"text": mark}
    yield (
        "maintenance",
        "maintenance",
        {"access_point": f"saw-{site}", "name": {"en": mark}, "every_h": 50},
    )
    for point in ("saw", "door"):
        told = {"kind": "fault", "text": mark, "access_point": f"{point}-{site}"}
        yield "reports-by-users", "reports-by-users", told
    need = {"kind": "need", "text": mark, "access_point": f"saw-{site}"}
    yield "reports-by-users", "reports-by-users", need
    for _ in range(2):  # to merge one into the other
        yield "needs", "needs", {"theme": "hours", "title": mark}
    yield "tell-codes", "tell-codes", {"access_point": f"drill-{site}"}
    yield "windows", "windows", {"zone_id": f"zone-{site}", "member_id": ids["members"][0]}
    yield "tokens", "tokens", {"name": mark, "scopes": ["rules:read"]}
    yield (
        "incidents",
        "incidents",
        {
            "access_point": f"door-{site}",
            "since": at(hours=-3),
            "until": at(hours=-1),
            "reason": f"{mark}: a window was broken",
        },
    )


def money(side: Side) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What costs something, what somebody took of it, and what they paid."""
    site, ids, name = side.site, side.ids, {"fr": side.mark, "en": side.mark}
    rates = [
        {"kind": "machine", "access_point": f"saw-{site}", "price_cents": 100},
        {"kind": "article", "id": f"board-{site}", "name": name, "price_cents": 400},
    ]
    new = {"valid_from": "2026-11-01", "decision": side.mark, "rates": rates}
    yield "tariffs", "tariffs", new
    taken = {"article": f"board-{site}", "member_id": ids["members"][0]}
    yield "charges", "charges", taken
    charge = ids["charges"][0]
    yield "", f"charges/{charge}/remit", {"amount_cents": 100, "reason": side.mark}
    paid = {"means": "cash", "amount_cents": 100, "month": "2026-11", "reference": side.mark}
    yield "payments", "payments", paid | {"member_id": ids["members"][0]}


def funded(db: Session, side: Side) -> None:
    """Who funds a project, time of volunteers, and what somebody said for statistics."""
    mine = (side.ids["projects"][0],)
    new = NewPartner(name=Label(en=side.mark), project_ids=mine, site_id=side.site)
    side.ids["funder"].append(partners.create(db, new, actor=SYSTEM, now=NOW).id)
    given = NewVolunteerTime(
        day=NOW.date(), people=2, minutes=60, what=side.mark, site_id=side.site
    )
    side.ids["time"].append(volunteer_time.record(db, given, actor=SYSTEM, now=NOW).id)
    db.add(MemberDue(member_id=side.ids["members"][-1], site_id=side.site, due_since=NOW))
    told = Traits(genre=Genre.FEMININ, commune=side.mark[:60], consent=True)
    traits.store_traits(db, side.ids["members"][0], told, actor=SYSTEM, now=NOW)


def switched_by_an_older_board(db: Session, side: Side) -> None:
    """A machine that a board of FabOMatic switches."""
    key, name = f"older-{side.site}", Label(en=side.mark)
    new = NewAccessPoint(id=key, site_id=side.site, kind=PointKind.MACHINE, name=name)
    access_points.create(db, new, actor=SYSTEM, now=NOW)
    boards.link(db, side.site, 7, key, actor=SYSTEM, now=NOW)
    db.get_one(FabomaticBoardRow, (side.site, 7)).version = side.mark[:64]


def sent_to_programs(db: Session, side: Side) -> None:
    """A webhook, and what could not be sent to it."""
    hook, delivery = uuid7(), uuid7()
    side.ids["deliveries"] = [delivery]
    webhook = WebhookRow(id=hook, site_id=side.site, url="https://example.org/hook", types=[])
    webhook.key, webhook.created_by, webhook.created_at = b"k", "system:test", NOW
    db.add(webhook)
    db.flush()
    news = {"type": "members.member", "key": side.mark, "at": NOW, "position": 1}
    tried = {"attempts": 3, "due_at": None, "delivered_at": None, "status": 500, "error": side.mark}
    db.add(DeliveryRow(id=delivery, webhook_id=hook, site_id=side.site, **news, **tried))
    db.flush()


def told_by_agents(db: Session, side: Side) -> None:
    """What nobody makes over the API: events, states, what was sent and written; one of each."""
    kinds = ("sessions", "alarms", "commands", "events", "print-jobs", "wishes", "messages", "chat")
    ids = {kind: uuid7() for kind in kinds}
    side.ids |= {kind: [key] for kind, key in ids.items()}
    state = _state(side)
    wired = {"id": _point(side), "reader": {"driver": "sim"}, "power": {"driver": "sim"}}
    db.get_one(AgentRow, _agent(side)).wiring = {"access_points": [wired | {"inputs": {}}]}
    _event(db, side, ids["events"], state.boot_id or "")
    db.add_all([state, *_used(side, ids), *_wrong(side, ids), *_waited_for(side, ids)])


def _agent(side: Side) -> str:
    return f"pi-{side.site}"


def _point(side: Side) -> str:
    return f"saw-{side.site}"


def _event(db: Session, side: Side, key: str, boot: str) -> None:
    raw = json.dumps({"seq": 1, "type": "access_denied", "reason": side.mark}).encode()
    add_event(
        db,
        agent=_agent(side),
        stream=boot,
        seq=1,
        event_id=key,
        site=side.site,
        point=_point(side),
        type="access_denied",
        at=NOW,
        received_at=NOW,
        raw=raw,
        boot=boot,
    )


def _state(side: Side) -> AgentState:
    return AgentState(
        agent_id=_agent(side),
        online=True,
        boot_id=uuid7(),
        connection=1,
        version=None,
        protocols=[1],
        epoch=1,
        policy_version=1,
        stream=None,
        started_at=NOW,
        seen_at=NOW,
        telemetry={
            "plugs": [{"driver": "tasmota", "topic": f"plug-{side.site}", "name": side.mark}]
        },
    )


def _used(side: Side, ids: dict[str, str]) -> list[Base]:
    """A machine session, and what was printed in it."""
    return [
        SessionRow(
            id=ids["sessions"],
            site_id=side.site,
            agent_id=_agent(side),
            access_point_id=_point(side),
            started_at=NOW,
            active_s=60.0,
            idle_s=1.0,
            powered_s=61.0,
            gap_s=0.0,
        ),
        PrintJob(
            id=ids["print-jobs"],
            site_id=side.site,
            access_point_id=_point(side),
            session_id=ids["sessions"],
            name=side.mark,
            minutes=30.0,
            grams=12.0,
            asked_at=NOW,
            asked_by="system:test",
        ),
    ]


def _wrong(side: Side, ids: dict[str, str]) -> list[Base]:
    """An alarm, who is told of it, and a command."""
    return [
        Alarm(
            id=ids["alarms"],
            key=f"fuzz {side.site}",
            site_id=side.site,
            agent_id=_agent(side),
            access_point_id=_point(side),
            kind="door_forced",
            detail={"note": side.mark},
            raised_at=NOW,
        ),
        ChatTarget(
            id=ids["chat"],
            site_id=side.site,
            name=side.mark,
            service="ntfy",
            sealed=targets.sealer("s" * 40).seal(b"ntfy://127.0.0.1:1/qz", ids["chat"]),
            only_grave=True,
            failures=2,
            said=side.mark,
            created_by="system:test",
            created_at=NOW,
        ),
        CommandRow(
            id=ids["commands"],
            site_id=side.site,
            agent_id=_agent(side),
            access_point_id=_point(side),
            type="identify",
            args={},
            created_by="system:test",
            created_at=NOW,
            expires_at=Utc.of(NOW + timedelta(minutes=1)),
        ),
    ]


def _waited_for(side: Side, ids: dict[str, str]) -> list[Base]:
    """A machine that somebody waits for, and what was written to people."""
    return [
        WishRow(
            id=ids["wishes"],
            site_id=side.site,
            member_id=side.ids["members"][0],
            access_point_id=_point(side),
            created_at=NOW,
            until=Utc.of(NOW + timedelta(days=1)),
        ),
        MessageRow(
            id=ids["messages"],
            site_id=side.site,
            what="moved_up",
            key=side.site,
            detail={},
            address=f"{side.mark}@example.org",
            language=Language.FR,
            written_at=NOW,
            attempts=3,
            trouble="recipient",
            said=f"550 {side.mark}",
        ),
    ]
