"""Training: the matrix and its cells; a session with outcomes, certify all, people and papers."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
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
from tests.support.clock import Clock
from tests.webui.conftest import NOW, make_app, sign_in, token_of
from tests.webui.members.people import add_member, undo
from tests.webui.test_statements import counted

SYSTEM = Actor.system("test")
NAMES = ("Zoé d’Artois", "Karim Benali", "Amina Diallo", "Tiago Ferreira")


def plain(answer: TestResponse) -> str:
    """What it says, with plain spaces."""
    return re.sub("[\u00a0\u202f]", " ", html.unescape(answer.get_data(as_text=True)))


class Training:
    """Somebody before the pages of a session of the laser course, with four people enrolled."""

    def __init__(self, client: FlaskClient, database: Database, starts_h: float = -1.5) -> None:
        self.client, self.database = client, database
        with database.write() as db:
            for key, name, kind in (
                ("laser", "Découpe laser", CertificationKind.CERTIFICATION),
                ("rules", "Règlement signé", CertificationKind.DOCUMENT),
            ):
                made = NewCertification(id=key, name=Label(fr=name), kind=kind)
                certifications.create(db, made, actor=SYSTEM, now=NOW)
            course = NewCourse(
                id="beginners",
                name=Label(fr="Bien découper"),
                grants=("laser",),
                requires=("rules",),
            )
            courses.create(db, course, actor=SYSTEM, now=NOW)
        self.people = {name: add_member(database, name) for name in NAMES}
        for name in NAMES[:3]:
            self.hold(name, "rules")
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
                row = enrolments._here(db, session, db.get_one(MemberRow, there["member_id"]))
                assert row.status == "enrolled"

    def text(self, page: str = "") -> str:
        return plain(self.client.get(page or self.page))

    def post(self, address: str, **data: Any) -> TestResponse:
        fields = {"csrf_token": token_of(self.client), **data}
        return self.client.post(address, data=fields)

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


@pytest.fixture
def training(client: FlaskClient, database: Database) -> Training:
    """Before a manager."""
    sign_in(client, "manager")
    return Training(client, database)


def test_what_is_left_to_do_is_told_to_those_who_teach(training: Training) -> None:
    training.enrol(*NAMES)
    assert training.post(f"{training.page}/passed").status_code == 303
    assert "réussis, pas encore habilités" in training.text("/training")
    member = training.client.application.test_client()
    sign_in(member, "member")
    shown = plain(member.get("/training"))
    assert "Bien découper" in shown
    assert "pas encore habilités" not in shown


def test_certify_counts_those_it_applies_to_and_is_taken_back(training: Training) -> None:
    training.enrol(*NAMES)
    assert "Notez d’abord qui a réussi." in training.text()
    assert training.post(f"{training.page}/passed").status_code == 303
    text = training.text()
    assert "Habiliter les 3 qui ont réussi" in text
    assert "pas habilité sans : Règlement signé" in text
    assert training.note(NAMES[0], "to_review", "passed").status_code == 303
    assert "Habiliter les 2 qui ont réussi" in training.text()
    training.post(f"{training.page}/certify")
    assert training.laser() == {NAMES[1]: "user", NAMES[2]: "user"}
    assert undo(training.client, training.page).startswith("2 personnes habilitées")
    assert training.laser() == {}
    assert "Habiliter les 2 qui ont réussi" in training.text()


def test_since_counts_those_whom_the_button_certifies(training: Training, clock: Clock) -> None:
    training.enrol(*NAMES)
    training.post(f"{training.page}/passed")
    assert "Habiliter les 3 qui ont réussi" in training.text()
    clock.forward(hours=3)
    since = training.text("/since")
    assert "3 personnes à habiliter" in since
    assert "1 a réussi, mais quelque chose lui manque" in since
    assert "3 réussis, pas encore habilités" in training.text("/training")


def test_one_who_is_enrolled_is_said_in_the_singular(training: Training) -> None:
    training.enrol(NAMES[0])
    assert "1 inscrit sur 4" in training.text()
    training.enrol(NAMES[1])
    assert "2 inscrits sur 4" in training.text()


def test_one_outcome_and_all_of_the_rest_are_taken_back(training: Training, clock: Clock) -> None:
    training.enrol(*NAMES[:2])
    training.note(NAMES[0], "absent")
    clock.forward(seconds=1)
    training.post(f"{training.page}/passed")
    assert training.outcomes() == {NAMES[0]: "absent", NAMES[1]: "passed"}
    assert undo(training.client, training.page) == "1 noté réussi."
    assert training.outcomes() == {NAMES[0]: "absent", NAMES[1]: None}
    training.note(NAMES[0], "passed", "absent")
    assert undo(training.client, training.page).startswith("Noté")
    assert training.outcomes()[NAMES[0]] == "absent"


def test_a_noted_outcome_is_pressed_again_to_clear_it(training: Training) -> None:
    training.enrol(NAMES[0])
    training.note(NAMES[0], "absent")
    assert 'value="" data-value="absent" aria-pressed="true"' in training.text()
    training.note(NAMES[0], "", "absent")
    assert training.outcomes() == {NAMES[0]: None}
    assert undo(training.client, training.page) == "Résultat effacé."
    assert training.outcomes() == {NAMES[0]: "absent"}


def test_outcomes_are_for_the_sessions_day_and_say_so_before(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    sign_in(client, "manager")
    training = Training(client, database, starts_h=20)  # tomorrow at ten
    training.enrol(NAMES[0])
    text = training.text()
    assert "Les résultats se notent le jour de la séance : demain à 10:00." in text
    greyed = re.findall(r'<button[^>]* disabled aria-describedby="early"', text)
    assert len(greyed) == 5  # three outcomes, *all have passed*, *certify*
    clock.forward(hours=12)  # in its night
    assert 'id="early"' not in training.text()
    assert "Notez d’abord qui a réussi." in training.text()


def test_a_late_outcome_never_covers_another_and_twice_is_once(training: Training) -> None:
    training.enrol(NAMES[0])
    assert training.late(NAMES[0], "passed").status_code == 204
    assert training.late(NAMES[0], "passed").status_code == 204
    answer = training.late(NAMES[0], "absent")
    assert answer.status_code == 409
    assert "entre-temps" in plain(answer)
    assert training.outcomes() == {NAMES[0]: "passed"}
    assert training.note(NAMES[0], "perfect").status_code == 400
    assert training.note(NAMES[1], "passed").status_code == 404


def test_somebody_is_added_by_badge_by_name_or_new(training: Training) -> None:
    add = f"{training.page}/people"
    vault = Vault(b"k" * 32)
    with training.database.write() as db:
        new = NewCredential(member_id=training.people[NAMES[2]], value="uid:04A1B2C3D4E5F6")
        credentials.create(db, new, vault=vault, actor=SYSTEM, now=NOW)
    assert training.post(add, who="04 a1 b2 c3 d4 e5 f6").status_code == 303
    assert training.outcomes() == {NAMES[2]: None}
    unknown = training.post(add, who="04ffffffffffff")
    assert unknown.status_code == 422
    assert "Ce badge n’est à personne ici." in plain(unknown)
    asked = training.post(add, who="tiago", email="t@example.org")
    text = plain(asked)
    assert asked.status_code == 422
    assert 'value="t@example.org"' in text
    assert "il faut d’abord : Règlement signé" in text
    training.post(add, member=training.people[NAMES[3]])
    assert NAMES[3] in training.outcomes()
    assert undo(training.client, training.page) == "Tiago Ferreira est de la séance."
    assert training.post(add, who="Bérénice Caudrelier").status_code == 303
    assert "Bérénice Caudrelier" in training.text()
    wrong = training.post(add, who="Somebody Else", email="no address")
    assert (wrong.status_code, "n’est pas une adresse" in plain(wrong)) == (422, True)
    with training.database.read() as db:
        assert db.query(MemberRow).filter_by(display_name="Somebody Else").count() == 0


def test_that_it_is_somebody_else_counts_for_the_name_that_was_asked_about(
    training: Training,
) -> None:
    def of_that_name(name: str) -> int:
        with training.database.read() as db:
            return db.query(MemberRow).filter_by(display_name=name).count()

    add, full = f"{training.page}/people", NAMES[3]
    asked = training.post(add, who="tiago")
    assert 'name="new" value="tiago"' in plain(asked)
    again = training.post(add, who=full, new="tiago")
    assert (again.status_code, of_that_name(full)) == (422, 1)
    assert f'name="new" value="{full}"' in plain(again)
    assert training.post(add, who=full, new=full.lower()).status_code == 303
    assert of_that_name(full) == 2


def test_what_is_wrong_with_who_is_added_is_said_at_its_field(training: Training) -> None:
    add = f"{training.page}/people"
    blank = training.post(add, who="   ")
    assert (blank.status_code, "Écrivez un nom, ou passez un badge." in plain(blank)) == (422, True)
    wrong = plain(training.post(add, who="Somebody Else", email="no address"))
    found = re.findall(r'<input[^>]* autofocus[^>]*aria-describedby="([^"]*)"', wrong)
    assert [each.strip() for each in found] == ["email-wrong"]


def test_the_waiting_list_moves_up_and_says_so(client: FlaskClient, database: Database) -> None:
    sign_in(client, "manager")
    training = Training(client, database, starts_h=48)
    with database.write() as db:
        change = {"places": 1}
        course_sessions.change(db, training.id, change, version=None, actor=SYSTEM, now=NOW)
    for name in NAMES[:2]:
        training.post(f"{training.page}/people", member=training.people[name])
    refused = training.post(f"{training.page}/people", member=training.people[NAMES[3]])
    assert refused.status_code == 422  # the rules are not signed
    assert "Sur la liste d’attente" in training.text()
    training.post(f"{training.page}/people/{training.people[NAMES[0]]}/withdraw")
    text = training.text()
    assert f"La place va à {NAMES[1]}." in text
    assert "Sur la liste d’attente" not in text


def test_a_session_is_planned_changed_called_off_and_held_after_all(training: Training) -> None:
    typed = {"course": "beginners", "kind": "course", "day": "2026-12-12", "starts": "9:30"}
    assert training.post("/training/sessions", **typed).status_code == 422
    typed |= {"starts": "09:30", "ends": "12:00", "places": "8"}
    made = training.post("/training/sessions", **typed)
    assert made.status_code == 303
    page = made.headers["Location"]
    assert "Samedi 12 décembre à 09:30 – 12:00" in training.text(page)
    assert 'value="09:30"' in training.text(f"{page}/edit")
    wrong = training.post(f"{page}/edit", **typed | {"places": "many"})
    assert wrong.status_code == 422
    assert "many" in plain(wrong)
    training.post(f"{page}/cancel")
    assert "Dites pourquoi" in training.text(f"{page}/edit")
    training.post(f"{page}/cancel", reason="La machine est en panne")
    assert undo(training.client, page) == "Séance annulée."
    training.post(f"{page}/cancel", reason="La machine est en panne")
    assert "La machine est en panne" in training.text(page)
    training.post(f"{page}/hold")
    assert "en panne" not in training.text(page)


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({"starts": "16:00", "ends": "14:00"}, "ends", "La fin est avant le début."),
        ({"day": "2026-10-20"}, "day", "Ce jour est passé depuis plus d’un mois"),
        ({"places": "0"}, "places", "Au moins une place"),
    ],
)
def test_what_can_not_be_of_a_new_session_is_said_at_its_field(
    training: Training, typed: dict[str, str], field: str, why: str
) -> None:
    right = {"course": "beginners", "kind": "course", "day": "2026-12-12", "places": "8"}
    right |= {"starts": "14:00", "ends": "16:00"}
    answer = training.post("/training/sessions", **right | typed)
    text = plain(answer)
    assert (answer.status_code, why in text) == (422, True)
    assert re.search(rf'id="{field}"[^>]* autofocus[^>]*{field}-wrong', text)
    late = training.post("/training/sessions", **right | {"day": "2026-11-20"})  # was held
    night = training.post("/training/sessions", **right | {"starts": "20:00", "ends": "02:00"})
    assert (late.status_code, night.status_code) == (303, 303)


def test_a_course_is_a_sentence_that_is_changed(training: Training) -> None:
    address = "/training/courses/beginners"
    version = re.search(r'name="version" value="(\d+)"', training.text(address))
    assert version
    fields = {"name": "Laser", "version": version[1], "scope": "network"}
    both = training.post(address, **fields, grants=["laser"], requires=["laser"])
    assert (both.status_code, "ne peut pas demander" in plain(both)) == (422, True)
    assert training.post(address, **fields, grants=["laser"]).status_code == 303
    assert "Il faut d’abord" not in training.text("/training/courses")
    assert training.post(address, **fields).status_code == 422  # it has changed since
    made = training.post("/training/courses", name="Tour à bois", grants=["rules"])
    assert made.headers["Location"].endswith("/training/sessions/new?course=tour-a-bois")


def cells(text: str) -> list[str]:
    """What the cells of the table say, without what only a reader hears."""
    text = re.sub(r'<span class="unseen">.*?</span>', "", text)
    found = re.findall(r'<a class="cell[^>]*>(.*?)</a>', text)
    return [re.sub(r"<[^>]+>", "", each).strip() for each in found]


def test_the_matrix_shows_who_holds_what_and_a_cell_changes_it(
    training: Training, clock: Clock
) -> None:
    training.hold(NAMES[0], "laser")
    training.enrol(NAMES[1])
    with training.database.write() as db:
        row = db.query(HeldRow).filter_by(certification_id="laser").one()
        row.valid_until = Utc.of(NOW + timedelta(days=4))
    text = training.text("/training")
    assert cells(text) == ["séance le 24 nov.", "signé", "finit le 28 nov.", "signé"]
    assert f"{NAMES[2]}</a>" not in text
    assert f"{NAMES[2]}</a>" in training.text("/training?everybody=yes")
    assert cells(training.text("/training?soon=yes")) == ["finit le 28 nov.", "signé"]
    assert cells(training.text(f"/training?session={training.id}")) == [
        "séance le 24 nov.",
        "signé",
    ]
    member = training.people[NAMES[0]]
    at = f"/training?soon=yes&member={member}&certification=laser"
    assert "Finit le 28 novembre, dans 4 jours." in training.text(at)
    clock.forward(minutes=1)
    back = {"back": "soon=yes"}
    act = f"/training/people/{member}/laser"
    given = training.post(f"{act}/give", level="accompanied", **back)
    assert given.headers["Location"].startswith("/training?soon=yes&member=")
    assert training.laser() == {NAMES[0]: "accompanied"}
    undo(training.client, at)
    assert training.laser() == {NAMES[0]: "user"}
    training.post(f"{act}/suspend", **back)
    assert "Dites pourquoi" in training.text(at)
    training.post(f"{act}/suspend", tapped="Mauvais réglage", **back)
    assert undo(training.client, at).startswith("Habilitation suspendue.")
    training.post(f"{act}/suspend", reason="Lentille sale", **back)
    assert "Motif : Lentille sale" in training.text(at)
    training.post(f"{act}/restore", tapped="Erreur", **back)
    assert "Motif" not in training.text(at)


def test_each_role_sees_and_does_what_is_its_own(
    training: Training, database: Database, clock: Clock
) -> None:
    training.enrol(NAMES[0])
    app = make_app(database, clock)
    with database.write() as db:
        trainer = db.query(AccountRow).filter_by(login="trainer@example.org").one()
        trainer.member_id = training.people[NAMES[1]]
    for role in ("observer", "member", "trainer", "desk"):
        client = app.test_client()
        sign_in(client, role)
        text = client.get(training.page).get_data(as_text=True)
        assert (NAMES[0] in html.unescape(text)) is (role in ("trainer", "desk"))
        assert ("data-outcome" in text) is (role == "desk")
        assert (
            'class="matrix"' in client.get("/training?everybody=yes").get_data(as_text=True)
        ) is (role in ("trainer", "desk"))
    desk = Training.__new__(Training)
    desk.__dict__ |= training.__dict__ | {"client": client}
    desk.note(NAMES[0], "passed")
    assert "Habiliter revient à un formateur" in desk.text()
    desk.post(f"{training.page}/certify")
    assert training.laser() == {}
    training.hold(NAMES[1], "laser", Level.TRAINER)
    desk.client = app.test_client()
    sign_in(desk.client, "trainer")
    assert "Habiliter 1 personne" in desk.text()
    desk.post(f"{training.page}/people", who="Nouvelle Venue")
    assert "Nouvelle Venue" in desk.text()
    desk.post(f"{training.page}/certify")
    assert training.laser() == {NAMES[1]: "trainer", NAMES[0]: "user"}


def own_page(client: FlaskClient, training: Training, name: str) -> Training:
    """The same session before a member: somebody who is enrolled in it, or could be."""
    with training.database.write() as db:
        row = db.query(AccountRow).filter_by(login="member@example.org").one()
        row.member_id = training.people[name]
    sign_in(client, "member")
    found = Training.__new__(Training)
    found.__dict__ |= training.__dict__ | {"client": client}
    return found


def test_a_member_takes_a_place_on_the_sessions_page_and_gives_it_back(
    client: FlaskClient, database: Database
) -> None:
    training = Training(client, database, starts_h=48)
    mine, own = own_page(client, training, NAMES[0]), f"{training.page}/own"
    assert "M’inscrire" in mine.text()
    mine.post(own)
    assert undo(client, mine.page) == "Inscription faite."
    assert "M’inscrire" in mine.text()
    mine.post(own)
    assert "Vous êtes inscrit à cette séance." in mine.text()
    mine.post(f"{own}/withdraw")
    mine.enrol(NAMES[1])
    with database.write() as db:
        change = {"places": 1}
        course_sessions.change(db, training.id, change, version=None, actor=SYSTEM, now=NOW)
    assert "M’inscrire en liste d’attente" in mine.text()
    mine.post(own)
    text = mine.text()
    assert "Vous êtes en liste d’attente" in text
    assert NAMES[1] not in text
    mine.post(f"{own}/withdraw")
    assert "Inscription annulée." in mine.text()


def test_a_member_reads_the_one_reason_why_she_gets_no_place(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    training = Training(client, database, starts_h=48)
    mine, own = own_page(client, training, NAMES[3]), f"{training.page}/own"
    assert 'disabled aria-describedby="own-why"' in mine.text()
    mine.post(own)
    text = mine.text()
    assert text.count("Il faut d’abord : Règlement signé.") == 3  # asked, refused, and greyed
    mine.hold(NAMES[3], "rules")
    clock.forward(hours=48.5)
    with database.write() as db:
        course_sessions.close_begun(db, clock())
    mine.post(own)
    text = mine.text()
    assert "Trop tard : cette séance a commencé." in text
    assert "liste d’attente" not in text


def test_that_nobody_certifies_herself_is_for_who_could_certify(
    client: FlaskClient, training: Training
) -> None:
    training.enrol(NAMES[0])
    training.note(NAMES[0], "passed")
    mine = own_page(make_other(client), training, NAMES[0])
    text = mine.text()
    assert NAMES[0] in text
    assert "ne s’habilite" not in text


def make_other(client: FlaskClient) -> FlaskClient:
    """Another browser before the same application."""
    return client.application.test_client()


def test_papers_name_who_is_enrolled_and_certify_who_was_there(training: Training) -> None:
    training.enrol(*NAMES[:3])
    training.note(NAMES[0], "absent")
    training.note(NAMES[1], "to_review")
    with training.database.write() as db:  # a badge at the desk is no outcome
        db.get_one(EnrolmentRow, (training.id, training.people[NAMES[2]])).attended_at = NOW
    sheet = training.text(f"{training.page}/attendance")
    assert all(name in sheet for name in NAMES[:3])
    papers = training.text(f"{training.page}/certificates")
    assert [name for name in NAMES if name in papers] == [NAMES[1]]
    assert "La Fabrique atteste que" in papers
    for paper in (sheet, papers):
        assert "24 novembre 2026, 12:30 – 14:30" in paper
        assert "Aujourd’hui à" not in paper
    assert "Fait le 24 novembre 2026." in papers


def test_as_many_statements_for_many_people_as_for_few(training: Training) -> None:
    def asked() -> list[int]:
        found = []
        for page in (training.page, "/training?everybody=yes"):
            with counted(training.database) as statements:
                training.client.get(page)
            found.append(len(statements))
        return found

    training.enrol(NAMES[0])
    few = asked()
    for number in range(12):
        name = f"Somebody {number}"
        training.people[name] = add_member(training.database, name)
        training.hold(name, "laser")
        training.enrol(name)
    assert asked() == few
