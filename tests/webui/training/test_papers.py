"""Papers of a session: the attendance sheet and certificates of attendance."""

from controller.capabilities.training.models import EnrolmentRow
from tests.webui.conftest import NOW
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
    assert "Fait le 24 novembre 2026." in papers
