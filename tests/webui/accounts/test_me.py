"""One's own account: password, sessions, a telephone and its codes, tokens."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import accounts, printed_codes, providers
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import (
    AccountRow,
    AuthenticatorRow,
    PasskeyRow,
    PrintedCodeRow,
    TokenRow,
)
from controller.capabilities.accounts.providers import Identity
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.accounts.me import (
    code_of,
    halfway,
    later,
    second,
    send,
    with_telephone,
    with_tokens,
    words,
    working,
)
from tests.webui.conftest import PASSWORD, SITE, make_app, sign_in, token_of
from webui.accounts.signin import TRIES

Browser = Callable[[], FlaskClient]


@pytest.fixture
def browser(database: Database, clock: Clock) -> Browser:
    """A new browser of one application."""
    return make_app(database, clock).test_client


def test_a_password_is_changed_by_who_knows_it_and_other_sessions_end(browser: Browser) -> None:
    mine, other = browser(), browser()
    sign_in(mine, "desk")
    sign_in(other, "desk")
    assert "Seul un mot de passe protège votre compte." in words(mine.get("/me"))
    wrong = send(mine, "/me/password", old="guess", new="another long one")
    assert (wrong.status_code, other.get("/").status_code) == (422, 200)
    assert send(mine, "/me/password", old=PASSWORD, new="short").status_code == 422
    assert send(mine, "/me/password", old=PASSWORD, new="another long one").status_code == 303
    assert (mine.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert sign_in(browser(), "desk") == 422
    assert sign_in(browser(), "desk", "another long one") == 303


def test_one_session_ends_or_all_others(browser: Browser) -> None:
    mine, second_one, third, stranger = (browser() for _ in range(4))
    for client in (mine, second_one, third):
        sign_in(client, "manager")
    sign_in(stranger, "desk")
    keys = re.findall(r"/me/sessions/([0-9a-f-]{36})/end", words(mine.get("/me")))
    theirs = re.findall(r"/me/sessions/([0-9a-f-]{36})/end", words(stranger.get("/me")))
    assert (len(keys), len(theirs)) == (3, 1)
    assert send(mine, f"/me/sessions/{theirs[0]}/end").status_code == 404
    assert send(mine, f"/me/sessions/{keys[1]}/end").status_code == 303
    assert third.get("/").status_code == 302, "after one’s own, the latest stands first"
    assert send(mine, "/me/sessions/end-others").status_code == 303
    assert [client.get("/").status_code for client in (mine, second_one, stranger)] == [
        200,
        302,
        200,
    ]


def test_with_a_telephone_its_code_is_asked_for_and_none_is_taken_twice(
    browser: Browser, clock: Clock, database: Database
) -> None:
    client = browser()
    sign_in(client, "manager")
    seed, _codes = with_telephone(client, clock)
    with database.read() as db:
        row = db.scalars(select(AuthenticatorRow)).one()
        assert seed.encode() not in row.sealed
    client, thief = browser(), browser()
    halfway(client)
    halfway(thief)
    code = code_of(seed, clock)
    assert second(client, "123456") == 422
    assert second(client, code) == 303
    assert client.get("/").status_code == 200
    assert second(thief, code) == 422
    later(clock, minutes=6)
    token = token_of(thief)
    too_late = {"csrf_token": token, "code": code_of(seed, clock)}
    answer = thief.post("/sign-in/code", data=too_late)
    assert answer.headers["Location"].startswith("/sign-in")
    assert thief.get("/").status_code == 302


def test_a_wrong_code_says_what_to_enter_next(
    browser: Browser, clock: Clock, database: Database
) -> None:
    client = browser()
    sign_in(client, "manager")
    _seed, codes = with_telephone(client, clock)
    client = browser()
    halfway(client)
    data = {"csrf_token": token_of(client), "code": "123456"}
    assert "Attendez le suivant." in words(client.post("/sign-in/code", data=data))
    with database.write() as db:  # a passkey alone: no other code ever comes
        phone = db.scalars(select(AuthenticatorRow)).one()
        passkey = PasskeyRow(
            id=uuid7(),
            account_id=phone.account_id,
            credential="x",
            public_key=b"x",
            uses=0,
            name="Clé",
            created_at=clock.now,
        )
        db.add(passkey)
        db.delete(phone)
    shown = words(client.post("/sign-in/code", data=data))
    assert "Saisissez un autre des codes imprimés." in shown
    assert "Attendez" not in shown
    assert second(client, codes[0]) == 303


def test_a_lost_telephone_is_a_code_on_paper_once(
    browser: Browser, clock: Clock, database: Database
) -> None:
    client = browser()
    sign_in(client, "manager")
    _seed, codes = with_telephone(client, clock)
    with database.read() as db:
        assert not set(db.scalars(select(PrintedCodeRow.hash))) & set(codes)
    client, again = browser(), browser()
    halfway(client)
    assert second(client, codes[3].upper().replace("-", " ")) == 303
    halfway(again)
    assert second(again, codes[3]) == 422
    assert second(again, codes[4]) == 303
    with database.read() as db:
        used = AuditEntry.action == "second_factor_code_used"
        assert len(db.scalars(select(AuditEntry).where(used)).all()) == 2
    old = codes[5]
    assert send(again, "/me/codes").status_code == 200
    halfway(client := browser())
    assert second(client, old) == 422


def test_guessing_the_second_half_is_slowed_down_from_wherever_it_comes(
    browser: Browser, clock: Clock
) -> None:
    client = browser()
    sign_in(client, "manager")
    seed, _codes = with_telephone(client, clock)
    for _ in range(TRIES):
        halfway(guesser := browser())
        assert second(guesser, "000000") == 422
    halfway(guesser := browser())
    assert second(guesser, code_of(seed, clock)) == 429


def test_without_a_telephone_the_password_is_enough_again(browser: Browser, clock: Clock) -> None:
    client = browser()
    sign_in(client, "manager")
    with_telephone(client, clock)
    assert send(client, "/me/telephone").status_code == 303
    assert "Un téléphone est déjà ajouté" in words(client.get("/me"))
    assert send(client, "/me/telephone/remove").status_code == 303
    fresh = browser()
    assert sign_in(fresh, "manager") == 303
    assert fresh.get("/").status_code == 200


def test_a_token_is_narrow_ends_is_seen_to_be_used_and_once_stolen_revoked(
    browser: Browser, clock: Clock, database: Database
) -> None:
    client, asking = browser(), browser()
    sign_in(client, "manager")
    more = {"name": "Agenda", "length": "month"}
    assert send(client, "/me/tokens", **more).status_code == 422
    wider = send(client, "/me/tokens", scope="accounts:write", **more)
    assert wider.status_code == 422, "not what a manager may do"
    shown = words(send(client, "/me/tokens", scope="rules:read", **more))
    secret = re.search(r"loquet_[\w-]{43}", shown)
    assert secret is not None
    assert secret[0] not in words(client.get("/me"))
    bearer = {"Authorization": f"Bearer {secret[0]}"}
    assert asking.get("/api/v1/plans", headers=bearer).status_code == 200
    assert asking.get("/api/v1/members", headers=bearer).status_code == 403
    with database.read() as db:
        row = db.scalars(select(TokenRow).where(TokenRow.name == "Agenda")).one()
        assert row.used_at == clock.now
        assert row.expires_at == Utc.of(clock.now + timedelta(days=30))
    assert send(client, f"/me/tokens/{row.id}/revoke").status_code == 303
    assert asking.get("/api/v1/plans", headers=bearer).status_code == 401
    other = browser()
    sign_in(other, "desk")
    assert send(other, f"/me/tokens/{row.id}/revoke").status_code == 404
    assert send(other, f"/me/tokens/{row.id}/give-back").status_code == 404
    assert send(client, f"/me/tokens/{row.id}/give-back").status_code == 303
    assert asking.get("/api/v1/plans", headers=bearer).status_code == 200


def test_a_place_that_sends_no_mail_promises_no_link(client: FlaskClient) -> None:
    sign_in(client, "manager")
    page = words(client.get("/me"))
    assert "Ce lieu n’envoie pas d’e-mail" in page
    assert "Le lien pour choisir" not in page


def test_passkeys_are_said_to_be_impossible_under_a_number(browser: Browser) -> None:
    client = browser()
    sign_in(client, "manager")
    assert "Impossible à cette adresse" in words(client.get("/me/passkeys/new"))
    assert send(client, "/me/passkeys/ask").status_code == 404


def test_the_page_says_in_which_browser_one_is(browser: Browser, database: Database) -> None:
    client = browser()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.environ_base["HTTP_USER_AGENT"] = firefox
    sign_in(client, "manager")
    assert "Firefox, Linux" in words(client.get("/me"))
    with database.read() as db:
        login = AccountRow.login == "manager@example.org"
        assert db.scalars(select(AccountRow.signed_in_at).where(login)).one() is not None


def test_the_page_says_since_when_each_way_to_sign_in_exists(
    browser: Browser, database: Database, clock: Clock
) -> None:
    client, now = browser(), clock.now
    sign_in(client, "admin")
    with database.write() as db:
        row = db.scalars(select(AccountRow).where(AccountRow.login == "admin@example.org")).one()
        for name, used_at in (("Clé bleue", None), ("Clé verte", now)):
            passkey = PasskeyRow(id=uuid7(), account_id=row.id, credential=name, name=name)
            passkey.public_key, passkey.uses = b"k", 0
            passkey.created_at, passkey.used_at = now, used_at
            db.add(passkey)
        identity = Identity(
            issuer="https://id.example.org", subject="1", shown="Mathilde", asked_at=now
        )
        admin = actor_of(db, row)
        providers.link(db, identity, provider="Example", site_id=SITE, actor=admin, now=now)
        printed_codes.issue_for_recovery(db, actor=admin, now=now)
    later(clock, hours=23)
    page, at = words(client.get("/me")), " <time [^>]+>hier à 14:00</time>"
    for said in (
        f"<b>Clé bleue</b><p>ajoutée{at}</p>",
        f"<b>Clé verte</b><p>ajoutée{at}, a servi{at}</p>",
        f"<b>Mathilde</b><p><bdi>https://id.example.org</bdi>, lié{at}</p>",
        f"Imprimé.:{at}",
        f"<b>Navigateur inconnu</b><p>celle-ci, depuis{at}</p>",
    ):
        assert re.search(said, page), said


def test_changing_a_password_says_how_many_tokens_stay_and_offers_to_end_them(
    browser: Browser, clock: Clock, database: Database
) -> None:
    client = browser()
    made = with_tokens(database, clock, "manager@example.org")
    others = with_tokens(database, clock, "desk@example.org")
    sign_in(client, "manager")
    assert "Révoquer aussi 2 jetons donnés" in words(client.get("/me"))
    new = "another long one"
    assert send(client, "/me/password", old="guess", new=new, tokens="1").status_code == 422
    assert send(client, "/me/password", old=PASSWORD, new=new).status_code == 303
    assert "2 jetons de programmes fonctionnent toujours." in words(client.get("/me"))
    assert working(database, clock, made) == {"alarm", "screen"}
    assert send(client, "/me/password", old=new, new=PASSWORD, tokens="1").status_code == 303
    page = words(client.get("/me"))
    assert "2 jetons de programmes ont été révoqués." in page
    assert "Révoquer aussi" not in page
    assert working(database, clock, made) == set()
    assert working(database, clock, others) == {"alarm", "screen"}
    with database.read() as db:
        ended = select(AuditEntry).where(AuditEntry.action == "token_revoked")
        assert [entry.actor for entry in db.scalars(ended)].count("system:test") == 2
        assert len(db.scalars(ended).all()) == 4


@pytest.mark.parametrize(
    ("ticked", "text"),
    [({"tokens": "1"}, "ont été révoqués"), ({"asked": "yes"}, "fonctionnent toujours")],
)
def test_a_code_on_paper_asks_what_becomes_of_the_tokens(
    browser: Browser, clock: Clock, database: Database, ticked: dict[str, str], text: str
) -> None:
    made = with_tokens(database, clock, "admin@example.org")
    with database.write() as db:
        account_id = accounts.id_of(db, "admin@example.org")
        actor = actor_of(db, db.get_one(AccountRow, account_id))
        code = printed_codes.issue_for_recovery(db, actor=actor, now=clock.now)
    client = browser()
    assert 'name="tokens"' not in words(client.get("/recover")), "who comes is not known yet"
    fields = {"login": "admin@example.org", "code": code, "password": "another long one"}
    asked = send(client, "/recover", **fields)
    page = words(asked)
    assert (asked.status_code, "Révoquer aussi 2 jetons" in page) == (422, True)
    assert f'value="{code}"' in page, "the code was not used up"
    assert send(client, "/recover", **fields, **ticked).status_code == 303
    assert f"2 jetons de programmes {text}." in words(client.get("/sign-in"))
    assert working(database, clock, made) == (set() if "tokens" in ticked else {"alarm", "screen"})


def test_the_ways_to_sign_in_say_their_state_and_open_in_place(browser: Browser) -> None:
    client = browser()
    sign_in(client, "manager")
    fold = re.compile(r'<details class="fold"( open)?>.*?<b>(.*?)</b>(?: <small>(.*?)</small>)?')
    ways = fold.findall(words(client.get("/me")))
    assert ways == [
        ("", "Mot de passe", ""),
        ("", "Téléphone, comme second facteur", "aucun"),
        ("", "Clés d’accès", "aucune"),
    ]
    wrong = fold.findall(words(send(client, "/me/password", old="guess", new="another long one")))
    assert wrong[0] == (" open", "Mot de passe", "")


def test_this_session_comes_first_and_a_few_others_are_listed(browser: Browser) -> None:
    mine = browser()
    sign_in(mine, "manager")
    for _other in range(7):
        sign_in(browser(), "manager")
    page = words(mine.get("/me"))
    assert page.index("celle-ci") < page.index("Déconnecter")
    assert page.index("3 autres") < page.rindex("Déconnecter")


def test_a_code_without_tokens_asks_nothing_more(
    browser: Browser, clock: Clock, database: Database
) -> None:
    with database.write() as db:
        account_id = accounts.id_of(db, "admin@example.org")
        actor = actor_of(db, db.get_one(AccountRow, account_id))
        code = printed_codes.issue_for_recovery(db, actor=actor, now=clock.now)
    client = browser()
    assert "Demandez-le à un administrateur." in words(client.get("/recover"))
    fields = {"login": "admin@example.org", "code": code, "password": "another long one"}
    assert send(client, "/recover", **fields).status_code == 303
