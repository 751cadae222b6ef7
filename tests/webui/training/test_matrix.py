"""The matrix of people and certifications, and its cells."""

import re
from datetime import timedelta

from controller.capabilities.training.models import CertificationRow, HeldRow, ValidityKind
from controller.domain.time import Utc
from tests.support.clock import Clock
from tests.support.statements import counted
from tests.webui.conftest import NOW
from tests.webui.members.people import add_member, undo
from tests.webui.training.at_session import NAMES, Training


def cells(text: str) -> list[str]:
    """What the cells of the table say, without what only a reader hears."""
    text = re.sub(r'<span class="unseen">.*?</span>', "", text)
    found = re.findall(r'<a class="cell[^>]*>(.*?)</a>', text)
    return [re.sub(r"<[^>]+>", "", item).strip() for item in found]


def test_the_matrix_shows_who_holds_what_and_a_cell_changes_it(
    training: Training, clock: Clock
) -> None:
    training.hold(NAMES[0], "laser")
    training.enrol(NAMES[1])
    with training.database.write() as db:
        row = db.query(HeldRow).filter_by(certification_id="laser").one()
        row.valid_until = Utc.of(NOW + timedelta(days=4))
        certification = db.get_one(CertificationRow, "laser")
        certification.validity_kind, certification.validity_days = ValidityKind.DURATION, 365
    text = training.text("/training")
    assert cells(text) == ["séance le 24 nov.", "signé", "finit le 28 nov.", "signé"]
    assert f"{NAMES[2]}</a>" not in text
    assert f"{NAMES[2]}</a>" in training.text("/training?everybody=yes")
    assert cells(training.text("/training?soon=yes")) == ["finit le 28 nov.", "signé"]
    assert cells(training.text(f"/training?session={training.id}")) == [
        "séance le 24 nov.",
        "signé",
    ]
    member = training.people[NAMES[0]]
    at = f"/training?soon=yes&member={member}&certification=laser"
    cell = training.text(at)
    assert "Finit le 28 novembre, dans 4 jours." in cell
    assert re.findall(r'value="(\w+)" aria-pressed="true"', cell) == ["user"]
    assert re.search(r'is-main" name="level" value="user">.+Renouveler jusqu’au', cell)
    clock.forward(minutes=1)
    back = {"back": "soon=yes"}
    act = f"/training/people/{member}/laser"
    given = training.post(f"{act}/give", level="accompanied", **back)
    assert given.headers["Location"].startswith("/training?soon=yes&member=")
    assert training.laser() == {NAMES[0]: "accompanied"}
    undo(training.client, at)
    assert training.laser() == {NAMES[0]: "user"}
    training.post(f"{act}/suspend", **back)
    assert "Indiquez le motif : il est conservé avec votre nom" in training.text(at)
    training.post(f"{act}/suspend", chosen_reason="Mauvais réglage", **back)
    assert undo(training.client, at).startswith("Habilitation suspendue.")
    training.post(f"{act}/suspend", reason="Lentille sale", **back)
    assert "Motif : Lentille sale" in training.text(at)
    training.post(f"{act}/restore", chosen_reason="Erreur", **back)
    assert "Motif" not in training.text(at)


def test_as_many_statements_for_many_people_as_for_few(training: Training) -> None:
    def asked() -> list[int]:
        found = []
        for page in (training.page, "/training?everybody=yes"):
            with counted(training.database) as statements:
                training.client.get(page)
            found.append(len(statements))
        return found

    training.enrol(NAMES[0])
    few = asked()
    for number in range(12):
        name = f"Somebody {number}"
        training.people[name] = add_member(training.database, name)
        training.hold(name, "laser")
        training.enrol(name)
    assert asked() == few
