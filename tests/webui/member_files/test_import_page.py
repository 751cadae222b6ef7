"""A file of members is tried without writing, says every broken line, then comes whole or not."""

import html
import math
import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from controller.capabilities.billing import payments, tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewPayment, NewTariff
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.training import certifications
from controller.capabilities.training.shapes import NewCertification
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.members.people import add_member, undo
from webui.member_files import pages, undo_import
from webui.member_files.column_labels import column_labels

SYSTEM = Actor.system("test")
GOOD = "display_name;email;badge\nZoé d’Artois;zoe@example.org;uid:04A1B2C3\nAmina Diallo;;\n"
BROKEN = "display_name,email\n,a@example.org\nOk,\nNo Way,nowhere\n"


@pytest.fixture
def manager(client: FlaskClient) -> FlaskClient:
    sign_in(client, "manager")
    return client


def attempt(client: FlaskClient, data: bytes) -> tuple[int, str]:
    form = {"csrf_token": token_of(client), "file": (BytesIO(data), "people.csv")}
    answer = client.post("/members/import", data=form, content_type="multipart/form-data")
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def members(database: Database) -> set[str]:
    with database.read() as db:
        return {row.display_name for row in db.query(MemberRow)}


def bring(client: FlaskClient, text: str) -> tuple[int, str]:
    found = re.search(r'name="data" value="([^"]*)"', text)
    assert found
    form = {"csrf_token": token_of(client), "data": found[1], "name": "people.csv"}
    answer = client.post("/members/import/do", data=form)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tried_first_and_then_imported_as_it_was_tried(
    manager: FlaskClient, database: Database, encoding: str
) -> None:
    status, text = attempt(manager, GOOD.encode(encoding))
    assert status == 200
    assert "Nouvelles personnes : 2".replace(" :", "\u00a0:") in text
    assert members(database) == set(), "nothing is written"
    assert bring(manager, text)[0] == 303
    assert members(database) == {"Zoé d’Artois", "Amina Diallo"}
    assert "Personnes importées" in manager.get("/members").get_data(as_text=True)
    status, text = bring(manager, text)
    assert status == 409, "the badge is somebody's by now"
    assert len(members(database)) == 2


def test_every_broken_line_is_told_with_its_column(
    manager: FlaskClient, database: Database
) -> None:
    status, text = attempt(manager, BROKEN.encode())
    assert status == 422
    assert "Lignes à corriger : 2" in spaced(text)
    rows = re.findall(r'<th scope="row">(\d+)</th><td>(\w+)</td>', text)
    assert rows == [("2", "display_name"), ("4", "email")]
    assert 'name="data"' not in text, "there is nothing to import"
    assert members(database) == set()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choisissez un fichier"),
        (b"x" * 201, "Au plus 700"),
        (b"PK\x03\x04" + b"\0" * 60, "CSV"),
    ],
)
def test_what_is_no_such_file_is_said(
    manager: FlaskClient, monkeypatch: pytest.MonkeyPatch, data: bytes, words: str
) -> None:
    monkeypatch.setattr(pages, "MAX_FILE_BYTES", 200)
    status, text = attempt(manager, data)
    assert status == 422
    assert words in text


def test_problems_are_told_in_the_readers_language(manager: FlaskClient) -> None:
    data = (HEADER + "A,,2026-02-30,,zz,laser\n,nowhere,,x,,\n").encode()
    french = attempt(manager, data)[1]
    assert (
        "« 2026-02-30 » n’est pas un jour : vérifiez-le, ou saisissez-le au format AAAA-MM-JJ"
        in spaced(french)
    )
    assert "saisissez une adresse e-mail comme nom@exemple.fr, ou laissez vide" in spaced(french)
    manager.post("/language", data={"csrf_token": token_of(manager), "language": "en"})
    english = attempt(manager, data)[1]
    assert "“2026-02-30” is not a day: check it, or enter it as YYYY-MM-DD" in english


def test_a_problem_names_things_as_people_do(manager: FlaskClient, database: Database) -> None:
    """Not a field of the program nor a plan's id, except where two plans share a name."""
    names = {"y1": "Annuel", "w": "Atelier bois", "a": "Mensuel", "b": "Mensuel"}
    with database.write() as db:
        for key, name in names.items():
            plans.create(db, NewPlan(id=key, name=Label(fr=name)), actor=SYSTEM, now=NOW)
    header = "display_name,plan,subscription_from,subscription_until\n"
    rows = "A,Anuel,2026-12-01,\nB,Annuel,2026-12-01,2026-11-01\n"
    text = spaced(attempt(manager, (header + rows).encode())[1])
    assert "aucune formule Anuel : choisissez parmi Annuel, Atelier bois, a, b, ou créez-la" in text
    assert "saisissez un jour à partir du premier jour de l’abonnement" in text
    assert "subscription_from</" not in text.split("<tbody>")[1].split("</tbody>")[0]


def test_one_address_twice_is_told_beside_what_is_broken(manager: FlaskClient) -> None:
    data = "display_name,email\nAna Roy,ana@example.org\n,b@example.org\nRoy,Ana@example.org\n"
    status, text = attempt(manager, data.encode())
    assert status == 422
    assert "Ligne 4 : même adresse qu’à la ligne 2." in spaced(text)


def test_headings_are_read_as_the_page_lists_them(manager: FlaskClient, database: Database) -> None:
    status, text = attempt(manager, "Nom;E-MAIL;badge\nZoé d’Artois;zoe@example.org;\n".encode())
    assert status == 200
    assert bring(manager, text)[0] == 303
    assert members(database) == {"Zoé d’Artois"}
    assert attempt(manager, b"Nom;display_name\nAda;Ada\n")[0] == 422, "it is one column"
    page = html.unescape(manager.get("/members/import").get_data(as_text=True))
    labels = re.findall(r'<th scope="row">(.*?)(?: <span.*?)?</th><td><code>', page)
    status, text = attempt(manager, ";".join(labels).encode())
    assert status == 200, "each has its own"


def test_other_headings_lead_to_the_page_that_matches_columns(manager: FlaskClient) -> None:
    status, text = attempt(manager, b"Nom;Adresse\nAna Roy;ana@example.org\n")
    assert status == 422
    assert re.findall(r'<th scope="row">1</th><td>([^<]+)</td><td>(La première ligne)', text)
    assert 'les faire correspondre. <a href="/imports">Un autre tableur' in text
    assert "display_name, email" not in text
    assert "Les colonnes du fichier" in text
    assert "Début d’abonnement</th><td><code>subscription_from</code></td>" in text


def test_one_name_twice_and_a_dubious_address_are_told_before_the_import(
    manager: FlaskClient,
) -> None:
    status, text = attempt(
        manager, b"display_name,email\nAna Roy,ana@example.org\nana roy,\nB,b@lys\n"
    )
    assert status == 200
    assert "Ligne 3 : même nom qu’à la ligne 2." in spaced(text)
    assert "Ligne 4 : vérifiez l’adresse e-mail." in spaced(text)


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


HEADER = "display_name,email,subscription_from,plan,badge,certifications\n"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request takes all back, however slow this computer is."""
    monkeypatch.setattr(undo_import, "STEP_S", math.inf)


@pytest.mark.usefixtures("patient")
def test_an_import_is_undone_whole(manager: FlaskClient, database: Database) -> None:
    add_member(database, "Somebody Else")
    lines = "".join(f"Person {n};;\n" for n in range(120))
    text = attempt(manager, (GOOD + lines).encode())[1]
    assert bring(manager, text)[0] == 303
    assert len(members(database)) == 123
    said = undo(manager, "/members")
    assert "122" in said
    assert members(database) == {"Somebody Else"}
    assert "Dernier import" not in manager.get("/members/import").get_data(as_text=True)
    text = attempt(manager, (GOOD + lines).encode())[1]
    assert bring(manager, text)[0] == 303, "its badges are free again"
    assert len(members(database)) == 123


@pytest.mark.parametrize("part", [{}, {"HX-Request": "true"}])
def test_a_long_one_says_how_far_it_is_and_goes_on_from_there(
    manager: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch, part: dict[str, str]
) -> None:
    monkeypatch.setattr(undo_import, "STEP_S", 0.0)
    lines = "".join(f"Person {n};;\n" for n in range(120))
    bring(manager, attempt(manager, (GOOD + lines).encode())[1])
    text = manager.get("/members/import").get_data(as_text=True)
    said = []
    for left in (72, 22):
        answer = manager.post("/members/import/take-back", data=hidden(text), headers=part)
        text = answer.get_data(as_text=True)
        said += re.findall(r"<b>(\d+ personnes sur \d+)</b>", text)
        assert len(members(database)) == left
        assert ("<html" in text) is not bool(part)
    assert said == ["50 personnes sur 122", "100 personnes sur 122"]
    answer = manager.post("/members/import/take-back", data=hidden(text), headers=part)
    assert answer.headers["HX-Redirect" if part else "Location"] == "/members"
    assert members(database) == set()
    text = html.unescape(manager.get("/members").get_data(as_text=True))
    assert "122 personnes importées sont retirées." in text


def hidden(text: str) -> dict[str, str]:
    """What the form sends that takes it back."""
    form = text[text.index('action="/members/import/take-back"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


@pytest.mark.usefixtures("patient")
def test_who_has_lived_since_an_import_stays(manager: FlaskClient, database: Database) -> None:
    bring(manager, attempt(manager, GOOD.encode())[1])
    with database.write() as db:
        zones.create(db, NewZone(id="wood", name=Label(fr="Bois")), actor=SYSTEM, now=NOW)
        zoe = db.query(MemberRow).filter_by(display_name="Zoé d’Artois").one()
        here = NewPresence(zone_id="wood", member_id=zoe.id)
        presence.check_in(db, here, actor=SYSTEM, now=NOW)
    page = manager.get("/members/import").get_data(as_text=True)
    digest = re.search(r'name="digest" value="(\w+)"', page)
    assert digest
    form = {"csrf_token": token_of(manager), "digest": digest[1]}
    assert manager.post("/members/import/take-back", data=form).status_code == 303
    assert members(database) == {"Zoé d’Artois"}
    said = html.unescape(manager.get("/members").get_data(as_text=True)).replace("\u00a0", " ")
    assert "1 reste, car il s’est passé quelque chose depuis pour elle : Zoé d’Artois." in said
    with database.read() as db:
        assert audit.verify(db) is None
    manager.post("/members/import/take-back", data=form)
    text = html.unescape(manager.get("/members/import").get_data(as_text=True))
    assert "ne peut plus être annulé" in text


def adopt_tariff(database: Database) -> None:
    """A plan, and a tariff from today on: 30 € for each subscription to it."""
    with database.write() as db:
        plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
        rate = SubscriptionRate(plan_id="atelier", price_cents=3000)
        tariff = NewTariff(valid_from=NOW.date(), decision="2026-61", rates=(rate,), site_id=SITE)
        tariffs.create(db, tariff, actor=SYSTEM, now=NOW)


def test_a_trial_says_what_is_charged(manager: FlaskClient, database: Database) -> None:
    header = "display_name;plan;subscription_from\n"
    adopt_tariff(database)
    earlier = f"{header}Ada;atelier;2026-11-01\nZoé;;\n"
    assert "compté" not in (tried := attempt(manager, earlier.encode())[1])
    assert bring(manager, tried)[0] == 303
    rows = f"{header}Zoé;atelier;{NOW.date()}\nOmar;atelier;{NOW.date()}\nIda;atelier;{NOW.date()}"
    tried = attempt(manager, rows.encode())[1]
    said = spaced(tried)
    assert "2 abonnements seront comptés au tarif : 60,00 € en tout." in said, "not Zoé’s"
    assert bring(manager, tried)[0] == 303
    said = spaced(html.unescape(manager.get("/members").get_data(as_text=True)))
    assert "3 abonnements seront comptés au tarif : 90,00 € en tout." in said


@pytest.mark.usefixtures("patient")
def test_who_paid_since_an_import_stays_and_the_page_says_why(
    manager: FlaskClient, database: Database
) -> None:
    adopt_tariff(database)
    rows = ["Zoé;atelier;2026-11-24", "Omar;atelier;2026-11-24", "Ada;;"]
    data = "\n".join(["display_name;plan;subscription_from", *rows])
    assert bring(manager, attempt(manager, data.encode())[1])[0] == 303
    catch_up(database, SITE, NOW)
    with database.write() as db:
        zoe = db.query(MemberRow).filter_by(display_name="Zoé").one().id
        paid = NewPayment(
            member_id=zoe, month="2026-11", means=Means.CASH, amount_cents=3000, site_id=SITE
        )
        payments.create(db, paid, actor=SYSTEM, now=NOW)
    text = manager.get("/members/import").get_data(as_text=True)
    assert "ont payé entre-temps, ou dont le relevé est clos" in text
    assert manager.post("/members/import/take-back", data=hidden(text)).status_code == 303
    said = spaced(html.unescape(manager.get("/members").get_data(as_text=True)))
    assert "2 personnes importées sont retirées. 1 reste, car" in said
    assert "pour elle : Zoé. 1 personne a des montants sur son relevé : ils y restent." in said
    assert members(database) == {"Zoé"}


@pytest.mark.usefixtures("patient")
def test_imports_are_undone_one_after_the_other_for_a_fortnight(
    manager: FlaskClient, database: Database, clock: Clock
) -> None:
    for name in ("First", "Second"):
        data = f"display_name\n{name}\n".encode()
        assert bring(manager, attempt(manager, data)[1])[0] == 303
        clock.forward(days=7)
    clock.forward(hours=-1)
    sign_in(manager, "manager")
    for left in ({"First"}, set[str]()):
        text = manager.get("/members/import").get_data(as_text=True)
        assert manager.post("/members/import/take-back", data=hidden(text)).status_code == 303
        assert members(database) == left
    data = b"display_name\nThird\n"
    assert bring(manager, attempt(manager, data)[1])[0] == 303
    clock.forward(days=14, seconds=1)
    sign_in(manager, "manager")
    assert "take-back" not in manager.get("/members/import").get_data(as_text=True)


def test_only_managers_import(client: FlaskClient, database: Database) -> None:
    sign_in(client, "desk")
    assert attempt(client, GOOD.encode())[0] == 403
    assert (
        client.post("/members/import/do", data={"csrf_token": token_of(client)}).status_code == 403
    )
    add_member(database, "Somebody")
    assert "/members/import" not in client.get("/members").get_data(as_text=True)


def test_a_name_in_capitals_is_shown_beside_the_one_that_is_here(
    manager: FlaskClient, database: Database
) -> None:
    add_member(database, "Amina Diallo")
    status, text = attempt(manager, b"display_name\nDIALLO Amina\nOmar Sy\n")
    assert status == 200
    assert "1 ligne a un nom ou une adresse qui existe déjà" in spaced(text)
    assert "Amina Diallo</a>, dans le fichier : DIALLO Amina" in spaced(text)
    assert "Importer 1 nouvelle personne" in spaced(text)


def test_who_is_here_already_is_said_and_left_out(manager: FlaskClient, database: Database) -> None:
    amina = add_member(database, "Amina Diallo")
    add_member(database, "Z. Artois", email="ZOE@example.org")
    status, text = attempt(manager, GOOD.encode() + b"Omar Sy;;\n")
    assert status == 200
    assert "2 lignes ont un nom ou une adresse qui existe déjà" in spaced(text)
    assert f'href="/members/{amina}"' in text
    assert "même adresse" in text
    assert "Importer 1 nouvelle personne" in spaced(text)
    found = re.search(r'name="data" value="([^"]*)"', text)
    assert found
    form = {"csrf_token": token_of(manager), "data": found[1], "new_only": "1"}
    assert manager.post("/members/import/do", data=form).status_code == 303
    assert members(database) == {"Amina Diallo", "Z. Artois", "Omar Sy"}
    assert undo(manager, "/members")
    assert members(database) == {"Amina Diallo", "Z. Artois"}


def test_the_examples_of_cells_can_be_imported(manager: FlaskClient, database: Database) -> None:
    with database.write() as db:
        for key in ("laser", "cnc"):
            new = NewCertification(id=key, name=Label(fr=key), site_id=SITE)
            certifications.create(db, new, actor=SYSTEM, now=NOW)
        for name in ("Club d’échecs", "Lycée"):
            organisation = NewOrganisation(site_id=SITE, name=Label(fr=name))
            organisations.create(db, organisation, actor=SYSTEM, now=NOW)
        plan = NewPlan(id="full", name=Label(fr="Accès complet"), site_id=SITE)
        plans.create(db, plan, actor=SYSTEM, now=NOW)
    rows = re.findall(
        r"<td><code>(\w+)</code></td><td[^>]*>([^<]+)</td>",
        html.unescape(manager.get("/members/import").get_data(as_text=True)),
    )
    assert [name for name, _example in rows] == list(column_labels())
    data = "\n".join(";".join(cells) for cells in zip(*rows, strict=True))
    status, text = attempt(manager, data.encode())
    assert (status, "Aucune ligne à corriger" in text) == (200, True), re.findall("<td>.*", text)


def test_an_empty_file_has_all_columns(manager: FlaskClient) -> None:
    page = manager.get("/members/import").get_data(as_text=True)
    assert 'href="/members/import/model.csv"' in page
    text = manager.get("/members/import/model.csv").get_data(as_text=True)
    assert text == "\ufeff" + ";".join(column_labels()) + "\r\n"
    status, tried = attempt(manager, f"{text}Zoé{';' * (len(column_labels()) - 1)}\r\n".encode())
    assert status == 200
    assert "Nouvelles personnes\u00a0: 1" in tried
