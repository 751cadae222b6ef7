"""Before a session is moved or cancelled one reads who is told; afterwards, how it went."""

from datetime import timedelta

import pytest

from controller.assembly import HOUSE
from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops
from controller.capabilities.training.models import EnrolmentRow
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
from tests.webui.training.at_session import NAMES, Training, make_other, own_page, plain

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
