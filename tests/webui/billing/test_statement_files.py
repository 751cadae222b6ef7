"""One statement whole: its page, its tagged PDF, its CSV; and what is there for the accounts."""

import csv
import html
import io
import json
import re
import zipfile
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import charges, ledger, statement_mail, statements, tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.models import ChargeRow, StatementRow
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import CloseMonth, NewCharge, NewTariff
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops
from controller.capabilities.messages.queue import secret_of
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import owed
from tests.support.clock import Clock
from tests.support.tagged import faults, language, roles, title
from tests.webui.billing.money_pages import SYSTEM, browser, send, text_of, use
from tests.webui.conftest import NOW, SITE, make_app, token_of

FROM = {"valid_from": "2026-10-01", "decision": "Délibération 2026-61"}
LATER = {"valid_from": "2026-11-01", "decision": "Délibération 2026-74"}
SHEET = {"of": "article:", "fr": "Contreplaqué", "unit": "sheet", "per": "1", "price_cents": "1,20"}
SIRET = "26620001700017"


@pytest.fixture
def place(database: Database, clock: Clock) -> Database:
    """October is closed: a person with a formula for a name, and an organisation."""
    boss = browser(database, clock, "manager")
    assert send(boss, "/tariffs/draft", **SHEET) == 303
    assert send(boss, "/tariffs", **FROM, vat="20", vat_ground="x") == 303
    said = {"name": "Communauté de communes", "street": "1 place du Marché", "siret": SIRET}
    said |= {"postcode": "62400", "city": "Béthune", "country": "FR", "vat_number": "FR83404833048"}
    assert (
        send(boss, "/accounting", page="/accounting", **said, machines="706321", version="0") == 303
    )
    then = Utc.of(NOW - timedelta(days=40))
    with database.write() as db:
        amina = db.scalars(select(MemberRow).order_by(MemberRow.display_name)).first()
        assert amina is not None
        amina.display_name = "=Amina Diallo"
        lycee = NewOrganisation(name=Label(fr="Lycée Malraux"), site_id=SITE)
        school = organisations.create(db, lycee, actor=SYSTEM, now=NOW).id
        for payer in ({"member_id": amina.id}, {"organisation_id": school}):
            new = NewCharge(article="contreplaque", quantity=25, site_id=SITE, **payer)
            charges.create(db, new, actor=SYSTEM, now=then)
    catch_up(database, SITE, NOW)
    with database.write() as db:
        statements.close(db, CloseMonth(month="2026-10", site_id=SITE), actor=SYSTEM, now=NOW)
    return database


def statement_of(database: Database, kind: str) -> str:
    """The address of the statement of a person or an organisation."""
    with database.read() as db:
        rows = db.scalars(select(StatementRow).order_by(StatementRow.number)).all()
    row = next(row for row in rows if getattr(row, f"{kind}_id"))
    return f"/statements/2026-10/{kind}:{getattr(row, f'{kind}_id')}"


def test_the_page_says_everything(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    said = text_of(boss, statement_of(place, "organisation"))
    for words in (
        "Relevé 2026-10-001",
        "Communauté de communes 1 place du Marché 62400 Béthune SIRET 26620001700017",
        "TVA FR83404833048",
        "Lycée Malraux",
        "25 plaques × 1,20 €, tarif 1 25,00 € 5,00 € 30,00 €",
        "TVA 20 % 25,00 € 5,00 € 30,00 €",
        "Reste dû : 30,00 €",
        "À partir de 25 €, le relevé doit être remis avant le paiement.",
    ):
        assert words in said, said
    assert "TVA 20 %, comprise dans les prix." in text_of(boss, "/tariffs")


def test_the_pdf_is_tagged_and_a_name_may_stay_away(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    address = statement_of(place, "member")
    answer = boss.get(f"{address}/pdf?unnamed=")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "releve-la-fabrique-2026-10-002.pdf" in answer.headers["Content-Disposition"]
    pdf = answer.data
    assert (faults(pdf), title(pdf), language(pdf)) == ([], "Relevé 2026-10-002", "fr")
    assert {"H1", "H2", "Table", "TH", "TD"} <= set(roles(pdf))
    named = boss.get(f"{address}/pdf").data
    assert len(named) != len(pdf)


def test_the_csv_is_for_french_spreadsheets_and_holds_no_formula(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    text = boss.get(f"{statement_of(place, 'member')}/csv").get_data(as_text=True)
    assert text[0] == "\ufeff"
    lines = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert lines[1][1] == "'=Amina Diallo"
    assert lines[1][-3:] == ["25,00", "5,00", "30,00"]


def test_numbers_of_the_csv_are_those_of_its_language(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    boss.set_cookie("language", "en")
    text = boss.get(f"{statement_of(place, 'member')}/csv").get_data(as_text=True)
    (_head, line) = csv.reader(io.StringIO(text[1:]), delimiter=";")
    assert line[-3:] == ["25.00", "5.00", "30.00"]
    assert "€1.20" in line[4]


def test_who_may_not_read_money_reads_no_statement(place: Database, clock: Clock) -> None:
    desk = browser(place, clock, "desk")
    for rest in ("", "/pdf", "/csv", "/pre-invoice", "/invoicing"):
        assert desk.get(f"{statement_of(place, 'organisation')}{rest}").status_code == 403
    boss = browser(place, clock, "treasurer")
    assert boss.get("/statements/2026-10/member:nobody").status_code == 404
    assert boss.get("/statements/2026-10/nonsense/pdf").status_code == 404


def test_entries_and_pre_invoice_are_handed_over(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    period = {"since": "2026-01-01", "until": "2026-10-31"}
    token = {"csrf_token": _token(boss)}
    answer = boss.post("/accounting/entries", data=period | token)
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.namelist() == [
            "266200017FEC20261031.txt",
            "266200017FEC20261031-description.txt",
        ]
    wrong = boss.post("/accounting/entries", data={"since": "", "until": "2026-10-31"} | token)
    assert wrong.status_code == 303
    over = {"since": "2025-07-01", "until": "2026-06-30"}
    wrong = boss.post("/accounting/entries", data=over | token, follow_redirects=True)
    page = wrong.get_data(as_text=True)
    assert "Saisissez deux dates de la même année" in page
    for key, day in over.items():
        assert re.search(f'name="{key}"[^>]*value="{day}"', page), "what was typed stays"
    address = statement_of(place, "organisation")
    answer = boss.get(f"{address}/pre-invoice")
    assert "pre-facture-la-fabrique-2026-10-001.json" in answer.headers["Content-Disposition"]
    found = json.loads(answer.data)
    assert found["BG-7 BUYER"]["name"] == "Lycée Malraux"
    assert boss.get(f"{statement_of(place, 'member')}/pre-invoice").status_code == 303


def test_an_organisation_reads_its_statement_by_the_link_of_its_letter(
    place: Database, clock: Clock
) -> None:
    """Nobody else does: not without the letter, and not with that of a mailbox it had before."""
    boss, reader = browser(place, clock, "treasurer"), make_app(place, clock).test_client()
    address = statement_of(place, "organisation")
    token = {"csrf_token": _token(boss)}
    for wrong in ("compta lycee", "compta@lycée.example"):
        typed = {"email": wrong, "country": "FR", "version": "0"}
        assert boss.post(f"{address}/invoicing", data=typed | token).status_code == 422
    typed["email"] = "compta@lycee.example"
    assert boss.post(f"{address}/invoicing", data=typed | token).status_code == 303
    link = letter_of(place, typed["email"])
    for rest, kind in (("", "text/html"), ("/pdf", "application/pdf"), ("/csv", "text/csv")):
        answer = reader.get(f"{link}{rest}")
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert "no-store" in answer.headers["Cache-Control"]
    form = text_of(boss, f"{address}/invoicing")
    assert "Ce lieu n’envoie pas d’e-mail" in form
    assert "y est envoyé" not in form
    assert "Lycée Malraux" in text_of(reader, link)
    assert "Reste dû : 30,00 €" in text_of(reader, link)
    wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
    for name in (wrong, link.replace(link.split("/")[2], "nobody"), f"{link}é"):
        assert reader.get(name).status_code == 404
    with place.write() as db:
        stops.unsubscribe(db, "organisation_statement", stops.digest(typed["email"]), now=NOW)
    assert "demandé à ne plus rien recevoir" in text_of(boss, f"{address}/invoicing")
    typed |= {"email": "autre@lycee.example", "version": "1"}
    assert boss.post(f"{address}/invoicing", data=typed | token).status_code == 303
    assert "demandé à ne plus" not in text_of(boss, f"{address}/invoicing")
    assert reader.get(link).status_code == 404


def letter_of(place: Database, email: str) -> str:
    """The link of a letter to this mailbox about the organisation's statement."""
    with place.read() as db:
        found = select(StatementRow.id).where(StatementRow.organisation_id.is_not(None))
        statement = db.scalars(found).one()
    return f"/statement/{statement}/{secret_of('s' * 40, statement_mail.key_of(statement, email))}"


def test_what_is_worth_a_look_before_closing_has_two_ways_on(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    assert send(boss, "/tariffs/draft", of="machine:laser", price_cents="1") == 303
    assert send(boss, "/tariffs", **LATER) == 303
    with place.write() as db:
        school = db.scalars(select(OrganisationRow.id)).one()
        new = NewCharge(article="contreplaque", organisation_id=school, site_id=SITE)
        charges.create(db, new, actor=SYSTEM, now=NOW)
    use(place, minutes=0, ago_days=1, gap_minutes=40, who="=Amina Diallo")
    assert points(boss) == {
        "Lycée Malraux, 1,20 €": ["Saisir", "Voir"],
        "=Amina Diallo": ["Voir", "Compter manuellement"],
    }
    key = f"organisation:{school}"
    told = {
        "siret": "356 000 000\u00a000048",
        "country": "FR",
        "csrf_token": _token(boss),
        "version": "0",
    }
    address = f"/statements/2026-11/{key}/invoicing"
    assert boss.post(address, data=told).status_code == 303
    assert 'value="35600000000048" maxlength="20"' in boss.get(address).text
    assert "Sans numéro d’engagement" in text_of(boss, "/statements")
    assert (
        boss.post(address, data=told | {"engagement": "EJ-77", "version": "1"}).status_code == 303
    )
    assert list(points(boss)) == ["=Amina Diallo"]
    assert "À vérifier avant de clore" not in text_of(boss, "/statements?month=2026-10")


def test_an_end_that_no_box_told_is_worth_a_look_before_closing(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    assert send(boss, "/tariffs/draft", of="machine:laser", price_cents="1") == 303
    assert send(boss, "/tariffs", **LATER) == 303
    use(place, minutes=38, ago_days=1, who="=Amina Diallo")
    with place.write() as db:
        row = db.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
        assert row is not None
        row.ended_at, row.given_up_at = None, NOW
    assert points(boss)["=Amina Diallo"] == ["Voir"]
    assert "1 utilisation dont aucun boîtier n’a dit la fin" in text_of(boss, "/statements")


def test_a_use_in_doubt_is_worth_a_look_before_closing_and_is_decided_there(
    place: Database, clock: Clock
) -> None:
    """Also if it was ticked off in *Catch up*, which the treasurer may not even read."""
    boss = browser(place, clock, "treasurer")
    use(place, minutes=38, ago_days=1, who="=Amina Diallo")
    with place.write() as db:
        row = db.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
        assert row is not None
        row.is_doubtful = True
        used = row.id
    assert points(boss)["=Amina Diallo"] == []
    page = boss.get("/statements").get_data(as_text=True)
    (address,) = re.findall(r'action="(/uses/[^"]+)"', page.split('class="points"')[1])
    answer = boss.post(
        address,
        data={"csrf_token": _token(boss)},
        headers={"Referer": "http://localhost/statements"},
    )
    assert answer.location == "/statements"
    with place.read() as db:
        assert db.get_one(SessionRow, used).is_doubtful is False
    assert "n’avait plus" not in text_of(boss, "/statements")


def test_a_use_with_a_badge_of_nobody_is_worth_a_look_before_closing(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    use(place, minutes=38, ago_days=1, who="=Amina Diallo")
    with place.write() as db:
        row = db.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
        assert row is not None
        row.is_doubtful, row.member_ref = True, None
    assert "utilisation avec un badge qui n’était à personne" in text_of(boss, "/statements")


def test_a_print_without_a_weight_is_worth_a_look_before_closing_and_is_decided_there(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    with place.write() as db:
        rate = ArticleRate(
            id="pla", name=Label(fr="PLA"), price_cents=5, unit=Unit.GRAM, access_point="laser"
        )
        new = NewTariff(valid_from=date(2026, 11, 1), decision="x", rates=(rate,), site_id=SITE)
        tariffs.create(db, new, actor=SYSTEM, now=NOW)
    use(place, minutes=38, ago_days=2, who="=Amina Diallo")
    with place.write() as db:
        used = db.scalars(select(SessionRow.id).order_by(SessionRow.id.desc())).first()
        for ended in (NOW, NOW, None):
            job = PrintJob(
                id=uuid7(),
                site_id=SITE,
                access_point_id="laser",
                session_id=used,
                grams=41.2,
                asked_at=Utc.of(NOW - timedelta(days=2)),
                asked_by="x",
                outcome="completed" if ended else None,
                ended_at=ended,
                settled_at=ended,
            )
            db.add(job)
    page = html.unescape(boss.get("/statements").get_data(as_text=True)).split('class="points"')[1]
    assert page.count("n’a pas dit le poids de cette impression") == 2
    assert page.count("la fin de cette impression n’est pas encore connue") == 1
    assert 'value="42"' in page
    assert "42 g coûtent 2,10\xa0€." in page
    first, second = re.findall(r'action="(/prints/[^"]+)"', page)
    for address, fields in (
        (first, {"grams": "0"}),
        (first, {"grams": "60"}),
        (second, {"free": "yes"}),
    ):
        assert boss.post(address, data={"csrf_token": _token(boss), **fields}).status_code == 303
    assert "n’a pas dit le poids" not in text_of(boss, "/statements")
    assert owed(place, source_id=first.split("/")[2]) == 300


def test_what_was_decided_of_a_prints_weight_is_undone(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    unweighed_print(place, "support.gcode")
    page = boss.get("/statements").get_data(as_text=True)
    (address,) = re.findall(r'action="(/prints/[^"]+)"', page)
    job = address.split("/")[2]
    asks = "support.gcode : l’imprimante n’a pas dit"
    for fields, cents in (({"grams": "310"}, 1550), ({"free": "yes"}, 0), ({"grams": "31"}, 155)):
        boss.post(address, data={"csrf_token": _token(boss), **fields})
        page = boss.get("/statements").get_data(as_text=True)
        assert owed(place, source_id=job) == cents
        assert asks not in text_of(boss, "/statements")
        undo = re.findall(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page, re.S)
        (hidden,) = [part for href, part in undo if href == address]
        sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', hidden))
        assert boss.post(address, data=sent).status_code == 303
        assert "Le poids de cette impression est de nouveau à décider." in text_of(
            boss, "/statements"
        )
        with place.read() as db:
            assert db.get_one(PrintJob, job).used_grams is None
            assert db.scalar(select(func.sum(SessionRow.material_mg))) == 0
            printed = ledger.valid_charges().where(ChargeRow.source_id == job)
            assert db.scalars(printed).all() == []
        assert asks in text_of(boss, "/statements")
    boss.post(address, data=sent)
    assert "Cela a été décidé entre-temps." in text_of(boss, "/statements")


def doubt_paid_by_a_project(place: Database) -> None:
    """The last use is in doubt, and a project pays for it."""
    with place.write() as db:
        row = db.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
        assert row is not None
        project = ProjectRow(
            id=uuid7(),
            site_id=SITE,
            organisation_id=None,
            name={"fr": "Atelier ouvert"},
            starts_at=NOW,
            ends_at=None,
            created_at=NOW,
        )
        db.add(project)
        db.flush()
        row.is_doubtful, row.project_id = True, project.id


def test_a_point_before_closing_says_who_when_and_what_and_each_can_be_reached(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    for _number in range(8):
        use(place, minutes=38, ago_days=1, who="=Amina Diallo")
        doubt_paid_by_a_project(place)
    text = text_of(boss, "/statements")
    line = "=Amina Diallo, Découpe laser, 23 novembre à 14:00 : utilisée avec un badge"
    assert text.count(f"Atelier ouvert {line}") == 8
    assert "2 autres" in text


def test_a_point_about_a_print_names_its_file(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    unweighed_print(place, "support.gcode")
    line = "Découpe laser, 22 novembre à 14:00, support.gcode : l’imprimante n’a pas dit"
    assert line in text_of(boss, "/statements")


def test_a_print_that_was_not_asked_for_and_a_use_without_a_print_are_points(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    unweighed_print(place, "support.gcode")
    use(place, minutes=95, ago_days=1, who="=Amina Diallo")
    with place.write() as db:
        job = db.scalars(select(PrintJob)).one()
        job.session_id, job.used_grams, job.ended_at = None, 40.2, job.asked_at
    text = text_of(boss, "/statements")
    for line in (
        "Découpe laser 22 novembre à 14:00, support.gcode, 41 g : personne n’avait badgé",
        "=Amina Diallo Découpe laser, 23 novembre à 14:00 : cette imprimante a travaillé pendant "
        "1 h 35 min sans annoncer d’impression.",
    ):
        assert line in text


def test_nobody_is_offered_to_decide_about_their_own(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    use(place, minutes=38, ago_days=1, who="=Amina Diallo")
    doubt_paid_by_a_project(place)
    unweighed_print(place, "support.gcode")
    page = boss.get("/statements").get_data(as_text=True)
    assert len(re.findall(r'action="/(?:uses|prints)/', page)) == 2
    with place.write() as db:
        amina = db.scalars(select(MemberRow.id).where(MemberRow.display_name == "=Amina Diallo"))
        account = select(AccountRow).where(AccountRow.login == "treasurer@example.org")
        db.scalars(account).one().member_id = amina.one()
    page = boss.get("/statements").get_data(as_text=True)
    assert not re.findall(r'action="/(?:uses|prints)/', page)
    refusal = "Cela vous concerne : quelqu’un d’autre en décide."
    assert text_of(boss, "/statements").count(refusal) == 2


def unweighed_print(place: Database, name: str) -> None:
    """A print without a weight, of a printer whose material has a price."""
    use(place, minutes=38, ago_days=2, who="=Amina Diallo")
    rate = ArticleRate(
        id="pla", name=Label(fr="PLA"), price_cents=5, unit=Unit.GRAM, access_point="laser"
    )
    new = NewTariff(valid_from=date(2026, 11, 1), decision="x", rates=(rate,), site_id=SITE)
    with place.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=NOW)
        used = select(SessionRow.id).order_by(SessionRow.id.desc()).limit(1)
        job = PrintJob(
            id=uuid7(),
            site_id=SITE,
            access_point_id="laser",
            session_id=db.scalars(used).one(),
            name=name,
            asked_at=Utc.of(NOW - timedelta(days=2)),
            asked_by="x",
            outcome="completed",
            ended_at=NOW,
            settled_at=NOW,
        )
        db.add(job)


def points(boss: FlaskClient) -> dict[str, list[str]]:
    """Who stands there, with the ways on."""
    page = boss.get("/statements").get_data(as_text=True).split('class="points"')[1]
    found = {}
    for part in re.findall(r"<li>.*?</li>", page.split("</ul>")[0], re.S):
        who = html.unescape(re.findall(r"<b>(.*?)</b>", part)[0]).replace("\u202f", " ")
        ways = re.findall(r'href="([^"]+)">([^<]+)<', part)
        assert all(boss.get(html.unescape(href)).status_code == 200 for href, _text in ways)
        found[who.replace("\u00a0", " ")] = [text for _href, text in ways]
    return found


def test_what_was_typed_wrong_is_kept_and_said(place: Database, clock: Clock) -> None:
    boss = browser(place, clock, "treasurer")
    token = {"csrf_token": _token(boss), "version": "0"}
    said = {"siret": "26620001700018", "city": "Arras"}
    page = boss.post("/accounting", data=token | said | {"version": "1"})
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert 'value="26620001700018"' in text
    assert "Quatorze chiffres" in text
    address = f"{statement_of(place, 'organisation')}/invoicing"
    assert boss.post(address, data={"siret": "1"} | token).status_code == 422
    done = {"siret": SIRET, "engagement": "EJ-77", "country": "FR"}
    assert boss.post(address, data=done | token).status_code == 303
    assert 'value="EJ-77"' in boss.get(address).get_data(as_text=True)


def test_a_country_may_be_typed_in_small_letters_and_all_that_is_wrong_is_said_at_once(
    place: Database, clock: Clock
) -> None:
    boss = browser(place, clock, "treasurer")
    invoicing = f"{statement_of(place, 'organisation')}/invoicing"
    wrong = {"country": "F", "siret": "266 200 017 000 18", "postcode": "624oo"}
    for address, version in (("/accounting", "1"), (invoicing, "0")):
        sheet = {"csrf_token": _token(boss), "version": version}
        refused = boss.post(address, data=sheet | wrong)
        assert refused.status_code == 422
        for said in ("Deux lettres, comme FR", "Quatorze chiffres", "Comme 62400"):
            assert said in refused.text.replace("\u00a0", " "), address
        assert boss.post(address, data=sheet | {"country": "Fr", "siret": SIRET}).status_code == 303
        saved = boss.get(address).text
        assert '<option value="FR" selected>France</option>' in saved
        countries = re.findall('<option value="([A-Z]{2})"', saved)
        assert len(countries) == 250
        assert countries.index("BE") < countries.index("EG") < countries.index("FR"), "by name"


def test_the_second_of_two_saves_shows_what_the_first_has_stored(
    place: Database, clock: Clock
) -> None:
    """Nothing is overwritten until the second person has seen it."""
    boss = browser(place, clock, "treasurer")
    invoicing = f"{statement_of(place, 'organisation')}/invoicing"
    for address, version in (("/accounting", "1"), (invoicing, "0")):
        opened = {"csrf_token": _token(boss), "siret": SIRET, "country": "FR", "version": version}
        assert f'name="version" value="{version}"' in boss.get(address).text
        first = {"city": "Béthune", "street": "1 place du Marché"}
        assert boss.post(address, data=opened | first).status_code == 303
        second = {"city": "Arras", "street": "1 place du Marché"}
        answer = boss.post(address, data=opened | second)
        assert answer.status_code == 409
        shown = html.unescape(answer.text)
        assert "Quelqu’un l’a modifié entre-temps" in shown
        assert 'value="Arras"' in shown, "what was typed stays"
        assert "Enregistré entre-temps : Béthune." in shown
        assert "1 place du Marché." not in shown, "what both agree on is not marked"
        assert 'value="Béthune"' in html.unescape(boss.get(address).text)
        again = opened | second | {"version": str(int(version) + 1)}
        assert f'name="version" value="{again["version"]}"' in shown
        assert boss.post(address, data=again).status_code == 303


def test_by_accept(place: Database, clock: Clock) -> None:
    client = browser(place, clock, "treasurer")
    with place.write() as db:
        wanted = select(AccountRow.id).where(AccountRow.login.like("treasurer%"))
        account = db.scalars(wanted).one()
        secret = tokens.add(db, account, "x", frozenset(HOUSE.permissions), NOW, SYSTEM)[1]
        row = db.scalars(select(StatementRow).where(StatementRow.number == 1)).one()
    bearer = {"Authorization": f"Bearer {secret}"}
    address = f"/api/v1/statements/{row.id}"
    for accept, media in (
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("application/pdf, application/json;q=0.5", "application/pdf"),
    ):
        answer = client.get(address, headers=bearer | {"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, media)
        assert "Accept" in answer.headers["Vary"]
    assert client.get(address, headers=bearer).get_json()["buyer"]["name"] == "Lycée Malraux"


def _token(client: FlaskClient) -> str:
    return token_of(client)
