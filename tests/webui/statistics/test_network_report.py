"""Two places made from the page, and a report over both: the sum of their own, and each's share."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, PASSWORD, SITE, make_app, sign_in, token_of

SYSTEM = Actor.system("test")
BOTH = ("le-port", "le-quai")
NUMBERS = ("visitors", "active_s", "uses", "course_sessions", "taught_min", "headcount")
_SPACES = re.compile("[\u00a0\u202f]")


@dataclass(frozen=True)
class Network:
    """Two places, beside the one that was there, before their admin."""

    database: Database
    client: FlaskClient
    token: str

    def ask(self, path: str, **query: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.get(f"/api/v1/reports/{path}", query_string=query, headers=headers)

    def month(self, path: str, **query: str) -> Any:
        (month,) = self.ask(path, **query).get_json()["items"]
        return month

    def text(self, address: str) -> str:
        main = self.client.get(address).get_data(as_text=True).split("<main", 1)[-1]
        return " ".join(_SPACES.sub(" ", unescape(re.sub(r"<[^>]+>", " ", main))).split())


@pytest.fixture
def network(database: Database, clock: Clock) -> Network:
    client = make_app(database, clock).test_client()
    sign_in(client, "admin")
    for name in ("Le Port", "Le Quai"):
        form = {"name": name, "language": "fr", "time_zone": "Europe/Paris", "rooms": "Hall"}
        made = client.post("/s/la-fabrique/places", data=form | {"csrf_token": token_of(client)})
        assert made.status_code == 303
    with database.write() as db:
        admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
        token = tokens.add(db, admin, "x", (Permission.REPORTS_READ,), NOW, SYSTEM)[1]
        both = NewMember(display_name="Amina", site_id=BOTH[0], also_at=(BOTH[1],))
        amina = members.create(db, both, actor=SYSTEM, now=NOW).id
        _fill(db, BOTH[0], [amina], 5400.25, 12)
        _fill(db, BOTH[1], [amina, _person(db, BOTH[1])], 1800.5, 3)
    clock.forward(hours=3)
    return Network(database, client, token)


def _person(db: Session, site: str) -> str:
    new = NewMember(display_name="Bob", site_id=site, categories=("student",))
    return members.create(db, new, actor=SYSTEM, now=NOW).id


def _fill(db: Session, site: str, people: list[str], worked_s: float, heads: int) -> None:
    """People came, a machine worked, and something was taught."""
    room = db.scalars(select(ZoneRow.id).where(ZoneRow.site_id == site)).one()
    for person in people:
        presence.check_in(db, NewPresence(zone_id=room, member_id=person), actor=SYSTEM, now=NOW)
    db.add(AgentRow(id=f"pi-{site}", site_id=site, name={"en": "Pi"}, created_at=NOW))
    laser = NewAccessPoint(
        id=f"laser-{site}",
        site_id=site,
        kind=PointKind.MACHINE,
        name=Label(fr="Laser"),
        agent_id=f"pi-{site}",
        zone_id=room,
    )
    access_points.create(db, laser, actor=SYSTEM, now=NOW)
    used = SessionRow(
        id=uuid7(),
        site_id=site,
        agent_id=f"pi-{site}",
        access_point_id=laser.id,
        started_at=Utc.of(NOW - timedelta(hours=5)),
        active_s=worked_s,
        idle_s=0.0,
        powered_s=worked_s,
        gap_s=0.0,
        public="inhabitant",
    )
    db.add(used)
    db.flush()
    totals.recount(db, site)
    held = NewCourseSession(
        site_id=site,
        kind=CourseSessionKind.EVENT,
        starts_at=NOW,
        ends_at=Utc.of(NOW + timedelta(hours=2)),
        headcount=heads,
    )
    course_sessions.create(db, held, actor=SYSTEM, now=NOW)


def _parts(month: Any) -> Counter[tuple[str, str | None]]:
    found = Counter[tuple[str, str | None]]()
    for figure in month["figures"]:
        found[figure["figure"], figure["part"]] += figure["value"]
    return found


def test_the_report_over_both_is_the_sum_of_their_own(network: Network) -> None:
    own = [network.month("funder", site=site) for site in BOTH]
    both = network.month("network", sites=",".join(BOTH))
    for name in NUMBERS:
        assert both[name] == sum(item[name] for item in own), name
    assert (both["visitors"], both["active_s"], both["headcount"]) == (3, 7200.75, 15)
    assert _parts(both) == _parts(own[0]) + _parts(own[1])
    shared = [figure for figure in both["figures"] if figure["part"] == "inhabitant"]
    assert {item["value"] for item in shared} >= {7200.75}, "one public of both places"
    assert both["sites"] == own, "each one's share is what its own report says"
    every = network.month("network")
    assert [site["site_id"] for site in every["sites"]] == [SITE, *BOTH]


def test_the_page_shows_the_whole_and_each_share(network: Network) -> None:
    text = network.text("/s/le-port/reports/funder?place=le-quai")
    assert "3 personnes sont venues." in text
    assert "Une personne qui vient dans deux lieux est comptée dans les deux." in text
    shares = text.split("Part de chaque lieu, Heures de travail par machine")[1]
    assert re.search(r"Le Port[^0-9]*1,50 h 75 %.*Le Quai[^0-9]*0,50 h 25 %", shares)
    assert "Laser, Le Port" in text
    assert "À compléter à la main" not in text, "that is one place's"
    alone = network.text("/s/le-port/reports/funder")
    assert "Part de chaque lieu" not in alone
    assert "Lieux comptés ensemble" in alone


def test_files_say_of_which_place_each_line_is(network: Network) -> None:
    answer = network.client.get("/s/le-port/reports/funder/csv?place=le-quai")
    rows = list(csv.DictReader(StringIO(answer.get_data(as_text=True)[1:]), delimiter=";"))
    sums = {
        place: sum(int(row["Valeur"]) for row in rows if (row["Lieu"], row["Chiffre"]) == wanted)
        for place in ("Ensemble", "Le Port", "Le Quai")
        for wanted in [(place, "Participations aux séances")]
    }
    assert sums == {"Ensemble": 15, "Le Port": 12, "Le Quai": 3}
    assert "le-port-le-quai" in answer.headers["Content-Disposition"]
    with network.database.read() as db:
        exported = select(AuditEntry.site_id).where(AuditEntry.action == "funder_report_exported")
        assert Counter(db.scalars(exported)) == Counter(BOTH)
    for kind in ("xlsx", "pdf"):
        assert network.client.get(f"/s/le-port/reports/funder/{kind}?place=le-quai").data


def test_reports_of_several_places_have_everything_of_each_and_their_shares(
    network: Network,
) -> None:
    text = network.text("/s/le-port/reports?place=le-quai")
    assert "Part de chaque lieu" in text
    shares = text.split("Part de chaque lieu, novembre 2026 Lieu Visiteurs")[1]
    assert re.search(r"Le Port 1 \(33 %\) .*Le Quai 2 \(67 %\) .*Ensemble 3 ", shares)
    assert re.search(r"Le Port [^L]* \(75 %\) .*Le Quai [^E]* \(25 %\) ", shares)
    assert "Laser, Le Port" in text
    assert "Laser, Le Quai" in text
    assert "Comment c’est compté" not in text, "one place's figures are traced at that place"
    address = "/s/le-port/reports/2026-11/machines.csv"
    several = network.client.get(f"{address}?place=le-quai").get_data(as_text=True)
    assert [several.count(name) for name in ("Laser, Le Port", "Laser, Le Quai")] == [1, 1]
    assert "Part de chaque lieu" not in network.text("/s/le-port/reports")
    assert network.client.get("/s/le-port/reports/2026-11/pdf?place=le-quai").status_code == 200
    assert 'href="/s/le-port/reports?period=2026-10&amp;place=le-quai"' in (
        network.client.get("/s/le-port/reports?place=le-quai").get_data(as_text=True)
    )


def test_no_place_is_counted_whose_reports_one_may_not_read(network: Network, clock: Clock) -> None:
    with network.database.write() as db:
        roles = {BOTH[0]: frozenset({Role.OBSERVER}), BOTH[1]: frozenset({Role.DESK})}
        who = {"login": "lea@example.org", "password": PASSWORD}
        lea = accounts.create(db, **who, roles=roles, actor=SYSTEM, now=NOW)  # type: ignore[arg-type]
        token = tokens.add(db, lea, "x", (Permission.REPORTS_READ,), NOW, SYSTEM)[1]
    client = make_app(network.database, clock).test_client()
    sign_in(client, "lea")
    hers = Network(network.database, client, token)
    assert "Lieux comptés ensemble" not in hers.text("/s/le-port/reports/funder")
    for kind in ("", "/csv", "/xlsx", "/pdf"):
        for other in (BOTH[1], SITE, "nowhere"):
            answer = client.get(f"/s/le-port/reports/funder{kind}?place={other}")
            assert answer.status_code == 404
    assert client.get(f"/s/le-port/reports?place={BOTH[1]}").status_code == 404
    assert client.get(f"/s/le-port/reports/2026-11/machines.csv?place={SITE}").status_code == 404
    for sites in (",".join(BOTH), SITE, "nowhere"):
        assert hers.ask("network", sites=sites).status_code == 403
    assert [site["site_id"] for site in hers.month("network")["sites"]] == [BOTH[0]]
    assert hers.ask("network", sites="").status_code == 403
