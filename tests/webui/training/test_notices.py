"""Before a session is moved or cancelled one reads who is told; afterwards, how it went."""

from datetime import timedelta

import pytest

from controller.assembly import HOUSE
from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, EnrolmentStatus
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
from controller.kernel.actor import Role
from controller.kernel.database import Database
from controller.settings import MailSettings
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.support.smtp import Post, posting
from tests.webui.conftest import SITE, make_app, sign_in
from tests.webui.training.at_session import NAMES, SYSTEM, Training, make_other, own_page, plain

ADDRESSES = {NAMES[0]: "zoe@example.org", NAMES[1]: "karim@example.org", NAMES[2]: "no@example.org"}
MOVED = {"kind": "course", "day": "2026-12-20", "starts": "09:30", "ends": "12:00", "places": "4"}


@pytest.fixture
def training(database: Database, clock: Clock) -> Training:
    """The desk of a place with mail, before a session in two days; one person has no address."""
    with_mail = Database(database.engine, house=HOUSE, mail_is_on=True)
    client = make_app(with_mail, clock).test_client()
    found = Training(client, with_mail, starts_h=48)
    sign_in(client, "desk")
    for name in NAMES:
        found.enrol(name)
    with with_mail.write() as db:
        for name in NAMES:
            row = db.get_one(MemberRow, found.people[name])
            row.email, row.phone = ADDRESSES.get(name), f"06 00 00 00 0{NAMES.index(name)}"
        stops.unsubscribe(db, "other_time", stops.digest("no@example.org"), now=clock())
    return found


def send(training: Training, clock: Clock, post: Post) -> None:
    """Hand what waits to the mail server."""
    settings = MailSettings(
        host="127.0.0.1", port=post.port, tls="none", sender="l@fab.example", quiet=None
    )
    mail = rules(settings, "s" * 40)
    url = "https://fab.example"
    Sender(training.database, settings, mail, url, site_id=SITE, clock=clock).poll()


def after(text: str, heading: str) -> str:
    """The words of a page after a heading."""
    assert heading in text
    return text.split(heading, 1)[1]


def test_before_a_session_is_moved_the_page_says_who_is_told_and_who_is_to_be_called(
    training: Training,
) -> None:
    text = after(training.text(f"{training.page}/edit"), "Qui sera prévenu")
    assert "2 personnes par e-mail, 2 à appeler" in text
    assert "chacun garde sa place" in text
    to_call, by_letter = after(text, "À appeler").split("Par e-mail")
    for name, why, phone in (
        (NAMES[2], "ne veut pas recevoir ces e-mails", "06 00 00 00 02"),
        (NAMES[3], "pas d’adresse e-mail", "06 00 00 00 03"),
    ):
        assert name in to_call
        assert why in to_call
        assert phone in to_call
    assert NAMES[0] in by_letter
    assert NAMES[1] in by_letter


def test_afterwards_the_session_lists_what_was_sent_to_whom(
    training: Training, clock: Clock
) -> None:
    answer = training.post(f"{training.page}/edit", **MOVED, version="1")
    assert answer.status_code == 303, plain(answer)
    assert answer.headers["Location"].endswith("#notice")
    text = after(training.text(training.page), "Séance déplacée : qui est prévenu")
    assert "2 personnes par e-mail, 2 à appeler" in text
    assert text.count("e-mail en attente d’envoi") == 2
    with posting(Post(to_rcpt="")) as post:
        send(training, clock, post)
    assert sorted(str(mail["To"]) for mail in post.got) == ["karim@example.org", "zoe@example.org"]
    text = after(training.text(training.page), "Séance déplacée : qui est prévenu")
    assert text.count("e-mail envoyé : 14:00") == 2
    to_call = after(text, "À appeler").split("Par e-mail")[0]
    assert NAMES[2] in to_call
    assert "06 00 00 00 03" in to_call


def test_who_could_not_be_written_to_is_to_be_called(training: Training, clock: Clock) -> None:
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    text = after(training.text(training.page), "Séance annulée : qui est prévenu")
    assert "3 personnes par e-mail, 1 à appeler" in text
    with posting(Post(to_rcpt="550 5.1.1 no such user")) as post:
        send(training, clock, post)
    text = after(training.text(training.page), "Séance annulée : qui est prévenu")
    assert "0 personne par e-mail, 4 à appeler" in text
    assert text.count("l’e-mail n’a pas pu être envoyé") == 3


def test_a_place_without_mail_calls_everybody(
    training: Training, database: Database, clock: Clock
) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "desk")
    text = plain(client.get(f"{training.page}/edit"))
    assert "0 personne par e-mail, 4 à appeler" in text
    assert "ce lieu n’envoie pas d’e-mail" in text


@pytest.mark.parametrize("has_address", [True, False])
def test_moved_where_no_letter_reaches_anybody_the_session_lists_whom_to_call(
    training: Training, database: Database, clock: Clock, has_address: bool
) -> None:
    if not has_address:
        with database.write() as db:
            for person in db.query(MemberRow):
                person.email = None
    client = make_app(database, clock).test_client()
    sign_in(client, "desk")
    training.client = client  # a place without mail
    training.post(f"{training.page}/edit", **MOVED, version="1")
    clock.now = Utc.of(clock.now + timedelta(minutes=5))
    with database.write() as db:
        row = db.get_one(EnrolmentRow, (training.id, training.people[NAMES[1]]))
        row.id, row.time_changed_at = uuid7(), None  # enrolled once it was moved
    text = after(training.text(training.page), "Séance déplacée : qui est prévenu")
    assert "0 personne par e-mail, 3 à appeler" in text
    assert "06 00 00 00 03" in text
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    text = after(training.text(training.page), "Séance annulée : qui est prévenu")
    assert "0 personne par e-mail, 4 à appeler" in text


def test_once_it_has_begun_nobody_is_called_any_more(training: Training, clock: Clock) -> None:
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    clock.now = Utc.of(clock.now + timedelta(days=3))
    assert "qui est prévenu" not in training.text(training.page)


def test_a_trainer_reads_the_names_and_no_telephone_number(
    training: Training, clock: Clock
) -> None:
    training.hold(NAMES[0], "laser", Level.TRAINER)
    trainer = own_page(make_other(training.client), training, NAMES[0])
    with training.database.write() as db:
        account = db.query(AccountRow).filter_by(login="member@example.org").one()
        db.add(AccountRole(account_id=account.id, site_id=SITE, role=Role.TRAINER))
    asks_desk = "L’accueil a leurs numéros de téléphone."
    text = after(trainer.text(f"{training.page}/edit"), "Qui sera prévenu")
    assert asks_desk in text
    assert asks_desk not in training.text(f"{training.page}/edit")
    assert NAMES[3] in text
    assert "06 00" not in text
    trainer.post(f"{training.page}/cancel", reason="La machine est en panne")
    text = after(trainer.text(), "Séance annulée : qui est prévenu")
    assert NAMES[3] in text
    assert "06 00" not in text


def limit_seats(training: Training, places: int, *waiting: str) -> None:
    """So few seats, with these people on the waiting list."""
    with training.database.write() as db:
        db.get_one(CourseSessionRow, training.id).places = places
        for name in waiting:
            row = db.get_one(EnrolmentRow, (training.id, training.people[name]))
            row.id, row.status = uuid7(), EnrolmentStatus.WAITING


def catch_up(training: Training) -> str:
    """What a manager reads in *Catch up*."""
    manager = make_other(training.client)
    sign_in(manager, "manager")
    return plain(manager.get("/since"))


def written(training: Training, what: str) -> list[str]:
    """Who has such a letter."""
    with training.database.read() as db:
        names = {key: name for name, key in training.people.items()}
        rows = db.query(MessageRow).filter_by(what=what)
        return [names.get(row.member_id or "", "") for row in rows]


def test_in_a_cancelled_session_nobody_moves_up_until_it_is_restored(training: Training) -> None:
    limit_seats(training, 3, NAMES[1])
    first = training.people[NAMES[0]]
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    assert "La place va" not in training.text()
    assert "Dès qu’une place se libère" not in training.text()
    training.post(f"{training.page}/people/{first}/withdraw")
    training.post(f"{training.page}/edit", **MOVED)  # a seat more
    assert "Enregistré." in training.text()
    assert "La place va" not in training.text()
    assert written(training, "moved_up") == []
    training.post(f"{training.page}/hold")
    assert f"Places données aux personnes en attente : {NAMES[1]}." in training.text()
    assert written(training, "moved_up") == [NAMES[1]]


def test_a_trainer_is_not_written_to_of_a_cancelled_session_until_it_is_restored(
    training: Training, clock: Clock
) -> None:
    trainer = training.people[NAMES[0]]
    training.hold(NAMES[0], "laser", Level.TRAINER)
    clock.now = Utc.of(clock.now + timedelta(days=1))
    with training.database.write() as db:
        course_sessions.change(
            db, training.id, {"trainer_id": trainer}, version=None, actor=SYSTEM, now=clock()
        )
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    before = written(training, "named_trainer")
    training.post(f"{training.page}/edit", **MOVED, trainer=trainer)
    assert "Enregistré." in training.text()
    assert written(training, "named_trainer") == before
    training.post(f"{training.page}/hold")
    assert len(written(training, "named_trainer")) == len(before) + 1


TO_CALL = "À appeler, faute d’e-mail : {}."


@pytest.mark.parametrize("way", ["session", "person", "own", "seats"])
def test_whoever_moves_up_without_an_address_is_to_be_called(
    training: Training, clock: Clock, way: str
) -> None:
    leaves, waits = NAMES[0], NAMES[3]
    limit_seats(training, 3, waits)
    leaving = training.people[leaves]
    name = TO_CALL.format(waits)
    if way == "session":
        training.post(f"{training.page}/people/{leaving}/withdraw")
        assert f"La place va à {waits}. {name}" in training.text()
    elif way == "person":
        training.post(f"/members/{leaving}/course-sessions/{training.id}/withdraw")
        assert f"La place va à {waits}. {name}" in training.text()
    elif way == "seats":
        training.post(f"{training.page}/edit", **MOVED)
        assert f"Places données aux personnes en attente : {waits}. {name}" in training.text()
    else:
        own_page(make_other(training.client), training, leaves).post(
            f"{training.page}/own/withdraw"
        )
    text = after(training.text(), "Place obtenue de la liste d’attente : qui est prévenu")
    assert "0 personne par e-mail, 1 à appeler" in text
    assert "06 00 00 00 03" in text
    row = f"à appeler : {waits} a maintenant une place"
    assert row in catch_up(training)
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    assert row not in catch_up(training)
    training.post(f"{training.page}/hold")
    clock.now = Utc.of(clock.now + timedelta(days=30))
    assert row not in catch_up(training)


def test_whoever_moves_up_and_has_a_letter_is_not_called_unless_it_fails(
    training: Training, clock: Clock
) -> None:
    limit_seats(training, 3, NAMES[1])
    training.post(f"{training.page}/people/{training.people[NAMES[0]]}/withdraw")
    assert f"La place va à {NAMES[1]}." in training.text()
    assert "À appeler, faute" not in training.text()
    heading = "Place obtenue de la liste d’attente : qui est prévenu"
    assert "1 personne par e-mail, 0 à appeler" in after(training.text(), heading)
    assert "a maintenant une place" not in catch_up(training)
    with posting(Post(to_rcpt="550 5.1.1 no such user")) as post:
        send(training, clock, post)
    assert "0 personne par e-mail, 1 à appeler" in after(training.text(), heading)
    assert f"à appeler : {NAMES[1]} a maintenant une place" in catch_up(training)


def test_whoever_is_to_be_called_stands_in_catch_up_and_on_the_list_of_sessions(
    training: Training, clock: Clock
) -> None:
    moved = f"à appeler : la séance a changé d’horaire ({NAMES[3]})"
    cancelled = f"à appeler : la séance est annulée ({NAMES[3]})"
    training.post(f"{training.page}/edit", **MOVED)
    assert moved in catch_up(training)
    assert f"changé d’horaire ({NAMES[0]})" not in catch_up(training), "an e-mail tells them"
    assert "2 à appeler" in training.text("/training")
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    since = catch_up(training)
    assert cancelled in since
    assert moved not in since
    assert "1 à appeler" in training.text("/training"), "one refuses only those of another time"
    clock.forward(minutes=1)
    training.post(f"{training.page}/hold")
    since = catch_up(training)
    assert f"à appeler : la séance a bien lieu ({NAMES[3]})" in since
    assert moved not in since, "whoever calls reads the time"
    clock.now = Utc.of(clock.now + timedelta(days=30))
    assert "à appeler" not in catch_up(training) + training.text("/training")


TAKES_PLACE = "Séance rétablie : qui est prévenu"


def test_whoever_was_to_be_called_of_a_cancellation_is_to_be_called_once_it_is_reinstated(
    training: Training,
) -> None:
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    before = after(training.text(f"{training.page}/edit"), "La séance est annulée")
    to_call = after(before, "À appeler").split("Rétablir la séance")[0]
    assert NAMES[3] in to_call
    assert "06 00 00 00 03" in to_call
    assert NAMES[0] not in to_call  # the letter to them was not sent, and never will be
    training.post(f"{training.page}/hold")
    text = training.text()
    assert "La séance aura lieu." in text
    assert TO_CALL.format(NAMES[3]) in text
    assert "Séance annulée : qui est prévenu" not in text
    assert NAMES[3] in after(after(text, TAKES_PLACE), "0 personne par e-mail, 1 à appeler")
    row = f"à appeler : la séance a bien lieu ({NAMES[3]})"
    assert row in catch_up(training)
    training.post(f"{training.page}/people/{training.people[NAMES[3]]}/withdraw")
    assert row not in catch_up(training)
    assert TAKES_PLACE not in training.text()


def test_whoever_got_the_letter_of_a_cancellation_is_written_to_once_it_is_reinstated(
    training: Training, clock: Clock
) -> None:
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    with posting(Post(to_rcpt="")) as post:
        send(training, clock, post)
    before = after(training.text(f"{training.page}/edit"), "La séance est annulée")
    assert "3 personnes par e-mail, 1 à appeler" in before
    training.post(f"{training.page}/hold")
    text = after(training.text(), TAKES_PLACE)
    assert "3 personnes par e-mail, 1 à appeler" in text
    assert len(written(training, "after_all")) == 3


def test_where_no_letter_reaches_anybody_a_reinstated_session_lists_whom_to_call(
    training: Training, database: Database, clock: Clock
) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "desk")
    training.client, training.database = client, database  # a place without mail
    limit_seats(training, 2, NAMES[1], NAMES[2])
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    training.post(f"{training.page}/people/{training.people[NAMES[0]]}/withdraw")
    training.post(f"{training.page}/hold")
    text = training.text()
    moved_up, others = NAMES[1], f"{NAMES[3]}, {NAMES[2]}"
    assert f"Places données aux personnes en attente : {moved_up}." in text
    assert TO_CALL.format(f"{moved_up}, {others}") in text
    assert "0 personne par e-mail, 3 à appeler" in after(text, TAKES_PLACE)
    since = catch_up(training)
    assert f"à appeler : {moved_up} a maintenant une place" in since
    assert f"la séance a bien lieu ({moved_up})" not in since
    assert f"la séance a bien lieu ({NAMES[2]})" in since
    assert f"la séance a bien lieu ({NAMES[3]})" in since


def test_a_refused_change_of_a_cancelled_session_still_offers_to_reinstate_it(
    training: Training,
) -> None:
    training.post(f"{training.page}/cancel", reason="La machine est en panne")
    text = plain(training.post(f"{training.page}/edit", **MOVED | {"places": "1"}))
    assert "Rétablir la séance" in text
    assert "ou si la séance est annulée" not in text
