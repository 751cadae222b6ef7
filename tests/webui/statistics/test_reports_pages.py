"""Reports, what a funder reads, and what people say of themselves, through the pages."""

import re
from datetime import UTC, timedelta
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import projects
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.statistics.models import PersonTraits
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.training import (
    certifications,
    certify_passed,
    course_sessions,
    courses,
    enrolments,
)
from controller.capabilities.training.models import CourseSessionKind, Outcome
from controller.capabilities.training.shapes import (
    NewCertification,
    NewCourse,
    NewCourseSession,
    NewOutcome,
)
from controller.domain.facts import CertificationKind
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.support.printed import printed
from tests.support.sheets import sheets
from tests.support.tagged import faults, title
from tests.webui.conftest import NOW, SITE, make_app, token_of
from tests.webui.statistics.reports_pages import EVIL, SYSTEM, _work, browser, send
from tests.webui.statistics.reports_pages import database as database
from webui.statistics.formatting import (
    amount_words,
    hours,
    hours_between,
    how_counted,
    largest_words,
)
from webui.statistics.workbook import euros_cell


def _session(db: Session, start: Utc, **fields: object) -> str:
    ends = Utc.of(start + timedelta(hours=2))
    new = NewCourseSession(starts_at=start, ends_at=ends, site_id=SITE, **fields)  # type: ignore[arg-type]
    return course_sessions.create(db, new, actor=SYSTEM, now=start).id


def text_of(client: FlaskClient, address: str) -> str:
    """Words of a page, in one line."""
    main = client.get(address).get_data(as_text=True).split("<main", 1)[-1]
    words = unescape(re.sub(r"<[^>]+>", " ", main))
    return " ".join(re.sub("[\u00a0\u202f]", " ", words).split())


def test_every_chart_has_its_message_its_table_and_its_csv(
    database: Database, clock: Clock
) -> None:
    observer = browser(database, clock, "observer")
    page = observer.get("/reports").get_data(as_text=True)
    said = text_of(observer, "/reports")
    assert f"{EVIL} : 1,5 h de plus qu’en octobre 2026." in said
    assert "Hall : le plus de monde le mardi de 14 h à 15 h." in said
    assert "Relevés" not in said  # money is not the observer's to see
    charts = re.findall(r'<svg[^>]*role="img" aria-labelledby="([^"]+)"', page)
    assert len(charts) == len(set(charts)) == 2
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert all(page.count(f'id="{chart}"') == 1 for chart in charts)
    assert page.count("<table") == page.count("<caption") == page.count(".csv") == 3
    csv = observer.get("/reports/2026-11/machines.csv").get_data(as_text=True)
    assert f"'{EVIL};1,50;0,00;1,50;0,00" in csv
    assert "Habitants;1,50" in observer.get("/reports/2026-11/public_time.csv").get_data(
        as_text=True
    )
    assert "Rien n’est encore compté" in text_of(observer, "/reports?period=2026-01")
    assert observer.get("/reports?period=2026-13").status_code == 404
    assert observer.get("/reports?period=nonsense").status_code == 404
    assert browser(database, clock, "desk").get("/reports").status_code == 403


def test_a_report_begins_with_what_happened_and_each_total_has_its_year(
    database: Database, clock: Clock
) -> None:
    with database.write() as db:
        _work(db, 7200.0, "2026-09-14T09:00:00.000Z")
        _work(db, 3600.0, "2026-10-14T09:00:00.000Z")
    observer = browser(database, clock, "observer")
    said = text_of(observer, "/reports")
    assert "1 personne est venue, 1 de plus qu’en octobre 2026." in said
    assert f"Les équipements ont travaillé 1,5 h. Le plus utilisé : {EVIL}, 1,5 h." in said
    page = observer.get("/reports").get_data(as_text=True)
    assert 'hx-get="/reports/2026-11/months"' in page
    assert page.count(" is-peak") == 1
    months = text_of(observer, "/reports/2026-11/months")
    assert "décembre 2025 0 0 h 0 h 0 janvier 2026" in months
    assert "septembre 2026 0 0 h 2 h 0 octobre 2026 0 0 h 1 h 0 novembre 2026 1" in months
    lines = observer.get("/reports/2026-11/months").get_data(as_text=True)
    assert lines.count('class="trend"') == 1, "the others have fewer than three months"
    assert 'class="line is-open"' in lines, "this month is not over"
    assert 'class="line is-open"' not in observer.get("/reports/2026-10/months").get_data(
        as_text=True
    )
    assert observer.get("/reports/2026-13/months").status_code == 404
    assert browser(database, clock, "desk").get("/reports/2026-11/months").status_code == 403


def test_a_month_that_is_not_over_is_not_compared_with_a_whole_one_that_had_more(
    database: Database, clock: Clock
) -> None:
    with database.write() as db:
        _work(db, 18000.0, "2026-09-14T09:00:00.000Z")
        _work(db, 7200.0, "2026-10-14T09:00:00.000Z")
        for name in ("Bea", "Cem"):
            came = members.create(db, NewMember(display_name=name), actor=SYSTEM, now=NOW).id
            in_october = Utc.parse("2026-10-14T09:00:00.000Z")
            new = NewPresence(zone_id="hall", member_id=came)
            presence.check_in(db, new, actor=SYSTEM, now=in_october)
    observer = browser(database, clock, "observer")
    this, before = (text_of(observer, f"/reports?period=2026-{month}") for month in (11, 10))
    assert "1 personne est venue jusqu’ici." in this
    assert f"{EVIL} : 3 h de moins qu’en septembre 2026." in before
    assert "de moins" not in this


def test_a_month_is_a_tagged_pdf_with_every_chart_as_its_table(
    database: Database, clock: Clock
) -> None:
    answer = browser(database, clock, "observer").get("/reports/2026-11/pdf")
    assert answer.status_code == 200
    pdf = answer.get_data()
    assert faults(pdf) == []
    assert title(pdf) == "Rapports, novembre 2026"
    (sheet,) = sheets(pdf)
    assert "Habitants 1 personne 1,5 h" in sheet
    assert browser(database, clock, "desk").get("/reports/2026-11/pdf").status_code == 403


@pytest.mark.needs("chromium")
def test_a_month_printed_says_which_and_begins_on_its_first_page(
    database: Database, clock: Clock, chromium: Browser
) -> None:
    first, *_rest = sheets(printed(chromium, browser(database, clock, "observer"), "/reports"))
    assert first[0] == "Rapports : novembre 2026"
    assert {"Machines", "Équipement"} <= set(" ".join(first).split())


def test_in_the_first_days_of_a_month_the_complete_one_before_is_opened(
    database: Database, clock: Clock
) -> None:
    observer = browser(database, clock, "observer")
    clock.now = Utc(2026, 12, 5, 12, tzinfo=UTC)
    assert "novembre 2026" in text_of(observer, "/reports").split("Mois")[0]
    assert "Rien n’est encore compté" in text_of(observer, "/reports?period=2026-12")
    earlier = observer.get("/reports?period=2026-01").get_data(as_text=True)
    assert 'href="/reports?period=2026-12"' in earlier, "this month, not the default"
    clock.now = Utc(2026, 12, 6, 12, tzinfo=UTC)
    assert "Rien n’est encore compté" in text_of(observer, "/reports")


@pytest.mark.parametrize(
    ("asked", "key", "name", "before"),
    [
        ("period=2026-q4", "2026-q4", "4e trimestre 2026", "au 3e trimestre 2026"),
        ("period=2026", "2026", "2026", "en 2025"),
        (
            *("first=2026-08&last=2026-11", "2026-08_2026-11"),
            *("août à novembre 2026", "entre avril et juillet 2026"),
        ),
    ],
)
def test_a_quarter_a_year_and_months_of_ones_own_follow_in_chart_table_csv_and_pdf(
    database: Database, clock: Clock, asked: str, key: str, name: str, before: str
) -> None:
    """Two hours in October and 1.5 in November are 3.5; what was long before is in another one."""
    with database.write() as db:
        _work(db, 7200.0, "2026-10-14T09:00:00.000Z")
        _work(db, 36000.0, "2024-05-02T09:00:00.000Z")
    observer = browser(database, clock, "observer")
    page, said = (
        observer.get(f"/reports?{asked}").get_data(as_text=True),
        text_of(observer, f"/reports?{asked}"),
    )
    assert f"{EVIL} : 3,5 h de plus qu’{before}." in said
    assert f"1 0 {before}" in said  # people, none of them before
    assert "3,5 h en marche" in said
    files = re.findall(r'href="([^"]+\.csv)"', page)
    assert len(files) == page.count("<table") == 3
    assert all(f"/reports/{key}/" in file for file in files)
    csv = observer.get(f"/reports/{key}/machines.csv").get_data(as_text=True)
    assert f"'{EVIL};3,50;0,00;3,50;0,00" in csv
    pdf = observer.get(f"/reports/{key}/pdf").get_data()
    assert faults(pdf) == []
    assert title(pdf) == f"Rapports, {name}"
    for link in re.findall(r'href="(/reports[^"]*)"', page):
        assert observer.get(unescape(link)).status_code == 200, link


def test_a_period_is_chosen_by_links_and_two_lists(database: Database, clock: Clock) -> None:
    observer = browser(database, clock, "observer")
    page = observer.get("/reports?period=2026-10").get_data(as_text=True)
    for key in ("2026-09", "2026-11", "2026-q4", "2026"):
        assert f'href="/reports?period={key}"' in page
    assert 'href="/reports?period=2026-12"' not in observer.get("/reports").get_data(as_text=True)
    assert page.count("<option") == 2 * 36
    quarter = text_of(observer, "/reports?period=2026-q4")
    assert "T3 4e trimestre 2026 Mois Trimestre" in quarter  # the next has not begun
    assert observer.get("/reports?first=2026-08").status_code == 200
    for wrong in ("period=2026-q5", "first=2026-08&last=x", "first=2020-01&last=2026-01"):
        assert observer.get(f"/reports?{wrong}").status_code == 404
    assert observer.get("/reports/2026-q5/pdf").status_code == 404


def test_courses_of_a_month_are_counted_by_course(database: Database, clock: Clock) -> None:
    """Whoever passed was there; a session that belongs to no course counts under its kind."""
    before = Utc.of(NOW - timedelta(days=3))
    with database.write() as db:
        (amina,) = db.scalars(select(MemberRow))
        new = NewCertification(
            id="mill",
            site_id=SITE,
            name=Label(fr="Fraiseuse"),
            kind=CertificationKind.CERTIFICATION,
        )
        certifications.create(db, new, actor=SYSTEM, now=before)
        course = NewCourse(id="milling", site_id=SITE, name=Label(fr="Fraisage"), grants=("mill",))
        courses.create(db, course, actor=SYSTEM, now=before)
        held = _session(db, before, course_id="milling", places=9)
        _session(db, before, kind=CourseSessionKind.WORKSHOP, headcount=7)
        enrolments.enrol(db, held, amina.id, actor=SYSTEM, now=before)
        passed = NewOutcome(outcome=Outcome.PASSED)
        enrolments.set_outcome(db, held, amina.id, passed, actor=SYSTEM, now=before)
        certify_passed.certify(db, held, actor=SYSTEM, now=before)
    observer = browser(database, clock, "observer")
    said = text_of(observer, "/reports")
    assert "1 personne habilitée sur 1 venues en formation." in said
    assert "Fraisage 1 1 1" in said
    assert "Ateliers collectifs 1 7 –" in said
    told = text_of(observer, "/reports/funder")
    assert "2 séances ont été tenues, 8 participations." in told
    assert "Personne n’est venu à" not in told
    csv = observer.get("/reports/2026-11/courses.csv").get_data(as_text=True)
    assert "Fraisage;1;1;1" in csv
    assert "Ateliers collectifs;1;7;0" in csv


def test_a_funder_reads_figures_with_their_source_as_page_csv_and_workbook(
    database: Database, clock: Clock
) -> None:
    manager = browser(database, clock, "manager")
    with database.read() as db:
        (project,) = projects.page(db, actor=SYSTEM).items
    added = {"name": "Région", "project_ids": [project.id]}
    assert send(manager, "/reports/partners", "/reports/funder", **added) == 303
    hours = {"day": "2026-11-21", "people": "3", "hours": "4,5", "what": "Repair Café"}
    assert send(manager, "/reports/volunteers", "/reports/funder", **hours) == 303
    said = text_of(manager, "/reports/funder?year=2026")
    assert "1 projet soutenu" in said
    assert "1 personne par mois en moyenne." in said
    assert "Heures bénévoles : comment c’est compté 4,50 h" in said
    page = manager.get("/reports/funder").get_data(as_text=True)
    sources = re.findall(r'href="([^"]*/reports/counted/[^"]+)"', page)
    assert len(sources) == page.count(": comment c’est compté</span>") > 5
    for source in sources:
        assert "Comment c’est compté" in text_of(manager, unescape(source))
    assert "Repair Café 4,50 h" in text_of(manager, "/reports/counted/volunteer_time?month=2026-11")
    typed = {"first": "2026-11", "last": "2026-11", "staff": "2,5 ETP", "outside": "Fête\nRallye"}
    refused = typed | {"outside": "x" * 2001}
    assert send(manager, "/reports/funder/annual", "/reports/funder", **refused) == 422
    assert "2,5 ETP" not in text_of(manager, "/reports/funder")
    assert send(manager, "/reports/funder/annual", "/reports/funder", **typed) == 303
    assert "2,5 ETP" in text_of(manager, "/reports/funder?first=2026-10&last=2026-12")
    assert "2,5 ETP" not in text_of(manager, "/reports/funder?year=2025")
    csv = manager.get("/reports/funder/csv").get_data(as_text=True)
    assert f"2026-11;Heures de travail par machine;'{EVIL};1,50;Heures;http" in csv
    book = manager.get("/reports/funder/xlsx").get_data()
    texts, cells = _cells(book)
    assert EVIL in texts
    assert "2,5 ETP" in texts
    assert "1.5" in cells  # a number, and as exact as it was
    pdf = manager.get("/reports/funder/pdf?first=2026-11").get_data()
    assert faults(pdf) == []
    assert title(pdf) == "Rapport d’activité, novembre 2026"
    assert b"<f>" not in ZipFile(BytesIO(book)).read("xl/worksheets/sheet1.xml")


def test_each_figure_is_one_click_from_what_it_is_the_sum_of(
    database: Database, clock: Clock
) -> None:
    """Of a month and of three: on the page, and by the address beside each line of the CSV."""
    with database.write() as db:
        for at, worked in (("2026-09-02", 2), ("2026-10-14", 1), ("2026-10-31", 0.5)):
            _work(db, worked * 3600.0, f"{at}T09:00:00.000Z")
    manager = browser(database, clock, "manager")
    hours = {"people": "3", "hours": "4,5", "what": "Repair Café"}
    for day in ("2026-10-30", "2026-11-21"):
        assert send(manager, "/reports/volunteers", "/reports/funder", day=day, **hours) == 303
    for period in ("first=2026-11", "first=2026-09&last=2026-11"):
        page = manager.get(f"/reports/funder?{period}").get_data(as_text=True)
        sections = re.findall(
            r'<section aria-labelledby="f-.*?</section>|<tr><th scope="row"><a .*?</tr>', page, re.S
        )
        assert len(sections) > 5
        for section in sections:
            (link,) = re.findall(r'href="([^"]+)"', section)
            sums = _sums(manager.get(unescape(link)).get_data(as_text=True))
            mean = "En moyenne par mois" in section
            by_month = "qui vient deux mois est comptée dans les deux" in section
            for part, shown in _rows(section):
                parts = sums[0 if by_month else 1]
                assert _told(parts, part) / (3 if mean else 1) == pytest.approx(shown, abs=0.05), (
                    section
                )
    lines = manager.get("/reports/funder/csv?first=2026-09&last=2026-11").get_data(as_text=True)
    traced = [line.split(";") for line in lines.splitlines()[1:]]
    for month, _figure, part, value, _unit, link in traced:
        assert f"month={month}" in link
        parts = _sums(manager.get(link.removeprefix("http://localhost")).get_data(as_text=True))[1]
        told = _told(parts, part.removeprefix("'"))
        assert told == pytest.approx(float(value.replace(",", ".")))


def test_how_a_figure_is_counted_names_each_day_once_and_adds_up(
    database: Database, clock: Clock
) -> None:
    manager = browser(database, clock, "manager")
    for day, what, time in (
        ("20", "Accueil", "2"),
        ("21", "Repair", "4,5"),
        ("21", "Accueil", "1"),
    ):
        typed = {"day": f"2026-11-{day}", "people": "3", "hours": time, "what": what}
        assert send(manager, "/reports/volunteers", "/reports/funder", **typed) == 303
    shown = text_of(manager, "/reports/counted/volunteer_time?month=2026-11")
    assert "novembre 2026 7,50 h Comment" in shown
    assert "Quand Repair Accueil Ensemble ven. 20 nov. Accueil 2,00 h 2,00 h" in shown
    assert "sam. 21 nov. Repair 4,50 h Accueil 1,00 h 5,50 h" in shown
    assert "Ensemble Repair 4,50 h Accueil 3,00 h 7,50 h" in shown


def _rows(section: str) -> list[tuple[str, float]]:
    """The parts of a figure with their numbers."""
    found = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', section)
    return [(_part(name), _number(amount)) for name, amount in found]


def _part(name: str) -> str:
    """The part of a row; a row with its source is of the whole figure."""
    return "Ensemble" if "<a " in name else unescape(name)


def _told(sums: dict[str, float], part: str) -> float:
    return sum(sums.values()) if part == "Ensemble" else sums[part]


def _sums(page: str) -> tuple[dict[str, float], dict[str, float]]:
    """What a page of how something is counted adds up to: by month or day, and by part."""
    sums: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for when, cells in re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', _body(page)):
        for part, amount in re.findall(r'<td><span class="unit">(.*?)</span>(.*?)</td>', cells):
            for place, key in enumerate((re.sub(r"<[^>]+>", "", when), part)):
                key = unescape(key)
                sums[place][key] = sums[place].get(key, 0) + _number(amount)
    return sums


def _body(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def _number(text: str) -> float:
    return float(re.sub(r"[^0-9,-]", "", unescape(text)).replace(",", "."))


def _cells(book: bytes) -> tuple[set[str], set[str]]:
    """The texts of a workbook, and the numbers of its first sheet."""
    files = ZipFile(BytesIO(book))
    texts = re.findall(r"<t[^>]*>([^<]*)</t>", files.read("xl/sharedStrings.xml").decode())
    sheet = files.read("xl/worksheets/sheet1.xml").decode()
    return set(texts), set(re.findall(r'<c r="\w+"(?: s="\d+")?><v>([^<]+)</v>', sheet))


def test_what_is_said_of_oneself_is_kept_by_consent_and_goes_when_withdrawn(
    database: Database, clock: Clock
) -> None:
    desk = browser(database, clock, "desk")
    with database.read() as db:
        amina = db.scalars(select(MemberRow.id)).one()
    at = f"/members/{amina}/statistics"
    shown = text_of(desk, at)
    assert "Répondre est facultatif" in shown
    assert "Moins de 12 ans 12 – 17 ans 18 – 24 ans 25 – 39 ans" in shown, "one group for each age"
    told = {"genre": "feminin", "tranche_age": "dix_huit_vingt_quatre", "commune": "Béthune"}
    told |= {"statut_social": "en_emploi"}
    assert send(desk, at, at, **told) == 303
    assert "Rien n’est enregistré sans accord" in text_of(desk, at)
    assert send(desk, at, at, **told, consent="yes") == 303
    assert "Ce qui est enregistré" in text_of(desk, at)
    manager = browser(database, clock, "manager")
    assert "Visiteurs par commune, novembre 2026 Béthune 1" in text_of(manager, "/reports/funder")
    assert send(desk, f"{at}/withdraw", at) == 303
    with database.read() as db:
        assert db.scalars(select(PersonTraits)).all() == []
    assert "Béthune 1" in text_of(manager, "/reports/funder")
    assert browser(database, clock, "trainer").get(at).status_code == 403
    assert "seuls les usagers sont comptés" in text_of(desk, "/me/statistics")


def test_the_sentence_counts_sessions_as_the_table_the_files_and_the_explanation(
    database: Database, clock: Clock
) -> None:
    before = Utc.of(NOW - timedelta(days=3))
    with database.write() as db:
        _session(db, before, kind=CourseSessionKind.WORKSHOP, headcount=7)
        _session(db, before, kind=CourseSessionKind.WORKSHOP)
    observer = browser(database, clock, "observer")
    told = text_of(observer, "/reports/funder")
    assert "2 séances ont été tenues, 7 participations." in told
    assert "Séances où personne n’a été noté présent : 1." in told
    head = "Séances tenues : comment c’est compté Séances tenues, novembre 2026"
    assert f"{head} Ateliers collectifs 2 " in told, "its part is a row, as of any other"
    rows = observer.get("/reports/funder/csv?month=2026-11").get_data(as_text=True).splitlines()
    assert any(row.startswith("2026-11;Séances tenues;Ateliers collectifs;2;") for row in rows)
    assert "même si personne n’y a été noté présent" in text_of(
        observer, "/reports/counted/course_sessions?month=2026-11"
    )
    data = {"csrf_token": token_of(observer), "language": "en", "next": "/reports"}
    observer.post("/language", data=data)
    assert "Sessions where nobody was recorded as present: 1." in text_of(
        observer, "/reports/funder"
    )


def test_files_of_a_page_write_numbers_alike_and_money_has_two_decimals(
    database: Database, clock: Clock
) -> None:
    observer = browser(database, clock, "observer")
    (mean,) = re.findall(
        r";14;([\d.,]+)\r", observer.get("/reports/2026-11/rooms.csv").get_data(as_text=True)
    )[:1]
    assert re.fullmatch(r"\d+,\d\d", mean)
    with make_app(database, clock).test_request_context():
        assert str(euros_cell(64150)) == "641.50"
        assert amount_words(Figure.REVENUE, -64150).replace("\u00a0", " ") == "− 641,50 €"
        said = [hours(span).replace("\u00a0", " ") for span in (0, 20_000, 360_000)]
        apart = hours_between(21.6 * 3_600_000, 60.4 * 3_600_000)
        assert apart.replace("\u00a0", " ") == "38 h", "as 22 h and 60 h"
        assert said == ["0 h", "< 0,1 h", "0,1 h"], "twenty seconds are not six minutes"


def test_the_largest_part_is_a_sentence_with_its_percent(database: Database, clock: Clock) -> None:
    with make_app(database, clock).test_request_context():
        largest = largest_words(Figure.REVENUE, "session", "Temps machine", 96)
        assert largest.replace("\u00a0", " ") == "Le temps machine fait 96 % du total."
        largest = largest_words(Figure.PUBLIC_TIME, "student", "Étudiants", 60)
        assert largest.replace("\u00a0", " ") == "Étudiants : 60 % du total."


def test_a_subscription_that_is_still_owed_is_not_called_paid(
    database: Database, clock: Clock
) -> None:
    rate = SubscriptionRate(plan_id="atelier", price_cents=3000)
    tariff = NewTariff(valid_from=NOW.date(), decision="2026-61", rates=(rate,), site_id=SITE)
    with database.write() as db:
        plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
        tariffs.create(db, tariff, actor=SYSTEM, now=NOW)
        member = db.query(MemberRow).filter_by(display_name="Amina Diallo").one().id
        new = NewSubscription(member_id=member, plan_id="atelier", valid_from=NOW)
        subscriptions.create(db, new, actor=SYSTEM, now=NOW)
    catch_up(database, SITE, NOW)
    manager = browser(database, clock, "manager")
    report = text_of(manager, "/reports?period=2026-11")
    funder = text_of(manager, "/reports/funder?month=2026-11")
    table = manager.get("/reports/funder/csv?month=2026-11").get_data(as_text=True)
    chart = manager.get("/reports/2026-11/revenue.csv").get_data(as_text=True)
    for text in (report, funder, table, chart):
        assert "Abonnements" in text
        assert "Abonnements payés" not in text
        assert "Recettes" not in text
    assert "Lignes des relevés de la période, payées ou non, taxes comprises." in report
    assert "Relevés par nature, payés ou non" in funder
    with make_app(database, clock).test_request_context():
        assert "Lignes des relevés du mois, payées ou non" in how_counted(Figure.REVENUE)
    assert "Relevés par nature, payés ou non" in table


def test_who_may_not_see_money_gets_no_file_of_it(database: Database, clock: Clock) -> None:
    client = browser(database, clock, "observer")
    assert client.get("/reports/2026-11/machine_time.csv").status_code == 200
    assert client.get("/reports/2026-11/revenue.csv").status_code == 403
