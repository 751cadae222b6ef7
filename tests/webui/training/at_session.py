"""Somebody before the pages of a course session with four people, and what a page says."""

import html
import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import (
    certifications,
    course_sessions,
    courses,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, HeldRow
from controller.capabilities.training.shapes import (
    Grant,
    NewCertification,
    NewCourse,
    NewCourseSession,
)
from controller.domain.facts import CertificationKind, Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.members.people import add_member

SYSTEM = Actor.system("test")
NAMES = ("Zoé d’Artois", "Karim Benali", "Amina Diallo", "Tiago Ferreira")


def plain(answer: TestResponse) -> str:
    """What it says, with plain spaces."""
    return re.sub("[\u00a0\u202f]", " ", html.unescape(answer.get_data(as_text=True)))


class Training:
    """Somebody before the pages of a session of the laser course, with four people enrolled."""

    def __init__(self, client: FlaskClient, database: Database, starts_h: float = -1.5) -> None:
        self.client, self.database = client, database
        self.people = filled(database, _fill)
        start = Utc.of(NOW + timedelta(hours=starts_h))
        with database.write() as db:
            new = NewCourseSession(
                course_id="beginners",
                starts_at=start,
                ends_at=Utc.of(start + timedelta(hours=2)),
                places=4,
            )
            self.id = course_sessions.create(db, new, actor=SYSTEM, now=NOW).id
        self.page = f"/training/sessions/{self.id}"

    def hold(self, name: str, key: str, level: Level = Level.USER) -> None:
        with self.database.write() as db:
            grant = Grant(level=level, reason="first")
            member = self.people[name]
            member_certifications.grant(db, member, key, grant, actor=SYSTEM, now=NOW)

    def enrol(self, *names: str) -> None:
        with self.database.write() as db:
            for name in names:
                there = {"member_id": self.people[name]}
                session = db.get_one(CourseSessionRow, self.id)
                row = enrolments._enrol_present(
                    db, session, db.get_one(MemberRow, there["member_id"]), SYSTEM, NOW
                )
                assert row.status == "enrolled"

    def text(self, page: str = "") -> str:
        return plain(self.client.get(page or self.page))

    def post(self, address: str, **data: Any) -> TestResponse:
        fields = {"csrf_token": token_of(self.client), **data}
        return self.client.post(address, data=fields)

    def shown(self, act: str) -> list[str]:
        """The people whom the page's form names, for *passed* or *certify*."""
        form = self.text().split(f'action="{self.page}/{act}"', 1)[1].split("</form>")[0]
        return re.findall(r'name="member" value="([^"]+)"', form)

    def press(self, act: str) -> TestResponse:
        """Press the button of that form, as the page shows it now."""
        return self.post(f"{self.page}/{act}", member=self.shown(act))

    def note(self, name: str, outcome: str, seen: str = "") -> TestResponse:
        where = f"{self.page}/outcomes/{self.people[name]}"
        return self.post(where, outcome=outcome, seen=seen)

    def late(self, name: str, outcome: str) -> TestResponse:
        """As the page's script sends what it has kept."""
        where = f"{self.page}/outcomes/{self.people[name]}"
        fields = {"csrf_token": token_of(self.client), "outcome": outcome, "seen": ""}
        return self.client.post(where, data=fields, headers={"HX-Request": "true"})

    def outcomes(self) -> dict[str, str | None]:
        with self.database.read() as db:
            names = {key: name for name, key in self.people.items()}
            return {names[row.member_id]: row.outcome for row in db.query(EnrolmentRow)}

    def laser(self) -> dict[str, str]:
        with self.database.read() as db:
            names = {key: name for name, key in self.people.items()}
            rows = db.query(HeldRow).filter_by(certification_id="laser")
            return {names[row.member_id]: row.level.value for row in rows}


def _fill(database: Database) -> dict[str, str]:
    """Four people, of whom three have signed the rules that the course asks for."""
    people = {name: add_member(database, name) for name in NAMES}
    with database.write() as db:
        for key, text, kind in (
            ("laser", "Découpe laser", CertificationKind.CERTIFICATION),
            ("rules", "Règlement signé", CertificationKind.DOCUMENT),
        ):
            made = NewCertification(id=key, name=Label(fr=text), kind=kind)
            certifications.create(db, made, actor=SYSTEM, now=NOW)
        course = NewCourse(
            id="beginners", name=Label(fr="Bien découper"), grants=("laser",), requires=("rules",)
        )
        courses.create(db, course, actor=SYSTEM, now=NOW)
        grant = Grant(level=Level.USER, reason="first")
        for name in NAMES[:3]:
            member_certifications.grant(db, people[name], "rules", grant, actor=SYSTEM, now=NOW)
    return people


def own_page(client: FlaskClient, training: Training, name: str) -> Training:
    """The same session before a member: somebody who is enrolled in it, or could be."""
    with training.database.write() as db:
        row = db.query(AccountRow).filter_by(login="member@example.org").one()
        row.member_id = training.people[name]
    sign_in(client, "member")
    found = Training.__new__(Training)
    found.__dict__ |= training.__dict__ | {"client": client}
    return found


def make_other(client: FlaskClient) -> FlaskClient:
    """Another browser before the same application."""
    return client.application.test_client()
