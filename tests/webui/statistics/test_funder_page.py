"""The page of the funder report: for one partner, with what open data withhold beside it."""

from datetime import timedelta

import pytest

from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.statistics import partners
from controller.capabilities.statistics.shapes import Figure, NewPartner
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE
from tests.webui.statistics.reports_pages import SYSTEM, _work, browser
from tests.webui.statistics.reports_pages import database as database
from tests.webui.statistics.test_reports_pages import _session, text_of
from webui.statistics.funder_sections import in_order


@pytest.fixture
def region(database: Database) -> str:
    """Two partners, each with a project that has worked; returns the first one's id."""
    before = Utc.of(NOW - timedelta(days=60))
    with database.write() as db:
        ids = []
        for partner, project, active_s in (("Région", "Four", 7200.0), ("Caf", "Jeunes", 3600.0)):
            new = NewProject(name=Label(fr=project), starts_at=before, site_id=SITE)
            created = projects.create(db, new, actor=SYSTEM, now=before)
            db.get_one(SessionRow, _work(db, active_s)).project_id = created.id
            fields = NewPartner(site_id=SITE, name=Label(fr=partner), project_ids=(created.id,))
            ids.append(partners.create(db, fields, actor=SYSTEM, now=NOW).id)
        totals.recount(db, SITE)
    return ids[0]


def test_a_report_for_one_partner_leaves_out_the_projects_of_others(
    database: Database, clock: Clock, region: str
) -> None:
    observer = browser(database, clock, "observer")
    for any_funder in ("Région 2,00 h", "Caf 1,00 h", "Four 2,00 h", "Jeunes 1,00 h"):
        assert any_funder in text_of(observer, "/reports/funder")
    at = f"/reports/funder?partner={region}"
    document = text_of(observer, at).split("Rapport d’activité ")[1]
    document = document.split("Dit par le lieu lui-même")[0]  # the options stand after it
    assert "Financeur : Région" in document
    assert (
        "Région soutient 1 projet, pour lequel les machines ont travaillé 2,00 h. 1 personne est"
        in document
    )
    assert "Four 2,00 h" in document
    assert "Jeunes" not in document
    assert "Caf" not in document
    lines = observer.get(f"/reports/funder/csv?partner={region}").get_data(as_text=True)
    assert "Four" in lines
    assert "Jeunes" not in lines
    assert observer.get("/reports/funder?partner=nobody").status_code == 404


def test_a_funder_is_chosen_in_reports_and_stays_chosen_in_files_and_periods(
    database: Database, clock: Clock, region: str
) -> None:
    observer = browser(database, clock, "observer")
    report = observer.get("/reports").get_data(as_text=True)
    assert f'<option value="{region}">Région</option>' in report
    page = observer.get(f"/reports/funder?partner={region}").get_data(as_text=True)
    assert f'<option value="{region}" selected>' in page
    assert page.count(f"&amp;partner={region}") == 3 + 4, "three files and four periods"
    assert '<option value="2026-10">octobre 2026</option>' in page, "no format to type"
    assert "2026-01)" not in page


def test_those_who_publish_read_which_numbers_open_data_withholds(
    database: Database, clock: Clock
) -> None:
    before = Utc.of(NOW - timedelta(days=3))
    with database.write() as db:
        _session(db, before, kind=CourseSessionKind.WORKSHOP, headcount=2)
    withheld = "1 nombre, trop petit, est masqué dans les données ouvertes : Participations"
    assert withheld not in text_of(browser(database, clock, "observer"), "/reports/funder")
    manager = browser(database, clock, "manager")
    assert withheld in text_of(manager, "/reports/funder")
    year = text_of(manager, "/reports/funder?year=2026")
    assert "masqué dans les données ouvertes" not in year, "a year is not published as one"


def test_months_in_either_order_are_the_same_report(database: Database, clock: Clock) -> None:
    manager = browser(database, clock, "manager")
    asked = "/reports/funder?first=2026-11&last=2026-10"
    page = manager.get(asked).get_data(as_text=True)
    assert "octobre 2026 à novembre 2026" in page
    assert manager.get(asked.replace("funder", "funder/csv")).status_code == 200


def test_age_groups_stand_from_the_youngest_and_other_parts_by_size() -> None:
    counted = {"non_communique": 1, "vingt_cinq_trente_neuf": 9, "douze_dix_huit": 1}
    ages = ["douze_dix_huit", "vingt_cinq_trente_neuf", "non_communique"]
    assert [part for part, _ in in_order(Figure.TRANCHE_AGE, counted)] == ages
    assert in_order(Figure.COMMUNE, {"Béthune": 3, "Lillers": 8})[0] == ("Lillers", 8)
