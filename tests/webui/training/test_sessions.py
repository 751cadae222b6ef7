"""A course session: planned and changed, and who takes part, waits or leaves."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.models import (
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.kernel.database import Database
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.support.parsed import form_to
from tests.webui.conftest import NOW, sign_in
from tests.webui.members.people import undo
from tests.webui.training.at_session import NAMES, SYSTEM, Training, make_other, own_page, plain


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
    assert "Indiquez le motif" in training.text(f"{page}/edit")
    training.post(f"{page}/cancel", reason="La machine est en panne")
    assert undo(training.client, page) == "Séance annulée."
    training.post(f"{page}/cancel", reason="La machine est en panne")
    assert "La machine est en panne" in training.text(page)
    training.post(f"{page}/hold")
    assert "en panne" not in training.text(page)


def test_a_session_that_was_moved_meanwhile_is_shown_as_it_is_and_can_be_saved(
    training: Training,
) -> None:
    page = f"{training.page}/edit"
    opened = form_to(training.client.get(page).get_data(as_text=True), page)
    assert training.post(page, **opened | {"day": "2026-12-20", "kind": "workshop"}).location
    refused = training.post(page, **opened | {"places": "9", "kind": "event"})
    text = plain(refused)
    assert (refused.status_code, "La séance a changé entre-temps." in text) == (422, True)
    assert 'id="day-wrong">Quelqu’un d’autre vient de modifier ceci.' in text
    assert 'id="kind-wrong">Enregistré entre-temps : Atelier.' in text
    shown = form_to(refused.get_data(as_text=True), page)
    assert training.post(page, **shown).status_code == 303
    saved = form_to(training.client.get(page).get_data(as_text=True), page)
    changed = {name for name in saved if saved[name] != opened[name]}
    assert changed == {"day", "places", "kind", "version", "filled"}
    assert (saved["day"], saved["places"], saved["kind"]) == (["2026-12-20"], ["9"], ["event"])


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({"starts": "16:00", "ends": "14:00"}, "ends", "La fin est avant le début."),
        ({"day": "2026-10-20"}, "day", "Ce jour est passé depuis plus d’un mois"),
        ({"places": "0"}, "places", "Saisissez au moins une place"),
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
    assert "Ajoutez les personnes venues" in training.text(late.headers["Location"])
    night = training.post("/training/sessions", **right | {"starts": "20:00", "ends": "02:00"})
    assert (late.status_code, night.status_code) == (303, 303)


def test_a_course_that_was_held_earlier_today_is_recorded(training: Training) -> None:
    """It is 14:00: one that nobody had planned, and one that was planned for the evening."""
    held = {"course": "beginners", "kind": "course", "day": "2026-11-24", "places": "8"}
    held |= {"starts": "09:00", "ends": "11:00"}
    made = training.post("/training/sessions", **held)
    assert "Ajoutez les personnes venues" in training.text(made.headers["Location"])
    later = training.post("/training/sessions", **held | {"starts": "18:00", "ends": "20:00"})
    page = later.headers["Location"]
    assert training.post(f"{page}/people", member=training.people[NAMES[0]]).status_code == 303
    too_far = training.post(f"{page}/edit", **held | {"day": "2026-11-23"})
    assert (too_far.status_code, "Ce jour est déjà passé" in plain(too_far)) == (422, True)
    assert training.post(f"{page}/edit", **held).status_code == 303
    training.post(f"{page}/passed", member=training.people[NAMES[0]])
    assert "Habiliter 1 personne qui a réussi" in training.text(page)


def test_a_course_is_a_sentence_that_is_changed(training: Training) -> None:
    address = "/training/courses/beginners"
    version = re.search(r'name="version" value="(\d+)"', training.text(address))
    assert version
    fields = {"name": "Laser", "version": version[1], "scope": "network"}
    both = training.post(address, **fields, grants=["laser"], requires=["laser"])
    assert (both.status_code, "ne peut pas exiger" in plain(both)) == (422, True)
    assert training.post(address, **fields, grants=["laser"]).status_code == 303
    listed = training.text("/training/courses")
    assert 'data-label="Il faut d’abord"' not in listed
    assert 'href="/training/sessions/new?course=beginners"' in listed
    assert "aucune prévue" in listed
    assert 'value="beginners" selected' in training.text("/training/sessions/new")
    empty = training.text("/training/sessions/new?course=")
    assert 'value="beginners" selected' not in empty
    assert training.post(address, **fields).status_code == 422  # it has changed since
    made = training.post("/training/courses", name="Tour à bois", grants=["rules"])
    assert made.headers["Location"].endswith("/training/sessions/new?course=tour-a-bois")


def test_one_who_is_enrolled_is_said_in_the_singular(training: Training) -> None:
    training.enrol(NAMES[0])
    assert "1 inscrit sur 4" in training.text()
    training.enrol(NAMES[1])
    assert "2 inscrits sur 4" in training.text()


def test_somebody_is_added_by_badge_by_name_or_new(training: Training) -> None:
    add = f"{training.page}/people"
    assert "le nom suffit" in training.text()  # it has begun
    vault = Vault(b"k" * 32, b"w" * 32)
    with training.database.write() as db:
        new = NewCredential(member_id=training.people[NAMES[2]], value="uid:04A1B2C3D4E5F6")
        credentials.create(db, new, vault=vault, actor=SYSTEM, now=NOW)
    assert training.post(add, who="04 a1 b2 c3 d4 e5 f6").status_code == 303
    assert training.outcomes() == {NAMES[2]: None}
    unknown = training.post(add, who="04ffffffffffff")
    assert unknown.status_code == 422
    assert "Ce badge n’appartient à personne ici." in plain(unknown)
    asked = training.post(add, who="tiago", email="t@example.org")
    text = plain(asked)
    assert asked.status_code == 422
    assert 'value="t@example.org"' in text
    assert "il faut d’abord : Règlement signé" in text
    training.post(add, member=training.people[NAMES[3]])
    assert NAMES[3] in training.outcomes()
    assert undo(training.client, training.page) == "Tiago Ferreira est maintenant sur la liste."
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


def test_an_address_that_somebody_else_has_is_asked_about(training: Training) -> None:
    add, first = f"{training.page}/people", NAMES[0]
    with training.database.write() as db:
        patch = {"email": "family@example.org"}
        key = training.people[first]
        members.change(db, key, patch, version=None, actor=SYSTEM, now=NOW)
    typed = {"who": "Nadia Petit", "email": "Family@example.org"}
    asked = training.post(add, **typed)
    assert asked.status_code == 422
    assert f"Cette adresse figure déjà sur la fiche de : {first}." in plain(asked)
    assert 'name="same_email" value="Family@example.org">' in plain(asked)
    assert "Nadia Petit" not in training.outcomes()
    similar = training.post(add, who=first, email=typed["email"], new=first)
    assert f'name="new" value="{first}"' in plain(similar), "that answer is kept"
    assert training.post(add, **typed, same_email=typed["email"]).status_code == 303
    with training.database.read() as db:
        assert db.query(MemberRow).filter_by(display_name="Nadia Petit").count() == 1


def test_what_is_wrong_with_who_is_added_is_said_at_its_field(training: Training) -> None:
    add = f"{training.page}/people"
    blank = training.post(add, who="   ")
    assert (blank.status_code, "Saisissez un nom, ou passez un badge." in plain(blank)) == (
        422,
        True,
    )
    wrong = plain(training.post(add, who="Somebody Else", email="no address"))
    found = re.findall(r'<input[^>]* autofocus[^>]*aria-describedby="([^"]*)"', wrong)
    assert [item.strip() for item in found] == ["email-wrong"]


def test_the_waiting_list_moves_up_and_says_so(client: FlaskClient, database: Database) -> None:
    training = Training(client, database, starts_h=48)
    sign_in(client, "manager")
    with database.write() as db:
        change = {"places": 1}
        course_sessions.change(db, training.id, change, version=None, actor=SYSTEM, now=NOW)
    for name in NAMES[:2]:
        training.post(f"{training.page}/people", member=training.people[name])
    refused = training.post(f"{training.page}/people", member=training.people[NAMES[3]])
    assert refused.status_code == 422  # the rules are not signed
    said = training.text()
    assert "Il faut d’abord : Règlement signé ; une nouvelle personne peut être ajoutée" in said
    assert "le nom suffit" not in said
    assert "Sur la liste d’attente" in training.text()
    asked = f"La place va aussitôt à {NAMES[1]}."
    assert training.text().count(asked) == 1  # not of whoever waits
    assert asked in training.text(f"/members/{training.people[NAMES[0]]}")
    assert asked not in training.text(f"/members/{training.people[NAMES[1]]}")
    own = own_page(make_other(client), training, NAMES[0])
    assert "Quelqu’un attend cette place" in own.text()
    training.post(f"{training.page}/people/{training.people[NAMES[0]]}/withdraw")
    text = training.text()
    assert f"La place va à {NAMES[1]}." in text
    assert "Sur la liste d’attente" not in text
    assert "Désinscrire…" not in text


def test_whom_somebody_took_off_by_mistake_stands_as_before(
    client: FlaskClient, database: Database
) -> None:
    """Enrolled and not yet seen, though it has begun; somebody who waited waits, in their turn."""
    sign_in(client, "manager")
    training = Training(client, database)
    training.enrol(*NAMES[:2])
    one, waits, last = (training.people[name] for name in NAMES[:3])
    training.post(f"{training.page}/people/{one}/withdraw")
    assert undo(client, training.page) == "Désinscription faite."
    with database.write() as db:
        rows = {row.member_id: row for row in db.query(EnrolmentRow)}
        assert (rows[one].status, rows[one].attended_at) == ("enrolled", None)
        db.get_one(CourseSessionRow, training.id).places = 1
        rows[waits].status = EnrolmentStatus.WAITING
        db.add(
            EnrolmentRow(
                id=uuid7(), session_id=training.id, member_id=last, status=EnrolmentStatus.WAITING
            )
        )
    training.post(f"{training.page}/people/{waits}/withdraw")
    undo(client, training.page)
    with database.read() as db:
        waiting = select(EnrolmentRow.member_id).where(EnrolmentRow.status == "waiting")
        assert db.scalars(waiting.order_by(EnrolmentRow.id)).all() == [waits, last]


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
    with database.write() as db:
        before = training.people[NAMES[2]]
        enrolments.enrol(db, training.id, before, actor=SYSTEM, now=NOW)
    assert "M’inscrire en liste d’attente" in mine.text()
    mine.post(own)
    text = mine.text()
    assert "Vous êtes sur la liste d’attente" in text
    assert f"<h4>2. {NAMES[0]}</h4>" in text, "somebody waits before them; no link to a closed page"
    assert NAMES[1] not in text
    assert NAMES[2] not in text
    mine.post(f"{own}/withdraw")
    assert "Inscription annulée." in mine.text()
    assert mine.post(f"/training/sessions/{NAMES[0]}/own").status_code == 404


def test_nor_does_a_member_give_a_place_back_once_it_has_begun(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    training = Training(client, database, starts_h=1)
    mine, own = own_page(client, training, NAMES[0]), f"{training.page}/own"
    mine.post(own)
    clock.forward(hours=1)
    assert "Trop tard : cette séance a commencé." in mine.text()
    mine.post(f"{own}/withdraw")
    assert "seul son formateur note les absences." in mine.text()


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
        course_sessions.close_enrolment_of_begun(db, clock())
    mine.post(own)
    text = mine.text()
    assert "Trop tard : cette séance a commencé." in text
    assert "liste d’attente" not in text


def test_two_people_of_the_same_name_are_told_apart_when_one_is_enrolled(
    training: Training, database: Database
) -> None:
    for email in ("one@lys.example", "two@lys.example"):
        with database.write() as db:
            new = NewMember(display_name="Paul Petit", email=email)
            members.create(db, new, actor=SYSTEM, now=NOW)
    shown = plain(training.post(f"{training.page}/people", who="Paul Petit"))
    assert "Paul Petit (one@lys.example)" in shown
    assert "Paul Petit (two@lys.example)" in shown


def test_the_number_of_those_enrolled_says_who_was_erased(training: Training) -> None:
    training.enrol(NAMES[0])
    assert "effacé" not in training.text()
    with training.database.write() as db:
        past = {"enrolled": 2, "attended": 1, "passed": 0, "certified": 0}
        db.add(CourseSessionPast(session_id=training.id, **past))
    text = training.text()
    assert "3 inscrits sur 4" in text
    assert "dont 2 effacés" in text
