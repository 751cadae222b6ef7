"""Papers of a session: the attendance sheet and certificates of attendance."""

import pytest
from playwright.sync_api import Browser

from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow
from tests.support.printed import printed
from tests.support.sheets import FEW, sheets
from tests.webui.conftest import NOW
from tests.webui.members.people import add_member
from tests.webui.training.at_session import NAMES, Training


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
    assert ("3 inscrits sur 4" in sheet, "inscrits" in papers) == (True, False)
    for paper in (sheet, papers):
        assert "24 novembre 2026, 12:30 – 14:30" in paper
        assert "Aujourd’hui à" not in paper
    assert "Fait le 24 novembre 2026" in papers


@pytest.mark.needs("chromium")
@pytest.mark.parametrize(("people", "expected"), [(1, 1), (12, 1), (13, 2), (40, 3)])
def test_an_attendance_sheet_has_its_pages_and_signs_under_names(
    chromium: Browser, training: Training, people: int, expected: int
) -> None:
    names = [f"Personne {number}" for number in range(people)]
    training.people |= {name: add_member(training.database, name) for name in names}
    with training.database.write() as db:
        db.get_one(CourseSessionRow, training.id).places = people
    training.enrol(*names)
    pages = sheets(printed(chromium, training.client, f"{training.page}/attendance"))
    assert len(pages) == expected
    assert [line for page in pages for line in page if line in names] == names
    assert all("Nom Signature" in page for page in pages)
    assert all(len(page) >= FEW for page in pages)
    assert "Le formateur, date et signature" in pages[-1]


@pytest.mark.needs("chromium")
def test_each_certificate_of_attendance_is_alone_on_its_page(
    chromium: Browser, training: Training
) -> None:
    training.enrol(*NAMES[:3])
    for name in NAMES[:3]:
        training.note(name, "passed")
    pages = sheets(printed(chromium, training.client, f"{training.page}/certificates"))
    found = [[name for name in NAMES if name in page] for page in pages]
    assert sorted(found) == sorted([name] for name in NAMES[:3])
