"""Messages: what was written, a button that tries the mail server, and pages that stop them."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.messages import stops
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import Trouble
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
from controller.kernel.database import Database
from controller.settings import MailSettings
from tests.support.clock import Clock
from tests.support.programs import free_port
from tests.support.smtp import Post, body, posting
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.mail.mail_page import ADA, a_client, plain, written

SECRET = "s" * 40
AWAY = "Aucun e-mail envoyé depuis"


def tried(client: FlaskClient, to: str = ADA, letter: str = "") -> tuple[int, str]:
    """Press the button."""
    data = {"csrf_token": token_of(client), "to": to, "letter": letter}
    answer = client.post("/mail/trial", data=data)
    text = re.sub(r"\s+", " ", answer.get_data(as_text=True))
    return answer.status_code, text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_trial_arrives(database: Database, clock: Clock) -> None:
    with posting() as post:
        client = a_client(database, clock, port=post.port)
        assert tried(client)[0] == 303
        page = client.get("/mail").get_data(as_text=True)
        assert ADA in page
        assert "dès qu’un serveur est réglé" not in page
    (mail,) = post.got
    assert "Si vous le lisez" in body(mail)


def test_a_trial_shows_the_letter_that_is_open_as_an_example(
    database: Database, clock: Clock
) -> None:
    with posting() as post:
        client = a_client(database, clock, port=post.port)
        assert tried(client, letter="booking_confirmed")[0] == 303
        assert tried(client, letter="password_reset")[0] == 303
    example, other = map(body, post.got)
    assert "Un exemple d’e-mail suit" in example
    assert "Vous avez réservé Découpe laser" in example
    assert "Un exemple" not in other


@pytest.mark.parametrize(
    ("mail", "answer", "says"),
    [
        ({"host": "no-such-host.invalid"}, "", "Le nom du serveur de messagerie n’existe pas."),
        ({"port": 1}, "", "Rien ne répond à cette adresse et à ce port."),
        ({"tls": "starttls"}, "", "Le chiffrement a échoué"),
        ({}, "452 4.2.2 mailbox full", "Le serveur refuse les messages pour l’instant."),
        ({}, "550 5.1.1 no such <user>", "Cette adresse n’existe pas."),
    ],
)
def test_a_trial_that_fails_says_why(
    database: Database, clock: Clock, mail: dict[str, object], answer: str, says: str
) -> None:
    with posting(Post(to_rcpt=answer)) as post:
        status, text = tried(a_client(database, clock, **{"port": post.port} | mail))
    assert status == 422
    assert says in text
    assert ADA in text  # what was typed is kept
    assert answer.replace("<", "&lt;").replace(">", "&gt;") in text


def test_a_trial_to_what_is_no_address_is_not_sent(database: Database, clock: Clock) -> None:
    for to in ("ada", "a@b@c", "ada@example.org\r\nBcc: eve@example.org", ""):
        assert tried(a_client(database, clock, port=free_port()), to)[0] == 422


def test_without_a_server_the_page_says_what_to_write_where(client: FlaskClient) -> None:
    assert sign_in(client, "manager") == 303
    page = client.get("/mail").get_data(as_text=True)
    assert "[mail]" not in page
    assert "Demandez à un administrateur" in page
    assert "envoyées dès qu’un serveur est réglé" in page, "what the switches mean until then"
    assert tried(client)[0] == 422
    assert sign_in(client, "admin") == 303
    assert "[mail]" in client.get("/mail").get_data(as_text=True)


def test_a_server_that_is_away_for_a_day_is_said_to_who_comes_back(
    database: Database, clock: Clock
) -> None:
    port = free_port()
    mail = MailSettings(host="127.0.0.1", port=port, tls="none", sender="l@fab.example", quiet=None)
    client = a_client(database, clock, port=port)
    course = {"course": {"fr": "Laser"}, "starts_at": Utc.of(NOW + timedelta(days=4)).text()}
    for _ in range(2):
        written(database, attempts=0, due_at=NOW, detail=course)
    sender = Sender(
        database, mail, rules(mail, SECRET), "https://loquet.example", site_id=SITE, clock=clock
    )
    sender.poll()
    assert AWAY not in since(client)  # it may be started again
    for _ in range(24):
        clock.forward(hours=1)
        sender.poll()
    assert f"{AWAY} hier à 14:00" in since(client)
    assert (
        "2 messages en attente · rien n’est perdu : l’envoi est retenté automatiquement"
        in since(client)
    )
    assert "Rien ne répond à cette adresse et à ce port." in plain(client, "/mail")
    with posting(Post(port=port)):
        clock.forward(hours=5)
        sender.poll()
    assert AWAY not in since(client)


def since(client: FlaskClient) -> str:
    return plain(client, "/since?since=week")


def test_what_was_given_up_is_listed_and_tried_again(database: Database, clock: Clock) -> None:
    written(database, sent_at=NOW)
    lost = written(database, trouble=Trouble.RECIPIENT, said="550 no <such>")
    client = a_client(database, clock)
    every, failed = (
        client.get(name).get_data(as_text=True) for name in ("/mail", "/mail?failed=1")
    )
    written_list = 'id="written"'
    assert every.partition(written_list)[2].count(f"à {ADA}") == 2
    assert failed.partition(written_list)[2].count(f"à {ADA}") == 1
    assert "550 no &lt;such&gt;" in failed
    data = {"csrf_token": token_of(client)}
    assert client.post(f"/mail/{lost}/again", data=data).status_code == 303
    with database.read() as db:
        assert db.get_one(MessageRow, lost).due_at == Utc.of(clock())
    assert client.post("/mail/nothing/again", data=data).status_code == 404


def test_messages_are_stopped_by_a_link_without_signing_in(client: FlaskClient) -> None:
    path = stops.path(SECRET, "moved_up", ADA)
    assert "Ne plus les recevoir" in client.get(path).get_data(as_text=True)
    data = {"csrf_token": token_of(client), "wanted": "no"}
    after = client.post(path, data=data, follow_redirects=True).get_data(as_text=True)
    assert "C’est arrêté" in after
    data["wanted"] = "yes"
    after = client.post(path, data=data, follow_redirects=True).get_data(as_text=True)
    assert "Ne plus les recevoir" in after


def test_a_mail_program_stops_them_with_one_click(database: Database, client: FlaskClient) -> None:
    path = stops.path(SECRET, "moved_up", ADA) + "/now"
    one_click = {"List-Unsubscribe": "One-Click"}
    assert client.post(path, data={"List-Unsubscribe": "no"}).status_code == 400
    assert client.get(path).headers["Location"] == path.removesuffix("/now")
    with database.read() as db:
        assert not stops.is_unsubscribed(db, "moved_up", stops.digest(ADA))
    for _ in range(2):
        assert client.post(path, data=one_click).status_code == 200
    with database.read() as db:
        assert stops.is_unsubscribed(db, "moved_up", stops.digest(ADA))


@pytest.mark.parametrize("what", ["moved_up", "password_reset", "nothing"])
def test_a_link_of_nobody_s_stops_nothing(client: FlaskClient, what: str) -> None:
    """Nor one of messages that protect an account."""
    path = stops.path("another secret", "moved_up", ADA).replace("moved_up", what)
    if what == "password_reset":
        path = stops.path(SECRET, what, ADA)
    assert client.get(path).status_code == 404
    assert client.post(path + "/now", data={"List-Unsubscribe": "One-Click"}).status_code == 400
