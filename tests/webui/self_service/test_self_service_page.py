"""One's own page: what one may, lacks, booked and pays; acts on oneself, and on nobody else."""

import html
import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from controller.capabilities.agents.models import AgentState
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.billing import charges, payments, statements, tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import CloseMonth, NewCharge, NewTariff, PayerKind
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.self_service import codes
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.models import EnrolmentRow, EnrolmentStatus
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import Dealt, NewUserReport
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.accounts.reauthentication import later
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place, add_session, add_state
from tests.webui.self_service.conftest import ADA, CLEO, Mine, badge_of
from tests.webui.self_service.self_service_page import read, send


def status_of(place: Place, badge: str) -> CredentialStatus:
    with place.database.read() as db:
        return db.get_one(CredentialRow, badge).status


def test_a_member_lands_on_her_own_page_and_reads_what_is_hers(
    mine: Mine, ada: FlaskClient
) -> None:
    text = read(ada, "/")
    assert f"Bonjour {ADA}" in text
    assert "Découpe laser CO₂" in text
    assert f"/mine/bookings/{mine.booking}/cancel" in text
    assert f'href="/bookings?thing={LASER}#slot"' in text, "in sight on a telephone too"
    assert mine.others not in text
    assert CLEO not in text


def test_what_is_missing_is_one_tap_away_and_can_be_taken_back(
    mine: Mine, client: FlaskClient
) -> None:
    sign_in(client, "cleo")
    act = f"/mine/sessions/{mine.course}/enrol"
    assert f'action="{act}"' in read(client)
    status, text = send(client, act)
    assert (status, "Inscription faite." in text) == (303, True)
    assert "Prévu\u00a0:" in text
    assert f'action="{act}"' not in text
    status, text = send(client, f"/mine/sessions/{mine.course}/withdraw")
    assert f'action="{act}"' in text
    with mine.place.database.read() as db:
        row = db.get_one(EnrolmentRow, (mine.course, mine.cleo))
        assert row.status is EnrolmentStatus.CANCELLED


def test_who_waits_reads_that_and_is_offered_the_session_with_free_places(
    mine: Mine, client: FlaskClient
) -> None:
    with mine.place.database.write() as db:
        ben = mine.place.members["Ben Laser"]
        enrolments.enrol(db, mine.course, ben, actor=SYSTEM, now=NOW)
    sign_in(client, "cleo")
    act = f"/mine/sessions/{mine.course}/enrol"
    text = send(client, act)[1]
    assert "En liste d’attente" in text
    assert "Prévu\u00a0:" not in text
    assert f'action="{act}"' not in text
    with mine.place.database.write() as db:
        start = Utc.of(NOW + timedelta(days=9))
        later = NewCourseSession(
            course_id="first",
            site_id=SITE,
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=2)),
            places=3,
        )
        other = course_sessions.create(db, later, actor=SYSTEM, now=NOW).id
    assert f'action="/mine/sessions/{other}/enrol"' in read(client)
    text = send(client, f"/mine/sessions/{other}/enrol")[1]
    assert "Prévu\u00a0:" in text


def test_an_enrolment_that_comes_too_late_says_that_alone(
    mine: Mine, client: FlaskClient, clock: Clock
) -> None:
    sign_in(client, "cleo")
    later = clock.forward(hours=25)
    with mine.place.database.write() as db:
        course_sessions.close_enrolment_of_begun(db, later)
    text = send(client, f"/mine/sessions/{mine.course}/enrol")[1]
    assert "Trop tard\u00a0: cette séance a commencé." in text
    assert "autre habilitation" not in text
    with mine.place.database.write() as db:
        enrolments.enrol(db, mine.course, mine.cleo, actor=SYSTEM, now=later)
    assert f"{mine.course}/withdraw" not in read(client)
    text = send(client, f"/mine/sessions/{mine.course}/withdraw")[1]
    assert "Cette séance a commencé\u00a0: seul son formateur note les absences." in text


def test_that_a_session_is_called_off_is_read_with_its_reason_while_it_would_be_ahead(
    mine: Mine, client: FlaskClient, clock: Clock
) -> None:
    sign_in(client, "cleo")
    send(client, f"/mine/sessions/{mine.course}/enrol")
    with mine.place.database.write() as db:
        why = "Le laser est en panne"
        course_sessions.cancel(db, mine.course, why, actor=SYSTEM, now=NOW)
    assert "Annulée\u00a0: Le laser est en panne" in read(client)
    clock.forward(hours=25)
    assert "Le laser est en panne" not in read(client)


def test_who_moved_up_reads_that_the_place_is_hers(mine: Mine, client: FlaskClient) -> None:
    ben = mine.place.members["Ben Laser"]
    with mine.place.database.write() as db:
        enrolments.enrol(db, mine.course, ben, actor=SYSTEM, now=NOW)
    sign_in(client, "cleo")
    said = "Une place s’est libérée\u00a0: elle est à vous."
    assert said not in send(client, f"/mine/sessions/{mine.course}/enrol")[1]
    with mine.place.database.write() as db:
        enrolments.withdraw(db, mine.course, ben, actor=SYSTEM, now=NOW)
    assert said in read(client)
    send(client, f"/mine/sessions/{mine.course}/withdraw")
    assert said not in send(client, f"/mine/sessions/{mine.course}/enrol")[1]


def test_a_lost_badge_still_works_where_the_box_has_no_contact(
    mine: Mine, ada: FlaskClient
) -> None:
    badge = badge_of(mine.place, mine.ada)
    with mine.place.database.write() as db:
        for state in db.scalars(select(AgentState)):
            state.online = False
    _status, text = send(ada, f"/mine/badges/{badge}/lost")
    assert "il marche encore là où le boîtier n’a pas de contact" in text
    assert "il ne marche plus" not in text


def test_a_lost_badge_is_blocked_at_once_and_unblocked_within_a_minute_alone(
    mine: Mine, ada: FlaskClient, clock: Clock
) -> None:
    badge = badge_of(mine.place, mine.ada)
    status, text = send(ada, f"/mine/badges/{badge}/lost")
    assert status == 303
    assert status_of(mine.place, badge) is CredentialStatus.LOST
    assert f'action="/mine/badges/{badge}/not-lost"' in text
    assert "Demandez-en un autre à l’accueil." in text
    assert "Rapportez-le" not in text, "it is not in their hand"
    send(ada, f"/mine/badges/{badge}/not-lost")
    assert status_of(mine.place, badge) is CredentialStatus.ACTIVE
    send(ada, f"/mine/badges/{badge}/lost")
    clock.forward(seconds=61)
    status, text = send(ada, f"/mine/badges/{badge}/not-lost")
    assert "Trop tard" in text
    assert status_of(mine.place, badge) is CredentialStatus.LOST


def test_a_badge_that_the_desk_has_blocked_is_not_unblocked_by_its_holder(
    mine: Mine, ada: FlaskClient
) -> None:
    badge = badge_of(mine.place, mine.ada)
    with mine.place.database.write() as db:
        db.get_one(CredentialRow, badge).status = CredentialStatus.SUSPENDED
    _status, text = send(ada, f"/mine/badges/{badge}/not-lost")
    assert "Trop tard" in text
    assert status_of(mine.place, badge) is CredentialStatus.SUSPENDED
    with mine.place.database.write() as db:
        credentials.restore(db, badge, actor=SYSTEM, now=NOW)
    send(ada, f"/mine/badges/{badge}/lost")
    with mine.place.database.write() as db:
        credentials.restore(db, badge, actor=SYSTEM, now=NOW)
        credentials.mark_lost(db, badge, actor=SYSTEM, now=NOW)
    _status, text = send(ada, f"/mine/badges/{badge}/not-lost")
    assert "Trop tard" in text, "the desk has said so since"
    assert status_of(mine.place, badge) is CredentialStatus.LOST


def test_lost_and_not_lost_ends_no_suspension(mine: Mine, ada: FlaskClient) -> None:
    badge = badge_of(mine.place, mine.ada)
    with mine.place.database.write() as db:
        credentials.suspend(db, badge, actor=SYSTEM, now=NOW)
    send(ada, f"/mine/badges/{badge}/lost")
    _status, text = send(ada, f"/mine/badges/{badge}/not-lost")
    assert "Trop tard" in text
    assert status_of(mine.place, badge) is CredentialStatus.LOST


def test_the_page_says_that_the_place_sends_no_mail(ada: FlaskClient) -> None:
    text = html.unescape(ada.get("/mine").get_data(as_text=True))
    assert "Ce lieu n’envoie pas d’e-mail" in text


def test_a_booking_is_given_back_and_taken_again(mine: Mine, ada: FlaskClient) -> None:
    _status, text = send(ada, f"/mine/bookings/{mine.booking}/cancel")
    assert f'action="/mine/bookings/{mine.booking}/restore"' in text
    said = "Réservation annulée : Découpe laser CO₂, jeudi 26 novembre à 14:00."
    assert said in text.replace("\u00a0", " ")
    bar = text[text.index('id="undo"') :].split("</form>")[0]
    assert "Rétablir" in bar, "Annuler would cancel, beside what is cancelled"
    assert "Annuler" not in bar
    _status, text = send(ada, f"/mine/bookings/{mine.booking}/restore")
    assert f"/mine/bookings/{mine.booking}/cancel" in text


def test_a_booking_says_that_its_machine_is_out_of_service(
    mine: Mine, ada: FlaskClient, client: FlaskClient
) -> None:
    assert "hors service" not in booked(read(ada), mine)
    with mine.place.database.write() as db:
        key = db.get_one(BookingRow, mine.booking).access_point_id
        db.get_one(AccessPointRow, key).in_service = False
    assert "hors service" in booked(read(ada), mine)
    sign_in(client, "manager")
    assert "hors service" in booked(client.get(f"/members/{mine.ada}").get_data(as_text=True), mine)


def test_a_released_booking_says_so_and_is_not_cancelled(
    mine: Mine, ada: FlaskClient, client: FlaskClient
) -> None:
    """Released at 13:50, ten minutes ago: it stays until its time is over, without a button."""
    with mine.place.database.write() as db:
        row = db.get_one(BookingRow, mine.booking)
        row.starts_at = Utc.of(NOW - timedelta(minutes=25))
        row.ends_at = Utc.of(NOW + timedelta(hours=1))
        row.missed_at = row.closed_at = Utc.of(NOW - timedelta(minutes=10))
    released = "Libérée aujourd’hui à 13:50 : personne n’a badgé."
    text = read(ada).replace("\u00a0", " ")
    assert released in text
    assert f"/mine/bookings/{mine.booking}/cancel" not in text
    already = "Cette réservation avait déjà été libérée aujourd’hui à 13:50 : personne n’a badgé."
    _status, text = send(ada, f"/mine/bookings/{mine.booking}/cancel")
    assert already in text.replace("\u00a0", " ")
    sign_in(client, "manager")
    record = f"/members/{mine.ada}"
    text = client.get(record).get_data(as_text=True).replace("\u00a0", " ")
    assert released in text
    assert f"{record}/bookings/{mine.booking}/cancel" not in text
    _status, text = send(client, f"{record}/bookings/{mine.booking}/cancel")
    assert already in text.replace("\u00a0", " ")
    assert "Découpe laser" not in client.get(f"{record}/leave").get_data(as_text=True)
    with mine.place.database.write() as db:
        row = db.get_one(BookingRow, mine.booking)
        row.missed_at, row.closed_at, row.ends_at = None, NOW, NOW
    _status, text = send(client, f"/bookings/{mine.booking}/cancel")
    assert "Cette réservation est terminée." in text


@pytest.mark.parametrize(
    ("hours", "end"), [(20, "jusqu’à 19:30"), (72, "jusqu’au 26 novembre à 23:30")]
)
def test_a_booking_that_began_yesterday_says_when_it_ends(
    mine: Mine, ada: FlaskClient, hours: int, end: str
) -> None:
    start = Utc.parse("2026-11-23T22:30:00.000Z")
    with mine.place.database.write() as db:
        row = db.get_one(BookingRow, mine.booking)
        row.starts_at, row.ends_at = start, Utc.of(start + timedelta(hours=hours))
    said = f"<p>lundi 23 novembre à 23:30, {end}</p>"
    assert said in booked(read(ada), mine).replace("\u00a0", " ")


def booked(text: str, mine: Mine) -> str:
    """The line of Ada's booking."""
    return text[: text.index(f"bookings/{mine.booking}")].rpartition("<li>")[2]


@pytest.mark.parametrize(
    "act", ["badges/{badge}/lost", "badges/{badge}/not-lost", "bookings/{others}/cancel"]
)
def test_nobody_acts_on_what_is_anothers(mine: Mine, ada: FlaskClient, act: str) -> None:
    badge = badge_of(mine.place, mine.cleo)
    status, _text = send(ada, f"/mine/{act.format(badge=badge, others=mine.others)}")
    assert status == 404
    assert status_of(mine.place, badge) is CredentialStatus.ACTIVE
    with mine.place.database.read() as db:
        assert db.get_one(BookingRow, mine.others).cancelled_at is None


def test_one_reads_ones_own_statement_and_none_where_there_is_none(
    mine: Mine, ada: FlaskClient
) -> None:
    rate = ArticleRate(id="board", name=Label(fr="Contreplaqué"), price_cents=450)
    with mine.place.database.write() as db:
        first = NewTariff(valid_from=NOW.date(), decision="Conseil", rates=(rate,), site_id=SITE)
        tariffs.create(db, first, actor=SYSTEM, now=NOW)
        for member, many in ((mine.ada, 2), (mine.cleo, 7)):
            taken = NewCharge(article="board", quantity=many, member_id=member, site_id=SITE)
            charges.create(db, taken, actor=SYSTEM, now=NOW)
    text = read(ada)
    assert "9,00" in text
    assert "31,50" not in text
    assert "9,00\u00a0€ à régler" in read(ada, "/mine/statements/2026-11")
    with mine.place.database.write() as db:
        for _ in range(7):
            taken = NewCharge(article="board", quantity=1, member_id=mine.ada, site_id=SITE)
            charges.create(db, taken, actor=SYSTEM, now=NOW)
    text, whole = read(ada), read(ada, "/mine/statements/2026-11")
    assert 'href="/mine/statements/2026-11"' in text
    assert "Détail\u00a0: 8 lignes" in text
    assert (text.count("Contreplaqué"), whole.count("Contreplaqué")) == (1, 8)
    erase = read(ada, "/mine/erase")
    assert "<p>Vous devez encore 40,50" in erase, "said before one is erased"
    assert 'href="/mine#money-title">Voir ce qui est dû' in erase
    assert "ou demandez-en la remise. Pour" in erase, "also of a closed month"
    assert "À régler auprès de la trésorerie" in text
    with mine.place.database.write() as db:
        key = PayerKey(PayerKind.MEMBER, mine.ada)
        amount = Cents(5000)
        payments.note(db, SITE, key, "2026-11", Means.CASH, amount, actor=SYSTEM, now=NOW)
    text = read(ada)
    assert "Trop payé" in text
    assert "À régler auprès de la trésorerie" not in text, "nothing is to be paid"
    assert "Trop payé\u00a0: 9,50\u00a0€</strong>" in read(ada, "/mine/statements/2026-11")
    assert ada.get("/mine/statements/2026-10").status_code == 404
    assert ada.get("/mine/statements/nothing").status_code == 404


def test_ones_own_statement_says_which_credit_it_used(mine: Mine, ada: FlaskClient) -> None:
    rate = ArticleRate(id="board", name=Label(fr="Contreplaqué"), price_cents=450)
    before = Utc.of(NOW - timedelta(days=40))
    key = PayerKey(PayerKind.MEMBER, mine.ada)
    with mine.place.database.write() as db:
        new = NewTariff(valid_from=before.date(), decision="Conseil", rates=(rate,), site_id=SITE)
        tariffs.create(db, new, actor=SYSTEM, now=before)
        for at in (before, NOW):
            taken = NewCharge(article="board", quantity=1, member_id=mine.ada, site_id=SITE)
            charges.create(db, taken, actor=SYSTEM, now=at)
    catch_up(mine.place.database, SITE, NOW)
    with mine.place.database.write() as db:
        october = CloseMonth(site_id=SITE, month="2026-10")
        statements.close(db, october, actor=SYSTEM, now=NOW)
        paid = Cents(700)
        payments.note(db, SITE, key, "2026-11", Means.CASH, paid, actor=SYSTEM, now=NOW)
    used = "Crédit utilisé pour ce qui reste dû d’un mois clôturé</th><td>2,50"
    assert used in read(ada, "/mine/statements/2026-11").replace("\xa0", " ")
    paid_by = "Réglé par le crédit d’un autre mois</th><td>− 2,50"
    assert paid_by in read(ada, "/mine/statements/2026-10").replace("\xa0", " ")


def test_each_month_says_what_is_still_owed_and_all_of_them_together_stand_on_top(
    mine: Mine, ada: FlaskClient
) -> None:
    rate = ArticleRate(id="board", name=Label(fr="Contreplaqué"), price_cents=450)
    key = PayerKey(PayerKind.MEMBER, mine.ada)
    with mine.place.database.write() as db:
        began = Utc.parse("2026-07-01T10:00:00.000Z")
        first = NewTariff(valid_from=began.date(), decision="Conseil", rates=(rate,), site_id=SITE)
        tariffs.create(db, first, actor=SYSTEM, now=began)
        for month, quantity in (("08", 1), ("09", 2), ("10", 4), ("11", 8), ("12", 2)):
            taken = NewCharge(article="board", quantity=quantity, member_id=mine.ada, site_id=SITE)
            at = Utc.parse(f"2026-{month}-05T10:00:00.000Z")
            charges.create(db, taken, actor=SYSTEM, now=at)
        for month, cents in (("08", 450), ("09", 400), ("10", 2000)):
            paid, amount = f"2026-{month}", Cents(cents)
            payments.note(db, SITE, key, paid, Means.CASH, amount, actor=SYSTEM, now=NOW)
    text = read(ada).replace("\u202f", " ").replace("\u00a0", " ")
    assert "Octobre 2026 : 18,00 €, trop payé de 2,00 €" in text
    assert "Septembre 2026 : 9,00 €, reste dû 5,00 €" in text
    assert "Août 2026 : 4,50 €, payé" in text
    assert "Reste dû, tous les mois : 41,00 €" in text, "36 of November, 5 of September"
    assert "Relevé de novembre 2026" in text
    assert text.index("À venir") < text.index("Décembre 2026 : 9,00 €, reste dû 9,00 €")


def test_one_takes_everything_along_and_is_erased_by_ones_own_word(
    mine: Mine, ada: FlaskClient
) -> None:
    token = token_of(ada)
    answer = ada.post("/mine/data", data={"csrf_token": token})
    assert json.loads(answer.get_data())["member_id"] == mine.ada
    assert "Ce qui est effacé" in read(ada, "/mine/erase")
    assert "Vous devez encore" not in read(ada, "/mine/erase")
    status, _text = send(ada, "/mine/erase", word="oui")
    assert status == 422
    status, text = send(ada, "/mine/erase", word="Effacer")
    assert (status, "Vos données sont effacées" in text) == (200, True)
    assert ada.get("/mine").status_code == 302
    with mine.place.database.read() as db:
        left = db.get(MemberRow, mine.ada)
        assert left is None or left.display_name != ADA


def test_what_hinders_an_own_erasure_is_said_to_the_person(mine: Mine, ada: FlaskClient) -> None:
    ref = mine.place.refs[ADA]
    with mine.place.database.write() as db:
        add_session(db, NOW, 0.5, ref)
        use = db.scalars(select(SessionRow)).one()
        use.ended_at = None
        add_state(db, "running", use.id)
    _status, text = send(ada, "/mine/erase", word="Effacer")
    assert "Vous utilisez une machine" in text
    assert "Cette personne" not in text
    with mine.place.database.write() as db:
        db.execute(delete(PointStateRow))
        db.execute(delete(SessionRow))
        zone = db.scalars(select(ZoneRow.id)).first()
        move = {"moved_at": NOW, "by_desk": True, "heads": 1}
        db.add(PresenceRow(id=uuid7(), site_id=SITE, zone_id=zone, member_ref=ref, **move))
    _status, text = send(ada, "/mine/erase", word="Effacer")
    assert "Votre présence est notée" in text


def test_after_the_password_a_page_says_that_the_file_comes_and_the_button_brings_it(
    ada: FlaskClient, clock: Clock
) -> None:
    later(clock)
    form = {"csrf_token": token_of(ada)}
    assert ada.post("/mine/data", data=form).status_code == 403
    proved = ada.post("/mine/data", data=form | {"proof_password": PASSWORD})
    said = proved.get_data(as_text=True)
    assert (proved.status_code, "Le fichier est prêt" in said) == (200, True)
    assert "Rien n’a encore été fait" not in said
    assert 'action="/mine/data"' in said
    assert PASSWORD not in said
    answer = ada.post("/mine/data", data=form)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_large_print_stays_while_the_session_lasts(ada: FlaskClient) -> None:
    assert "is-big" not in read(ada)
    send(ada, "/mine/print-size")
    assert "is-big" in read(ada)


def test_an_account_that_is_nobodys_is_told_what_to_do(place: Place, client: FlaskClient) -> None:
    sign_in(client, "trainer")
    assert "Ce compte n’est relié à aucune fiche" in read(client)
    assert send(client, "/mine/sessions/nothing/enrol")[0] == 404


def test_days_of_use_are_ones_own(mine: Mine, ada: FlaskClient) -> None:
    with mine.place.database.read() as db:
        ref = db.get_one(MemberRow, mine.ada).ref
    with mine.place.database.write() as db:
        add_session(db, Utc.of(NOW - timedelta(days=1)), 0.5, ref)
        add_session(db, Utc.of(NOW - timedelta(days=2)), 0.75)
    text = read(ada)
    assert "30\u00a0min de travail" in text
    assert "45\u00a0min de travail" not in text


def test_ones_statement_is_asked_for_by_mail_and_that_is_taken_back(
    mine: Mine, ada: FlaskClient
) -> None:
    assert send(ada, "/mine/statements/mail", wanted="yes")[1].count("n’a pas d’adresse")
    with mine.place.database.write() as db:
        db.get_one(MemberRow, mine.ada).email = "ada@example.org"
        rate = ArticleRate(id="board", name=Label(fr="Contreplaqué"), price_cents=450)
        first = NewTariff(valid_from=NOW.date(), decision="Conseil", rates=(rate,), site_id=SITE)
        tariffs.create(db, first, actor=SYSTEM, now=NOW)
        taken = NewCharge(article="board", quantity=2, member_id=mine.ada, site_id=SITE)
        charges.create(db, taken, actor=SYSTEM, now=NOW)
    assert "Recevoir le relevé par e-mail" in read(ada)
    assert "Ne plus recevoir le relevé" in send(ada, "/mine/statements/mail", wanted="yes")[1]
    assert "Recevoir le relevé par e-mail" in send(ada, "/mine/statements/mail", wanted="no")[1]


def test_two_codes_that_differ_are_said_before_the_password_is_asked(
    mine: Mine, ada: FlaskClient, clock: Clock
) -> None:
    ada.get("/mine")
    clock.forward(minutes=6)  # a grave act now waits for a second look
    status, text = send(ada, "/mine/code", code="4711", again="4712")
    assert (status, "Les codes ne sont pas identiques." in text) == (422, True)
    assert "Est-ce bien vous" not in text
    status, text = send(ada, "/mine/code", code="1111", again="1111")
    assert (status, "Est-ce bien vous" in text) == (422, False)
    status, text = send(ada, "/mine/code", code="4711", again="4711")
    assert (status, "Est-ce bien vous" in text) == (403, True)
    with mine.place.database.read() as db:
        assert not codes.has_code(db, mine.ada)
    fields = {"code": "4711", "again": "4711", "proof_password": PASSWORD}
    assert send(ada, "/mine/code", **fields)[0] == 303
    with mine.place.database.read() as db:
        assert codes.has_code(db, mine.ada)


def test_a_code_beside_a_badge_that_was_just_given_says_from_when_it_opens_the_page(
    mine: Mine, ada: FlaskClient, clock: Clock
) -> None:
    with mine.place.database.write() as db:
        for badge in db.scalars(select(CredentialRow).where(CredentialRow.member_id == mine.ada)):
            badge.own_page_from = Utc.of(clock.now + timedelta(hours=24))
    text = send(ada, "/mine/code", code="4711", again="4711")[1]
    assert "il ouvrira cette page à la borne demain à 14:00." in text


def test_a_member_reads_the_answer_to_a_report_and_nobody_elses(
    mine: Mine, ada: FlaskClient
) -> None:
    with mine.place.database.write() as db:
        for member, answer in ((mine.ada, "Charnière graissée."), (mine.cleo, "Verre changé.")):
            new = NewUserReport(
                kind=ToldKind.FAULT, text="Le capot frotte", access_point=LASER, member_id=member
            )
            report = user_reports.create(db, new, actor=SYSTEM, now=NOW)
            user_reports.settle(db, report.id, Dealt(remark=answer), actor=SYSTEM, now=NOW)
    text = read(ada, "/mine").replace("\u00a0", " ").replace("\u202f", " ")
    reported = text.partition('id="reported"')[2].partition("</section>")[0]
    assert "Découpe laser CO₂ · c’est réglé" in reported
    assert "« Charnière graissée. »" in reported
    assert "Verre changé." not in text
