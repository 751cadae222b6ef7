"""One's own page with what another place knows: what comes there, is owed there, and nothing else.

Ada has an account at La Fabrique, and L'Annexe knows her; Cleo is known at La Fabrique alone."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import admin
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import charges, tariffs
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import NewCharge, NewTariff
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.self_service import codes
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.models import EnrolmentRow, EnrolmentStatus
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import SYSTEM
from tests.webui.self_service.conftest import Mine
from tests.webui.self_service.self_service_page import read, send

THERE = "annexe"
BADGE = "04A1B2C0"
"""Ada's."""
TOMORROW = Utc.of(NOW + timedelta(days=1))
EVENING = Utc.of(TOMORROW + timedelta(hours=4))


@dataclass(frozen=True)
class There:
    """What L'Annexe has: of Ada a booking, a session and a debt; a booking of somebody else."""

    booking: str
    session: str
    others: str


@pytest.fixture
def there(mine: Mine) -> There:
    ids = filled(mine.place.database, _fill)
    with mine.place.database.write() as db:
        members.change(db, mine.ada, {"also_at": [THERE]}, version=None, actor=SYSTEM, now=NOW)
        taken_plan = NewSubscription(member_id=mine.ada, plan_id="visit", valid_from=NOW)
        subscriptions.create(db, taken_plan, actor=SYSTEM, now=NOW)
        booking, others = (_book(db, member) for member in (mine.ada, ids[0]))
        enrolments.enrol(db, ids[1], mine.ada, actor=SYSTEM, now=NOW)
        for site, quantity in ((SITE, 2), (THERE, 3)):
            taken = NewCharge(article="board", quantity=quantity, member_id=mine.ada, site_id=site)
            charges.create(db, taken, actor=SYSTEM, now=NOW)
    return There(booking, ids[1], others)


def _fill(database: Database) -> list[str]:
    """The ids of a member of L'Annexe and of a session there."""
    with database.write() as db:
        new = NewSite(id=THERE, name=Label(fr="L’Annexe"), time_zone="Atlantic/Azores")
        sites.create(db, new, actor=SYSTEM, now=NOW)
        zones.create(
            db,
            NewZone(id="salle", site_id=THERE, name=Label(fr="Salle A"), desks=9),
            actor=SYSTEM,
            now=NOW,
        )
        plan = NewPlan(id="visit", site_id=THERE, name=Label(fr="Visite"))
        plans.create(db, plan, actor=SYSTEM, now=NOW)
        rate = ArticleRate(id="board", name=Label(fr="Contreplaqué"), price_cents=450)
        for site in (SITE, THERE):
            first = NewTariff(
                valid_from=NOW.date(), decision="Conseil", rates=(rate,), site_id=site
            )
            tariffs.create(db, first, actor=SYSTEM, now=NOW)
        dan = members.create(
            db, NewMember(display_name="Dan", site_id=THERE), actor=SYSTEM, now=NOW
        )
        session = NewCourseSession(
            theme="Soirée couture", site_id=THERE, starts_at=TOMORROW, ends_at=EVENING, places=5
        )
        made = course_sessions.create(db, session, actor=SYSTEM, now=NOW)
    return [dan.id, made.id]


def _book(db: Session, member: str) -> str:
    new = NewBooking(member_id=member, zone_id="salle", starts_at=TOMORROW, ends_at=EVENING)
    return bookings.create(db, new, actor=SYSTEM, now=NOW).id


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_what_comes_at_another_place_is_listed_with_its_name_and_cancelled(
    mine: Mine, there: There, ada: FlaskClient
) -> None:
    text = read(ada)
    assert "Salle A" in text
    assert "Soirée couture" in text
    assert text.count(" · L’Annexe</p>") == 2, "and none for the page's place"
    assert "<p>demain à 12:00, jusqu’à 16:00 · L’Annexe</p>" in plain(text), "by the clock there"
    assert there.others not in text
    _status, text = send(ada, f"/mine/bookings/{there.booking}/cancel")
    assert "Réservation annulée" in text
    assert f"{there.booking}/restore" in text
    _status, text = send(ada, f"/mine/bookings/{there.booking}/restore")
    assert f"{there.booking}/cancel" in text
    _status, text = send(ada, f"/mine/sessions/{there.session}/withdraw")
    assert "Inscription annulée." in text
    with mine.place.database.read() as db:
        row = db.get_one(EnrolmentRow, (there.session, mine.ada))
        assert row.status is EnrolmentStatus.CANCELLED
    _status, text = send(ada, f"/mine/sessions/{there.session}/enrol")
    assert "Soirée couture" in text


def test_a_session_that_is_called_off_there_is_read_too(
    mine: Mine, there: There, ada: FlaskClient
) -> None:
    with mine.place.database.write() as db:
        course_sessions.cancel(db, there.session, "Panne", actor=SYSTEM, now=NOW)
    assert "Annulée\u00a0: Panne" in read(ada)


def test_nothing_else_of_the_other_place_opens(mine: Mine, there: There, ada: FlaskClient) -> None:
    assert send(ada, f"/mine/bookings/{there.others}/cancel")[0] == 404
    for address in ("mine", "bookings", "training", "members", "mine/statements/2026-11"):
        assert ada.get(f"/s/{THERE}/{address}").status_code == 404
    assert send(ada, f"/training/sessions/{there.session}/own")[0] == 404
    for place in ("nowhere", "", "../annexe"):
        answer = ada.get(f"/mine/statements/2026-10?place={place}")
        assert answer.status_code == 404


def test_who_is_not_known_there_acts_on_nothing_there(
    mine: Mine, there: There, client: FlaskClient
) -> None:
    sign_in(client, "cleo")
    for act in (
        f"sessions/{there.session}/enrol",
        f"sessions/{there.session}/withdraw",
        f"bookings/{there.booking}/cancel",
        f"bookings/{there.booking}/restore",
    ):
        assert send(client, f"/mine/{act}")[0] == 404
    assert client.get(f"/mine/statements/2026-11?place={THERE}").status_code == 404
    assert "L’Annexe" not in read(client)
    with mine.place.database.read() as db:
        assert db.get_one(BookingRow, there.booking).cancelled_at is None


def test_what_is_owed_is_said_by_place_the_pages_first(
    mine: Mine, there: There, ada: FlaskClient
) -> None:
    text = plain(read(ada))
    here = "Reste dû, tous les mois, La Fabrique : 9,00 €"
    over_there = "Reste dû, tous les mois, L’Annexe : 13,50 €"
    assert text.index(here) < text.index(over_there)
    statement = f"/mine/statements/2026-11?place={THERE}"
    assert f'href="{statement}"' in text
    shown = plain(read(ada, statement))
    assert "<b>L’Annexe · </b>" in shown
    assert "13,50 € à régler" in shown
    erase = plain(read(ada, "/mine/erase"))
    assert '<p>Vous devez encore 9,00 €. <a href="/mine#money-title">' in erase
    link = f'<a href="/mine#money-title-{THERE}">'
    assert f"<p>L’Annexe : vous devez encore 13,50 €. {link}" in erase
    assert f'id="money-title-{THERE}"' in text, "where the link leads"


def test_it_is_still_said_once_the_place_no_longer_knows_her(
    mine: Mine, there: There, ada: FlaskClient
) -> None:
    with mine.place.database.write() as db:
        members.change(db, mine.ada, {"also_at": []}, version=None, actor=SYSTEM, now=NOW)
    text = plain(read(ada))
    assert "Reste dû, tous les mois, L’Annexe : 13,50 €" in text
    assert "Salle A" not in text
    assert "Soirée couture" not in text


def test_the_page_at_each_place_of_an_account_with_two_names_the_other(
    mine: Mine, there: There, ada: FlaskClient
) -> None:
    _give_role(mine, mine.ada)
    assert " · L’Annexe</p>" in read(ada, f"/s/{SITE}/mine")
    text = plain(read(ada, f"/s/{THERE}/mine"))
    assert " · L’Annexe</p>" not in text
    assert " · La Fabrique</p>" in text
    assert text.index("L’Annexe : 13,50 €") < text.index("La Fabrique : 9,00 €")
    _status, text = send(ada, f"/s/{THERE}/mine/bookings/{mine.booking}/cancel")
    assert "Réservation annulée" in text


def test_a_terminal_shows_what_is_of_its_place_alone(
    mine: Mine, there: There, terminal: str, client: FlaskClient
) -> None:
    who = Actor(ref=f"member:{mine.ada}", member_id=mine.ada)
    with mine.place.database.write() as db:
        codes.set_own(db, "4711", key=codes.hashing_key("s" * 40), actor=who, now=NOW)
    client.post(terminal, data={"csrf_token": token_of(client), "badge": BADGE, "code": "4711"})
    text = plain(read(client))
    assert "Reste dû, tous les mois, La Fabrique : 9,00 €" in text
    assert "L’Annexe" not in text
    assert there.booking not in text
    assert send(client, f"/mine/bookings/{there.booking}/cancel")[0] == 404
    assert client.get(f"/mine/statements/2026-11?place={THERE}").status_code == 404


def _give_role(mine: Mine, member: str) -> None:
    with mine.place.database.write() as db:
        row = db.query(AccountRow).filter_by(member_id=member).one()
        patch = {"roles": {SITE: ["member"], THERE: ["member"]}}
        admin.change(db, row.id, patch, version=None, actor=SYSTEM, now=NOW)
