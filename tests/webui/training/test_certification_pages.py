"""What can be held is listed with what asks for it, made, and changed by who may."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from controller.capabilities.training import certifications, courses
from controller.capabilities.training.models import Scope
from controller.capabilities.training.shapes import (
    Certification,
    Disuse,
    Duration,
    NewCertification,
    NewCourse,
    OnDate,
    Validity,
)
from controller.domain.facts import CertificationKind
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.bookings.conftest import browser
from tests.webui.conftest import NOW, token_of
from tests.webui.machines.conftest import SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.members.people import undo
from tests.webui.training.at_session import plain

LIST, NEW = "/training/courses", "/training/certifications"


@pytest.fixture
def boss(place: Place, clock: Clock) -> FlaskClient:
    return browser(place, clock, "manager")


def stored(place: Place, key: str) -> Certification:
    with place.database.read() as db:
        return certifications.get(db, key, actor=SYSTEM)


def send(client: FlaskClient, address: str, **typed: str) -> tuple[int, str]:
    usual = {"kind": "certification", "ends": "never", "scope": "network"}
    answer = client.post(address, data={"csrf_token": token_of(client)} | usual | typed)
    return answer.status_code, plain(answer)


def of(page: str, name: str) -> str:
    """What the list says of one, with the labels of its cells on a narrow screen."""
    rows = page.split('id="held"')[1].split("<tr>")[2:]
    words = [
        re.sub(r"<[^>]+>", "", re.sub(r'<td data-label="([^"]+)">', r"\1 ", row)) for row in rows
    ]
    return next(text for row in words if (text := " ".join(row.split())).startswith(name))


@pytest.mark.parametrize(
    ("typed", "validity", "said"),
    [
        ({"ends": "duration", "days": "730"}, Duration(days=730), "finit après 730 jours"),
        (
            {"ends": "disuse", "days": "90"},
            Disuse(days=90),
            "finit après 90 jours sans utilisation",
        ),
        (
            {"ends": "date", "date": "2027-08-31"},
            OnDate(date=date(2027, 8, 31)),
            "finit le 31 août 2027",
        ),
    ],
)
def test_one_is_added_with_its_end(
    boss: FlaskClient, place: Place, typed: dict[str, str], validity: Validity, said: str
) -> None:
    status, _page = send(boss, NEW, name_fr="  Tour   à bois ", name_en="Wood lathe", **typed)
    made = stored(place, "tour-a-bois")
    assert status == 303
    assert (made.name, made.validity) == (Label(fr="Tour à bois", en="Wood lathe"), validity)
    assert said in of(plain(boss.get(LIST)), "Tour à bois")
    boss.set_cookie("language", "en")
    assert "Wood lathe" in of(plain(boss.get(LIST)), "Wood lathe")
    with place.database.read() as db:
        row = db.query(AuditEntry).filter_by(action="certification_created").all()[-1]
    assert row.subject == "certification:tour-a-bois"


def test_a_second_of_the_same_name_is_another(boss: FlaskClient, place: Place) -> None:
    for _each in range(2):
        assert send(boss, NEW, name_fr="Tour", kind="document")[0] == 303
    assert stored(place, "tour-2").kind is CertificationKind.DOCUMENT


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"name_en": "", "ends": "duration", "days": "30"},
            "Saisissez un nom, sur une seule ligne.",
        ),
        ({"name_fr": "x" * 201, "days": "30"}, "Saisissez un nom, sur une seule ligne."),
        ({"ends": "duration", "days": "30 ans"}, "Saisissez un nombre de jours"),
        ({"ends": "disuse", "days": "0"}, "Saisissez un nombre de jours"),
        ({"ends": "date", "date": "demain", "days": "30"}, "Saisissez un nombre de jours"),
        ({"ends": "soon", "days": "30"}, "Saisissez un nombre de jours"),
        ({"kind": "medal", "days": "30"}, "Choisissez : habilitation ou document."),
        ({"scope": "moon", "days": "30"}, "Choisissez où elle est valable."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    boss: FlaskClient, typed: dict[str, str], said: str
) -> None:
    status, page = send(boss, NEW, **{"name_en": "Lathe"} | typed)
    assert status == 422
    assert said in page
    kept = [text for text in typed.values() if text in page]
    assert typed.get("days", "30") in kept
    assert ('value="Lathe"' in page) is ("name_en" not in typed)


def test_all_that_is_wrong_is_said_at_once(boss: FlaskClient) -> None:
    _status, page = send(boss, NEW, kind="medal", ends="duration", days="0")
    for said in (
        "Saisissez un nom, sur une seule ligne",
        "Saisissez un nombre de jours",
        "Choisissez : habilitation",
    ):
        assert said in page


def test_the_list_says_what_asks_for_it(boss: FlaskClient, place: Place) -> None:
    with place.database.write() as db:
        for key, name in (("signed", "Règlement"), ("lonely", "Seule")):
            made = NewCertification(id=key, name=Label(fr=name))
            certifications.create(db, made, actor=SYSTEM, now=NOW)
        course = NewCourse(
            id="cut", name=Label(fr="Bien découper"), grants=("laser",), requires=("signed",)
        )
        courses.create(db, course, actor=SYSTEM, now=NOW)
    page = plain(boss.get(LIST))
    laser = of(page, "Découpe laser")
    assert "Nécessaire pour Découpe laser CO₂" in laser
    assert "S’obtient avec Bien découper" in laser
    assert "Nécessaire pour la formation Bien découper" in of(page, "Règlement Nécessaire")
    assert "Aucun équipement ne l’exige" in of(page, "Seule")


def test_one_is_changed_and_taken_back(boss: FlaskClient, place: Place) -> None:
    send(boss, NEW, name_fr="Tour", ends="duration", days="30")
    at = f"{NEW}/tour"
    version = str(stored(place, "tour").version)
    assert 'value="30"' in plain(boss.get(at))
    new = {"name_fr": "Tour à métaux", "ends": "never", "version": version}
    assert send(boss, at, **new)[0] == 303
    assert stored(place, "tour").name.fr == "Tour à métaux"
    assert undo(boss, LIST) == "Enregistré. Ce qui est déjà donné garde sa date de fin."
    assert (stored(place, "tour").name.fr, stored(place, "tour").validity) == (
        "Tour",
        Duration(days=30),
    )
    assert send(boss, at, **new)[0] == 422  # it has changed since


def test_what_the_network_needs_stays_in_the_network(boss: FlaskClient, place: Place) -> None:
    with place.database.write() as db:
        course = NewCourse(id="cut", name=Label(fr="Bien découper"), grants=("laser",))
        courses.create(db, course, actor=SYSTEM, now=NOW)
    status, page = send(boss, f"{NEW}/laser", name_fr="Laser", scope="site")
    assert (status, "en a encore besoin" in page) == (422, True)
    assert stored(place, "laser").scope is Scope.NETWORK


@pytest.mark.parametrize("role", ["trainer", "desk", "observer"])
def test_others_read_and_change_nothing(place: Place, clock: Clock, role: str) -> None:
    client = browser(place, clock, role)
    page = plain(client.get(LIST))
    assert "Nécessaire pour Découpe laser CO₂" in of(page, "Découpe laser")
    assert NEW not in page
    assert client.get(f"{NEW}/new").status_code == 403
    assert send(client, NEW, name_fr="Tour")[0] == 403
    assert send(client, f"{NEW}/laser", name_fr="Tour")[0] == 403
