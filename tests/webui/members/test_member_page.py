"""One person's page: a sentence first, and what can be done there and taken back."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import PRIVATE_TEXTS
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.support.parsed import form_to
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.members.people import BADGE, SYSTEM, Person, add_machine, add_member
from webui.members.member_view import initials


def test_a_badge_is_given_by_whatever_a_reader_types_and_taken_back(
    zoe: Person, database: Database
) -> None:
    assert "Ce lieu n’a encore ni porte ni équipement" in zoe.text()
    answer = zoe.post("/badges", value="not a badge")
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert 'value="not a badge"' in text
    assert "n’est pas un numéro de badge" in text
    assert zoe.post("/badges", value="04 a1:b2 c3 d4 e5 f6").status_code == 303
    assert "finit par E5F6" in zoe.text()
    assert "04A1B2C3D4E5F6" not in zoe.text()
    zoe.post("/badges", value="0001234567")
    assert zoe.undo() == "Badge donné. Il marche dès maintenant."
    with database.read() as db:
        (kept,) = db.query(CredentialRow).all()
        assert kept.masked.endswith("E5F6")


def test_a_lost_badge_is_replaced_and_that_is_taken_back(zoe: Person, database: Database) -> None:
    zoe.post("/badges", value=BADGE)
    key = zoe.badge(database)
    zoe.post(f"/badges/{key}/replace", value="04FFFFFFFFFFFF")
    with database.read() as db:
        rows = db.query(CredentialRow).order_by(CredentialRow.id).all()
        assert [row.status for row in rows] == ["lost", "active"]
    zoe.undo()
    with database.read() as db:
        (row,) = db.query(CredentialRow).all()
        assert (row.id, row.status) == (key, "active")


def test_a_replacement_from_a_stale_page_says_why_it_was_refused(
    zoe: Person, database: Database
) -> None:
    for number in (BADGE, "04FFFFFFFFFFFF"):
        zoe.post("/badges", value=number)
    with database.read() as db:
        old = db.query(CredentialRow).order_by(CredentialRow.id).all()[0].id
    zoe.post(f"/badges/{old}/lost")  # in another tab
    answer = zoe.post(f"/badges/{old}/replace", value="04FFFFFFFFFFFF")
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count("appartient déjà à quelqu’un") == 1


def test_what_is_rare_about_a_badge_stands_in_its_menu(zoe: Person, database: Database) -> None:
    zoe.post("/badges", value=BADGE)
    key, text = zoe.badge(database), zoe.text()
    menu = text[text.index(f'id="acts-{key}"') :]
    menu = menu[: menu.index("</div>")]
    assert f"/badges/{key}/suspend" in menu
    assert f"/badges/{key}/return" in menu
    assert text.count('action="' + zoe.page + '/subscriptions"') == 1, "in one place"


@pytest.mark.parametrize(("deed", "status"), [("lost", "lost"), ("suspend", "suspended")])
def test_a_badge_blocked_by_mistake_works_again(
    zoe: Person, database: Database, deed: str, status: str
) -> None:
    zoe.post("/badges", value=BADGE)
    key = zoe.badge(database)
    zoe.post(f"/badges/{key}/{deed}")
    with database.read() as db:
        assert db.get_one(CredentialRow, key).status == status
    zoe.undo()
    with database.read() as db:
        assert db.get_one(CredentialRow, key).status == "active"
    zoe.post(f"/badges/{key}/return")
    assert "Aucun badge" in zoe.text()


@pytest.mark.parametrize("deed", ["lost", "replace", "give"])
def test_an_undo_leaves_what_a_manager_has_done_to_the_badge_meanwhile(
    zoe: Person, database: Database, deed: str
) -> None:
    zoe.post("/badges", value=BADGE)
    key = zoe.badge(database)
    if deed != "give":
        zoe.post(f"/badges/{key}/{deed}", value="04FFFFFFFFFFFF")
    with database.write() as db:
        credentials.suspend(db, key, actor=SYSTEM, now=NOW)
    zoe.undo()
    assert "Cette fiche a changé entre-temps." in zoe.text()
    with database.read() as db:
        assert db.get_one(CredentialRow, key).status == "suspended"


def test_who_she_is_is_changed_and_put_back(zoe: Person, database: Database) -> None:
    form = {
        "name": "Zoé  d’Artois-Lefèvre",
        "email": "zoe@example.org",
        "language": "en",
        "categories": ["minor", "student"],
        "others": "bénévole",
        "guardian_name": "Hélène",
        "guardian_phone": "06 12 34 56 78",
        "needs_help": "1",
        "version": zoe.version(),
    }
    assert zoe.post("/edit", **form).status_code == 303
    with database.read() as db:
        row = db.get_one(MemberRow, zoe.id)
        assert row.display_name == "Zoé d’Artois-Lefèvre"
        assert row.categories == ["minor", "student", "bénévole"]
        assert (row.guardian_name, row.needs_help, row.language) == ("Hélène", True, "en")
    zoe.undo()
    with database.read() as db:
        row = db.get_one(MemberRow, zoe.id)
        assert (row.display_name, row.email, row.guardian_name) == ("Zoé d’Artois", None, None)
    assert zoe.post("/put-back", patch='{"status": "left"}', version="1").status_code == 400


def test_an_address_without_a_dot_is_saved_with_a_remark_once(zoe: Person) -> None:
    form = {"name": "Zoé d’Artois", "language": "fr", "email": "zoe@lys"}
    said = "Fiche modifiée. Vérifiez l’adresse\u00a0: zoe@lys."
    for name, is_said in (("Zoé d’Artois", True), ("Zoé Artois", False)):
        changed = form | {"name": name, "version": zoe.version()}
        assert zoe.post("/edit", **changed).status_code == 303
        assert (said in zoe.text()) is is_said


def test_what_was_typed_stays_when_something_is_wrong(zoe: Person, database: Database) -> None:
    wrong = {"name": "Zoé", "email": "nowhere", "guardian_name": "Hélène", "language": "fr"}
    answer = zoe.post("/edit", **wrong, version=zoe.version())
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="nowhere"' in text
    assert "Saisissez-la comme nom@exemple.fr" in text
    assert "Saisissez un numéro de téléphone" in text
    stale = zoe.post("/edit", name="Zoé Autre", language="fr", version="0")
    text = stale.get_data(as_text=True)
    assert (stale.status_code, 'value="Zoé Autre"' in text) == (422, True)
    assert "a changé entre-temps" in text
    assert f'name="version" value="{zoe.version()}"' in text


def test_what_a_colleague_has_saved_meanwhile_stays(zoe: Person, database: Database) -> None:
    """The form was filled before; only what was changed in it is saved, once it was shown."""
    page = f"{zoe.page}/edit"
    opened = form_to(zoe.client.get(page).get_data(as_text=True), page)
    colleague = {"phone": ["0612345678"], "categories": ["student"], "email": ["z@example.org"]}
    assert zoe.post("/edit", **opened | colleague).status_code == 303
    typed = {"categories": ["minor"], "email": ["zoe@example.org"], "needs_help": ["1"]}
    refused = zoe.post("/edit", **opened | typed)
    text = html.unescape(refused.get_data(as_text=True))
    assert (refused.status_code, "a changé entre-temps" in text) == (422, True)
    marked = re.findall(r'id="(\w+)-wrong">Quelqu’un d’autre vient de modifier ceci\.', text)
    assert marked == ["phone", "categories"]
    assert re.search(r'id="email-wrong">Enregistré entre-temps.: z@example\.org\.', text)
    shown = form_to(refused.get_data(as_text=True), page)
    assert zoe.post("/edit", **shown).status_code == 303
    with database.read() as db:
        row = db.get_one(MemberRow, zoe.id)
        assert (row.phone, row.email) == ("0612345678", "zoe@example.org")
        assert (set(row.categories), row.needs_help) == ({"student", "minor"}, True)


def test_for_whom_she_works_is_chosen_and_taken_back(zoe: Person, database: Database) -> None:
    assert "pour le compte de qui" not in zoe.text(), "there is nothing to choose"
    with database.write() as db:
        new = NewOrganisation(name=Label(fr="Récup’Art"))
        club = organisations.create(db, new, actor=SYSTEM, now=NOW).id
        patch = {"organisations": [club]}
        members.change(db, zoe.id, patch, version=None, actor=SYSTEM, now=NOW)
    zoe.post("/works-for", behalf=f"organisation:{club}")
    assert '<p class="value">Récup’Art</p>' in zoe.text().replace("\n", "")
    zoe.post("/works-for", behalf="organisation:nothing")
    assert "Ce n’est pas possible." in zoe.text()
    assert zoe.post("/works-for", behalf="nonsense:1").status_code == 400
    zoe.post("/works-for", behalf="")
    assert '<p class="value">Récup’Art</p>' not in zoe.text(), "she works for herself"
    zoe.post("/works-for", behalf=f"organisation:{club}")
    zoe.undo()
    assert '<p class="value">Soi-même</p>' in zoe.text()
    zoe.post("/works-for", behalf=f"organisation:{club}")
    with database.write() as db:
        closed = {"active": False}
        organisations.change(db, club, closed, version=None, actor=SYSTEM, now=NOW)
    assert "Récup’Art</p>" not in zoe.text(), "what is closed pays no more"


def test_who_was_added_by_mistake_is_taken_back_at_once_only(
    zoe: Person, database: Database, clock: Clock
) -> None:
    clock.now = Utc.of(NOW + timedelta(minutes=6))
    zoe.post("/take-back")
    assert "Trop tard" in zoe.text()
    clock.now = NOW
    zoe.post("/take-back")
    assert zoe.client.get(f"/members/{zoe.id}").status_code == 404


def test_what_she_has_booked_is_given_back_and_taken_again(zoe: Person, database: Database) -> None:
    add_machine(database, "lathe", ("laser",))
    with database.write() as db:
        new = NewBooking(
            member_id=zoe.id,
            access_point="lathe",
            starts_at=Utc.of(NOW + timedelta(hours=2)),
            ends_at=Utc.of(NOW + timedelta(hours=4)),
        )
        key = bookings.create(db, new, actor=SYSTEM, now=NOW).id
    coming = '<h2 id="coming-title">'
    assert "à 16:00, jusqu’à 18:00" in zoe.text().partition(coming)[2]
    other = Person(zoe.client, add_member(database, "Other"))
    assert other.post(f"/bookings/{key}/cancel").status_code == 404
    zoe.post(f"/bookings/{key}/cancel")
    with database.read() as db:
        assert db.get_one(BookingRow, key).cancelled_at == NOW
    assert zoe.undo() == "La réservation est annulée."
    assert "jusqu’à 18:00" in zoe.text().partition(coming)[2]


def test_private_texts_are_shown_to_the_desk_and_no_further(
    zoe: Person, client: FlaskClient
) -> None:
    form = {"name": "Zoé d’Artois", "language": "fr", "version": zoe.version()}
    answer = zoe.post("/edit", **form, phone="call me", emergency_contact="Ana Roy, 06 12 34 56 78")
    assert answer.status_code == 422
    for value in ("call me", "Ana Roy, 06 12 34 56 78"):
        assert f'value="{value}"' in answer.get_data(as_text=True)
    texts = {"phone": "07 81 22 45 09", "emergency_contact": "Ana Roy, 06 12 34 56 78"}
    assert texts.keys() == PRIVATE_TEXTS.keys()
    zoe.post("/edit", **form, **texts)
    for role, is_shown in (("desk", True), ("trainer", False)):
        client.post("/sign-out", data={"csrf_token": token_of(client)})
        sign_in(client, role)
        for text in texts.values():
            assert (text in zoe.text().replace("\u00a0", " ")) is is_shown, role


@pytest.mark.parametrize(
    ("name", "said"), [("Zoé d’Artois-Lefèvre", "ZA"), ("Wim De Vos", "WV"), ("la 3D", "LD")]
)
def test_initials_are_the_great_letters(name: str, said: str) -> None:
    assert initials(name) == said
