"""A forgotten password and an invitation by mail, through a real SMTP server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import reset_requests
from controller.capabilities.accounts.mailed_links import MAX_OPEN
from controller.capabilities.accounts.models import AccountRow, StepRow
from controller.capabilities.messages.models import MessageRow
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
from controller.kernel.database import Database
from controller.settings import MailSettings
from tests.support.clock import Clock
from tests.support.smtp import Post, body, posting
from tests.support.statements import counted
from tests.webui.accounts.me import with_telephone, with_tokens, working
from tests.webui.conftest import PASSWORD, SITE, make_app, sign_in, token_of
from webui.accounts.signin import TRIES

NEW = "another correct horse"
URL = "http://127.0.0.1:8000"
LINK = re.compile(rf"{URL}(/(?:reset|me/address)/\S+)")


class Place:
    """The pages, and a mail server."""

    def __init__(self, database: Database, clock: Clock, post: Post) -> None:
        self.database, self.clock, self.post = database, clock, post
        mail = MailSettings(host="127.0.0.1", port=post.port, tls="none", sender="l@fab.example")
        app = make_app(database, clock, mail=mail)
        self.client = app.test_client()
        self._sender = Sender(database, mail, rules(mail, "s" * 40), URL, site_id=SITE, clock=clock)

    def link(self) -> str:
        """In the last message."""
        self.look()
        found = LINK.search(body(self.post.got[-1]))
        assert found is not None
        return found[1]

    def look(self) -> None:
        """Send what is due."""
        self._sender.poll()

    def forgot(self, login: str) -> str:
        """The page that answers, without what was typed."""
        data = {"csrf_token": token_of(self.client), "login": login}
        answer = self.client.post("/forgot", data=data)
        assert answer.status_code == 200
        return re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))

    def choose(self, link: str, password: str = NEW) -> tuple[int, str]:
        """Send the link's form."""
        data = {"csrf_token": token_of(self.client), "password": password}
        answer = self.client.post(link, data=data)
        return answer.status_code, answer.get_data(as_text=True)


@pytest.fixture
def place(database: Database, clock: Clock) -> Iterator[Place]:
    with posting() as post:
        yield Place(database, clock, post)


@contextmanager
def signed_in(place: Place, role: str) -> Iterator[FlaskClient]:
    """Another browser."""
    client = place.client.application.test_client()
    assert sign_in(client, role) == 303
    yield client


def test_a_forgotten_password_is_set_by_a_link_once(place: Place) -> None:
    with signed_in(place, "manager") as elsewhere:
        place.forgot(" Manager@Example.org ")
        link = place.link()
        assert place.post.got[-1]["To"] == "manager@example.org"
        assert "List-Unsubscribe" not in place.post.got[-1]
        for _ in range(2):  # a program that follows links spends nothing
            assert place.client.get(link).status_code == 200
        assert place.choose(link, "short")[0] == 422
        assert place.choose(link)[0] == 303
        assert elsewhere.get("/").status_code == 302
    for status, text in (place.choose(link), _got(place, link)):
        assert status == 410
        assert "Ce lien a déjà servi" in text
    assert sign_in(place.client, "manager", PASSWORD) == 422
    assert sign_in(place.client, "manager", NEW) == 303


def _got(place: Place, link: str) -> tuple[int, str]:
    answer = place.client.get(link)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_stolen_mailbox_opens_nothing_that_has_a_second_factor(place: Place) -> None:
    with signed_in(place, "manager") as owner:
        with_telephone(owner, place.clock)
    place.forgot("manager@example.org")
    assert place.choose(place.link())[0] == 303
    assert sign_in(place.client, "manager", NEW) == 303
    assert place.client.get("/sign-in/code").status_code == 200
    assert place.client.get("/members").status_code == 302


def test_a_link_lasts_half_an_hour_and_its_message_no_longer(place: Place) -> None:
    place.forgot("desk@example.org")
    link = place.link()
    place.forgot("desk@example.org")
    place.clock.forward(minutes=31)
    status, text = place.choose(link)
    assert (status, "Ce lien a expiré." in text) == (410, True)
    before = len(place.post.got)
    place.link()
    assert len(place.post.got) == before
    assert place.choose("/reset/" + "x" * 43)[0] == 404


@pytest.fixture
def any_place(any_database: Database, clock: Clock) -> Iterator[Place]:
    with posting() as post:
        yield Place(any_database, clock, post)


def test_as_much_is_done_for_a_login_that_nobody_has(any_place: Place) -> None:
    """The same statements with values as long: what takes time comes when nobody waits for it."""
    place = any_place
    with place.database.write() as db:
        closed = db.query(AccountRow).filter_by(login="desk@example.org").one()
        closed.disabled_at = Utc.of(place.clock())
    place.forgot("nobody-at-all@example.org")
    done = {}
    for login in (
        "manager@example.org",
        "desk@example.org",
        "nobody@example.org",
        "x",
        "\0",
        "é" * 300,
    ):
        with counted(place.database) as statements:
            place.forgot(login)
        with place.database.read() as db:
            lengths = [len(step.challenge or b"") for step in db.query(StepRow)]
        done[login] = [*statements, *map(str, set(lengths))]
        place.clock.forward(seconds=1)
    assert [item for item in done.values() if item != done["x"]] == []
    with place.database.read() as db:
        assert db.query(MessageRow).count() == 0
    place.look()
    assert [mail["To"] for mail in place.post.got] == ["manager@example.org"]
    with place.database.read() as db:
        assert db.query(StepRow).count() == 0


def test_what_was_asked_long_ago_or_sealed_by_another_secret_writes_nothing(place: Place) -> None:
    place.forgot("manager@example.org")
    place.clock.forward(minutes=6)
    place.look()
    with place.database.write() as db:
        reset_requests.add(db, "manager@example.org", web_secret="other", now=place.clock())
    place.look()
    with place.database.read() as db:
        assert db.query(MessageRow).count() == db.query(StepRow).count() == 0


def test_no_mailbox_is_filled_however_many_addresses_ask(place: Place) -> None:
    for _ in range(MAX_OPEN + 3):
        with place.database.write() as db:
            reset_requests.add(db, "manager@example.org", web_secret="s" * 40, now=place.clock())
    place.look()
    assert len(place.post.got) == MAX_OPEN
    place.clock.forward(minutes=31)
    place.forgot("manager@example.org")
    place.look()
    assert len(place.post.got) == MAX_OPEN + 1


def test_an_unknown_account_is_answered_the_same(place: Place) -> None:
    with place.database.write() as db:
        closed = db.query(AccountRow).filter_by(login="desk@example.org").one()
        closed.disabled_at = Utc.of(place.clock())
    known = place.forgot("manager@example.org")
    for login in ("nobody@example.org", "desk@example.org", "\0", "ſ@x"):
        assert place.forgot(login) == known
    place.look()
    with place.database.read() as db:
        assert db.query(MessageRow).count() == 1


def test_a_mailbox_is_not_filled_by_who_asks_again_and_again(place: Place) -> None:
    for _ in range(TRIES):
        place.forgot("manager@example.org")
    data = {"csrf_token": token_of(place.client), "login": "manager@example.org"}
    assert place.client.post("/forgot", data=data).status_code == 429


def test_a_link_offers_to_end_the_tokens_too(place: Place, clock: Clock) -> None:
    made = with_tokens(place.database, clock, "manager@example.org")
    place.forgot("manager@example.org")
    link = place.link()
    assert "Révoquer aussi 2 jetons" in _got(place, link)[1]
    data = {"csrf_token": token_of(place.client), "password": NEW, "tokens": "1"}
    assert place.client.post(link, data=data).status_code == 303
    assert working(place.database, clock, made) == set()


def test_of_several_links_one_is_used_and_the_others_are_over(place: Place) -> None:
    place.forgot("manager@example.org")
    first = place.link()
    place.forgot("manager@example.org")
    assert place.choose(place.link())[0] == 303
    assert place.choose(first)[0] == 410


def test_no_secret_of_a_link_stands_in_the_database(place: Place) -> None:
    place.forgot("manager@example.org")
    secret = place.link().rpartition("/")[2]
    with place.database.read() as db:
        rows = db.connection().connection.driver_connection
        assert rows is not None
        assert secret not in "\n".join(rows.iterdump())


def test_somebody_is_asked_in_by_mail(place: Place) -> None:
    assert sign_in(place.client, "admin") == 303
    [field] = re.findall(r'<input[^>]* name="email"[^>]*>', place.client.get("/accounts").text)
    assert "required" not in field, "blank, if the address is the login"
    data = {"csrf_token": token_of(place.client), "role": "desk", "by": "mail"}
    answer = place.client.post("/accounts", data=data | {"login": "new@example.org"})
    assert answer.status_code == 303
    assert "new@<wbr>example.<wbr>org" in place.client.get("/accounts").get_data(as_text=True)
    link = place.link()
    guest = place.client.application.test_client()
    assert "Bienvenue" in guest.get(link).get_data(as_text=True)
    data = {"csrf_token": token_of(guest), "password": NEW}
    assert guest.post(link, data=data).status_code == 303
    assert sign_in(guest, "new", NEW) == 303


def invited(place: Place, **typed: str) -> int:
    """An admin asks somebody in by mail; the answer's status."""
    assert sign_in(place.client, "admin") == 303
    data = {"csrf_token": token_of(place.client), "role": "desk", "by": "mail"} | typed
    return place.client.post("/accounts", data=data).status_code


def test_an_invitation_goes_where_the_inviter_says_and_confirms_that_address(place: Place) -> None:
    assert invited(place, login="new", email="new@home.example") == 303
    link = place.link()
    assert place.post.got[-1]["To"] == "new@home.example"
    guest = place.client.application.test_client()
    data = {"csrf_token": token_of(guest), "password": NEW}
    assert guest.post(link, data=data).status_code == 303
    place.forgot("new")
    place.link()
    assert [mail["To"] for mail in place.post.got] == ["new@home.example"] * 2


def test_nobody_is_invited_by_mail_without_an_address(place: Place) -> None:
    for typed in ({}, {"email": "at home"}):
        assert invited(place, login="new", **typed) == 422
    with place.database.read() as db:
        assert db.query(AccountRow).filter_by(login="new").count() == 0
        assert db.query(MessageRow).count() == 0


def test_another_code_for_an_invitation_ends_the_link_that_was_mailed(place: Place) -> None:
    assert invited(place, login="new", email="wrong@home.example") == 303
    link = place.link()
    with place.database.read() as db:
        key = db.query(AccountRow).filter_by(login="new").one().id
    data = {"csrf_token": token_of(place.client)}
    assert place.client.post(f"/accounts/{key}/invitation", data=data).status_code == 200
    assert place.choose(link)[0] == 404


def test_the_address_of_an_account_is_changed_by_who_shows_that_it_is_them(place: Place) -> None:
    with signed_in(place, "manager") as owner:
        data = {"csrf_token": token_of(owner), "email": "nowhere"}
        answer = owner.post("/me/address", data=data, follow_redirects=True)
        assert "Ce n’est pas une adresse" in answer.get_data(as_text=True)
        data["email"] = "boss@home.example"
        place.clock.forward(minutes=6)
        assert owner.post("/me/address", data=data).status_code == 403
        data["proof_password"] = PASSWORD
        assert owner.post("/me/address", data=data).status_code == 303
        link = place.link()
        assert "boss@home.example" in owner.get(link).get_data(as_text=True)
        assert owner.post(link, data=data).status_code == 303
        assert "boss@home.example" in owner.get("/me").get_data(as_text=True)
        place.forgot("manager@example.org")
        place.link()
        told = [(mail["To"], mail["Subject"].split(" :")[0]) for mail in place.post.got]
        assert told == [
            ("boss@home.example", "Confirmez votre adresse"),
            ("manager@example.org", "Adresse de votre compte changée"),
            ("boss@home.example", "Nouveau mot de passe"),
        ]
        assert owner.post("/me/address/remove", data=data).status_code == 303
        place.forgot("manager@example.org")
        place.link()
        assert [mail["To"] for mail in place.post.got[3:]] == [
            "boss@home.example",
            "manager@example.org",
        ]


def test_a_link_to_confirm_an_address_lasts_half_an_hour(place: Place) -> None:
    with signed_in(place, "manager") as owner:
        data = {"csrf_token": token_of(owner), "email": "boss@home.example"}
        assert owner.post("/me/address", data=data).status_code == 303
        link = place.link()
        place.clock.forward(minutes=31)
        assert owner.post(link, data=data).status_code == 410


def test_an_admin_who_resets_an_account_takes_its_address_away(place: Place) -> None:
    with place.database.write() as db:
        row = db.query(AccountRow).filter_by(login="desk@example.org").one()
        row.confirmed_email, key = "intruder@evil.example", row.id
    assert sign_in(place.client, "admin") == 303
    data = {"csrf_token": token_of(place.client)}
    assert place.client.post(f"/accounts/{key}/reset", data=data).status_code == 200
    place.forgot("desk@example.org")
    place.link()
    assert [mail["To"] for mail in place.post.got] == ["desk@example.org"]


def test_an_invitation_to_somebody_who_exists_changes_and_sends_nothing(place: Place) -> None:
    assert sign_in(place.client, "admin") == 303
    data = {"csrf_token": token_of(place.client), "role": "admin", "by": "mail"}
    answer = place.client.post("/accounts", data=data | {"login": "DESK@example.org"})
    assert answer.status_code == 422
    assert "Ce compte existe déjà : rien n’a changé." in plain(answer.get_data(as_text=True))
    with place.database.read() as db:
        assert db.query(MessageRow).count() == 0


def plain(text: str) -> str:
    """With simple blanks."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_without_a_mail_server_codes_on_paper_are_named(client: FlaskClient) -> None:
    assert "code sur papier" in client.get("/forgot").get_data(as_text=True)
    links = re.findall(r'<p><a href="([^"]+)">([^<]+)', client.get("/sign-in").get_data(True))
    assert [(at, plain(text)) for at, text in links] == [
        ("/forgot", "Mot de passe oublié ?"),
        ("/recover", "J’ai une invitation"),
    ]
