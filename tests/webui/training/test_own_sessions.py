"""The list of sessions as a member reads it."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.support.statements import counted
from tests.webui.conftest import NOW
from tests.webui.training.at_session import NAMES, SYSTEM, Training, own_page


@pytest.fixture
def ahead(client: FlaskClient, database: Database) -> Training:
    """A session in two days."""
    return Training(client, database, starts_h=48)


def words(training: Training) -> str:
    """What the page says of upcoming sessions."""
    text = training.text("/training").split('id="coming-title">', 1)[1].split('id="over-title')[0]
    return " ".join(text.split())


def test_a_member_enrols_from_the_list_and_reads_that_they_are_enrolled(
    client: FlaskClient, ahead: Training
) -> None:
    ahead.enrol(NAMES[1])
    mine = own_page(client, ahead, NAMES[0])
    text = words(mine)
    assert "3 places libres" in text
    assert "Donne : Découpe laser" in text
    assert f'action="{ahead.page}/own"' in text
    assert "M’inscrire<" in text
    assert "Formations et habilitations" not in mine.text("/training"), "that is for the team"
    assert "<h1>Toutes les formations</h1>" in mine.text("/training/courses")
    mine.post(f"{ahead.page}/own")
    assert "Vous êtes inscrit." in words(mine)
    assert "M’inscrire" not in words(mine)
    assert "2 places libres" in words(mine)


def test_a_member_waits_for_a_place_of_a_full_session(client: FlaskClient, ahead: Training) -> None:
    ahead.enrol(NAMES[1])
    with ahead.database.write() as db:
        course_sessions.change(db, ahead.id, {"places": 1}, version=None, actor=SYSTEM, now=NOW)
        waits = ahead.people[NAMES[2]]
        enrolments.enrol(db, ahead.id, waits, actor=SYSTEM, now=NOW)
    mine = own_page(client, ahead, NAMES[0])
    assert "Complet, 1 en attente" in words(mine)
    assert "M’inscrire en liste d’attente" in words(mine)
    mine.post(f"{ahead.page}/own")
    assert "Vous êtes sur la liste d’attente." in words(mine)
    assert "Complet, 2 en attente" in words(mine)


def test_the_list_says_why_a_member_can_not_enrol(
    client: FlaskClient, ahead: Training, clock: Clock
) -> None:
    mine = own_page(client, ahead, NAMES[3])
    assert "Il faut d’abord : Règlement signé." in words(mine)
    assert "M’inscrire" not in words(mine)
    ahead.hold(NAMES[3], "rules")
    assert "M’inscrire" in words(mine)
    ahead.hold(NAMES[3], "laser")
    shown = words(mine)
    assert "toutes les séances à venir.</p>" in shown
    assert "Vous avez déjà ces habilitations" in shown
    assert "M’inscrire" not in shown
    clock.forward(hours=49)
    assert "Trop tard : cette séance a commencé." in words(mine)


def test_what_a_member_can_join_comes_before_what_they_know(
    client: FlaskClient, ahead: Training, database: Database
) -> None:
    mine = own_page(client, ahead, NAMES[0])
    ahead.hold(NAMES[0], "laser")
    with database.write() as db:
        start = Utc.of(NOW + timedelta(days=9))
        end = Utc.of(start + timedelta(hours=2))
        new = NewCourseSession(theme="Broderie", starts_at=start, ends_at=end)
        course_sessions.create(db, new, actor=SYSTEM, now=NOW)
    shown = words(mine)
    joinable, known = shown.index("Broderie"), shown.index("Vous avez déjà ces habilitations")
    assert joinable < shown.index("M’inscrire") < known < shown.index("Bien découper")


def test_the_team_reads_the_places_taken_and_enrols_nobody_from_there(training: Training) -> None:
    text = training.text("/training")
    assert "0 sur 4" in text
    assert "/own" not in text
    assert "Formations et habilitations" in text


def test_more_sessions_take_no_more_statements(
    client: FlaskClient, ahead: Training, database: Database
) -> None:
    mine = own_page(client, ahead, NAMES[0])
    with counted(database) as few:
        mine.text("/training")
    with database.write() as db:
        for day in range(3, 9):
            start = Utc.of(NOW + timedelta(days=day))
            new = NewCourseSession(
                course_id="beginners", starts_at=start, ends_at=Utc.of(start + timedelta(hours=2))
            )
            course_sessions.create(db, new, actor=SYSTEM, now=NOW)
    with counted(database) as many:
        mine.text("/training")
    assert len(many) == len(few)
