"""What reports count of a course session is entered and corrected on its page."""

import re

import pytest

from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.statistics import funder
from controller.capabilities.training import course_sessions
from controller.capabilities.training.shapes import CourseSession
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.support.parsed import form_to
from tests.webui.conftest import NOW, SITE
from tests.webui.members.people import undo
from tests.webui.training.at_session import SYSTEM, Training, own_page, plain

TYPED = {"headcount": "12", "minutes": "90", "theme": "Fête de la science"}


def read(training: Training) -> CourseSession:
    with training.database.read() as db:
        return course_sessions.get(db, training.id, actor=SYSTEM)


def test_facts_are_entered_counted_and_taken_back(training: Training, clock: Clock) -> None:
    with training.database.write() as db:
        began = Utc.parse("2026-01-01T00:00:00.000Z")
        club = organisations.create(
            db, NewOrganisation(name=Label(fr="Amicale")), actor=SYSTEM, now=NOW
        )
        new = NewProject(name=Label(fr="Remorque"), organisation_id=club.id, starts_at=began)
        trailer = projects.create(db, new, actor=SYSTEM, now=NOW)
    text = training.text()
    assert "Laissez vide pour toute la séance, 120 minutes." in text
    assert re.search(r"Participants non nommés</dt><dd>non renseigné", text)
    typed = TYPED | {"project_id": trailer.id, "version": str(read(training).version)}
    answer = training.post(f"{training.page}/facts", **typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{training.page}#facts")
    one = read(training)
    assert (one.headcount, one.minutes, one.theme) == (12, 90, "Fête de la science")
    assert (one.organisation_id, one.project_id) == (club.id, trailer.id)
    assert (one.places, one.course_id) == (4, "beginners"), "the rest is as it was"
    text = training.text()
    for said in ("12 personnes", "1 h 30 min", "Amicale", "Remorque"):
        assert re.search(rf"<dd>{said}</dd>", text), said
    clock.forward(hours=2)
    with training.database.read() as db:
        (month,) = funder.report(db, SITE, actor=SYSTEM, now=clock.now)
    assert (month.headcount, month.taught_min) == (12, 90)
    training.post(f"{training.page}/facts", **TYPED, version=str(one.version))
    assert read(training).project_id is None
    assert undo(training.client, training.page) == "Chiffres de la séance enregistrés."
    assert read(training).project_id == trailer.id


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"headcount": "beaucoup"}, "Saisissez un nombre de personnes, ou laissez vide."),
        ({"minutes": "0"}, "Saisissez un nombre de minutes, au moins 1"),
        ({"theme": "deux\u202elignes"}, "Une ligne, de 200 caractères au plus."),
        ({"organisation_id": "nobody"}, "Le projet appartient à une autre structure"),
        ({"project_id": "nothing"}, "Ce projet n’était pas en cours"),
        ({"version": "77"}, "La séance a changé entre-temps"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    training: Training, wrong: dict[str, str], said: str
) -> None:
    typed = TYPED | {"version": str(read(training).version)} | wrong
    answer = training.post(f"{training.page}/facts", **typed)
    assert answer.status_code == 422
    assert said in plain(answer)
    assert read(training).headcount is None


def test_figures_that_a_colleague_has_saved_meanwhile_stay(training: Training) -> None:
    page = f"{training.page}/facts"
    opened = form_to(training.client.get(training.page).get_data(as_text=True), page)
    assert training.post(page, **opened | {"headcount": "7"}).status_code == 303
    refused = training.post(page, **opened | {"theme": "Lampes"})
    assert 'id="headcount-wrong">Quelqu’un d’autre vient de modifier ceci.' in plain(refused)
    shown = form_to(refused.get_data(as_text=True), page)
    assert training.post(page, **shown).status_code == 303
    assert (read(training).headcount, read(training).theme) == (7, "Lampes")


def test_whoever_does_not_run_the_session_neither_sees_nor_changes_them(training: Training) -> None:
    member = own_page(training.client.application.test_client(), training, "Karim Benali")
    assert "Pour les rapports" not in member.text()
    assert member.post(f"{training.page}/facts", **TYPED).status_code == 403
