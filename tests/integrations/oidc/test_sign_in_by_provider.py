"""Signing in by a real provider (Canaille): with signed userinfo as ProConnect's, and plain."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from controller.capabilities.accounts.models import AccountRole, AccountRow, LinkedIdentity
from controller.capabilities.messages.models import MessageRow
from controller.kernel.actor import Role
from controller.kernel.database import Database, wall_clock
from tests.integrations.oidc.sign_in_by_provider import BACK, Browser, a_browser, revoke, settings
from tests.integrations.oidc.sign_in_by_provider import browser as browser
from tests.integrations.oidc.sign_in_by_provider import signed as signed
from tests.peers.provider import LOST, PLAIN
from tests.support.clock import Clock
from tests.webui.accounts.me import code_of, second, with_telephone
from tests.webui.conftest import PASSWORD, SITE, database, sign_in, token_of
from webui.accounts.signin import TRIES_FROM_ADDRESS

__all__ = ["database"]
pytestmark = pytest.mark.system


def test_an_account_is_linked_by_its_owner_and_opens_by_the_subject_alone(
    browser: Browser, database: Database
) -> None:
    status, text = browser.sign_in()
    assert (status, "aucun compte d’ici" in text) == (403, True)  # its address is a manager's
    assert sign_in(browser.client, "manager") == 303
    assert browser.link() == (303, "/me")
    assert "manager@example.org" in browser.client.get("/me").get_data(as_text=True)
    other = Browser(browser.client.application.test_client())
    assert other.sign_in(path="/sign-in/provider?next=/members") == (303, "/members")
    assert other.client.get("/members").status_code == 200
    stranger = Browser(browser.client.application.test_client())
    assert stranger.sign_in("eve")[0] == 403
    with database.read() as db:
        assert db.query(LinkedIdentity).one().account_id == _account(database, "manager")


def _account(database: Database, role: str) -> str:
    with database.read() as db:
        return db.query(AccountRow).filter_by(login=f"{role}@example.org").one().id


def test_plain_userinfo_is_taken_too(database: Database, signed: str, tmp_path: Path) -> None:
    browser = a_browser(database, settings(tmp_path, signed, client_id=PLAIN))
    assert sign_in(browser.client, "desk") == 303
    assert browser.link() == (303, "/me")


def test_one_identity_opens_one_account(browser: Browser) -> None:
    assert sign_in(browser.client, "desk") == 303
    assert browser.link("eve") == (303, "/me")
    second = Browser(browser.client.application.test_client())
    assert sign_in(second.client, "trainer") == 303
    second.link("eve")
    text = second.client.get("/me").get_data(as_text=True)
    assert "est déjà liée à un autre compte" in text


def test_an_answer_counts_once_and_in_the_browser_that_asked(
    database: Database, signed: str, tmp_path: Path
) -> None:
    browser = a_browser(database, settings(tmp_path, signed, client_id=LOST))
    back = browser.come_back(browser.go(), "ada")
    stranger = browser.client.application.test_client()
    assert stranger.get(back).status_code == 403
    for changed in (back.replace("state=", "state=x"), re.sub("code=[^&]+", "code=nothing", back)):
        browser.go()
        assert browser.client.get(changed).status_code == 403
    assert browser.client.get(back).status_code == 403  # another one was begun since


def test_who_declines_there_is_told_so_once_whatever_else_has_come_back(browser: Browser) -> None:
    state = parse_qs(urlsplit(browser.go()).query)["state"][0]
    declined = f"/sign-in/provider/back?error=access_denied&state={state}"
    for elsewhere in (declined + "x", "/sign-in/provider/back", "/sign-in/provider/back?state=é"):
        assert browser.client.get(elsewhere).status_code == 403
    assert "vous avez annulé" in browser.client.get(declined).get_data(as_text=True)
    assert "c’est déjà fait. Recommencez." in browser.client.get(declined).get_data(as_text=True)


def test_where_people_are_sent(browser: Browser) -> None:
    """PKCE, state and nonce, each new every time."""
    first, second = (parse_qs(urlsplit(browser.go()).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [BACK]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


@pytest.mark.parametrize(
    ("oidc", "says"),
    [
        ({"issuer": "http://localhost:1"}, "ne répond pas"),
        ({"issuer": "http://id.example"}, "n’est pas en https"),
        ({"client_secret_file": "/nowhere/secret"}, "client_secret_file"),
    ],
)
def test_a_provider_that_is_set_up_wrong_is_said_in_words(
    database: Database, signed: str, tmp_path: Path, oidc: dict[str, object], says: str
) -> None:
    browser = a_browser(database, settings(tmp_path, signed, **oidc))
    answer = browser.client.get("/sign-in/provider")
    assert (answer.status_code, says in answer.get_data(as_text=True)) == (403, True)


def test_where_the_provider_is_asked_of_all_but_one_account(
    database: Database, signed: str, tmp_path: Path
) -> None:
    oidc = settings(tmp_path, signed, recovery_login="Admin@example.org")
    browser = a_browser(database, oidc)
    assert sign_in(browser.client, "desk") == 303
    assert browser.client.get("/members").headers["Location"] == "/me"  # nothing else until then
    assert browser.link() == (303, "/me")
    assert browser.client.get("/members").status_code == 200
    other = browser.client.application.test_client()
    assert sign_in(other, "desk") == 422
    data = {"csrf_token": token_of(other), "login": "desk@example.org", "password": PASSWORD}
    answer = other.post("/sign-in", data=data)
    assert "se connecte uniquement avec Ville" in answer.get_data(as_text=True)
    assert Browser(other).sign_in() == (303, "/")
    recovery = browser.client.application.test_client()
    assert sign_in(recovery, "admin") == 303
    assert recovery.get("/members").status_code == 200


def test_a_second_factor_is_asked_for_unless_the_provider_has_asked(
    database: Database, signed: str, tmp_path: Path
) -> None:
    here = a_browser(database, settings(tmp_path, signed))
    assert sign_in(here.client, "trainer") == 303
    assert here.link("eve") == (303, "/me")
    with_telephone(here.client, Clock(wall_clock()))
    other = Browser(here.client.application.test_client())
    assert other.sign_in("eve")[1].startswith("/sign-in/code")
    assert other.client.get("/me").status_code == 302
    trusted = a_browser(database, settings(tmp_path, signed, proves_two_factors=True))
    assert trusted.sign_in("eve") == (303, "/")
    assert trusted.client.get("/me").status_code == 200


def test_a_session_that_is_open_at_the_provider_signs_no_staff_in(
    database: Database, signed: str, tmp_path: Path
) -> None:
    clock = Clock(wall_clock())
    here = a_browser(database, settings(tmp_path, signed), clock)
    assert sign_in(here.client, "manager") == 303
    assert here.link() == (303, "/me")
    other = Browser(here.client.application.test_client())
    assert other.sign_in() == (303, "/")
    assert (other.was_asked, revoke(other)) == (True, 404)
    clock.forward(minutes=6)
    assert revoke(other) == 403
    clock.now = wall_clock()
    other.client.post("/sign-out", data={"csrf_token": token_of(other.client)})
    status, url = other.sign_in()
    assert (other.was_asked, status, "prompt=login" in url) == (False, 303, True)
    assert other.client.get("/agents").status_code == 302, "nobody is signed in"
    answer = other.client.get(other.come_back(url, "ada"))
    assert (other.was_asked, answer.status_code, revoke(other)) == (True, 303, 404)
    clock.forward(minutes=6)
    clock.now = wall_clock()
    assert other.sign_in(path="/sign-in/provider?next=/agents") == (303, "/agents")
    assert (other.was_asked, revoke(other)) == (True, 404)


def test_an_open_session_is_no_proof_though_it_was_opened_a_moment_ago(browser: Browser) -> None:
    """Whoever sits down after an admin at the same computer, and takes `prompt` out of the URL."""
    assert sign_in(browser.client, "admin") == 303
    assert browser.link() == (303, "/me")
    assert browser.sign_in()[1] == "/", "signed in already: shown again"
    browser.client.post("/sign-out", data={"csrf_token": token_of(browser.client)})
    browser.sign_in()
    browser.client.post("/sign-out", data={"csrf_token": token_of(browser.client)})
    status, url = browser.sign_in()
    assert (browser.was_asked, status) == (False, 303)
    url = url.replace("prompt=login&", "").replace("&prompt=login", "")
    answer = browser.client.get(browser.come_back(url, "ada"))
    assert (browser.was_asked, answer.status_code) == (False, 403)
    assert "n’a pas revérifié votre identité" in answer.get_data(as_text=True)


def test_a_sign_in_that_was_begun_long_ago_is_over(
    database: Database, signed: str, tmp_path: Path
) -> None:
    clock = Clock(wall_clock())
    here = a_browser(database, settings(tmp_path, signed, client_id=LOST), clock)
    begun = here.go()
    clock.forward(minutes=11)
    answer = here.client.get(here.come_back(begun, "ada"))
    assert (answer.status_code, "a été trop long" in answer.get_data(as_text=True)) == (403, True)


def test_members_come_in_by_a_session_that_is_open(browser: Browser) -> None:
    assert sign_in(browser.client, "member") == 303
    assert browser.link("eve") == (303, "/me")
    browser.client.post("/sign-out", data={"csrf_token": token_of(browser.client)})
    assert (browser.sign_in("eve"), browser.was_asked) == ((303, "/"), False)


def test_a_sign_in_that_nobody_proved_is_over_once_the_member_has_a_role(
    browser: Browser, database: Database
) -> None:
    assert sign_in(browser.client, "member") == 303
    assert browser.link("eve") == (303, "/me")
    browser.client.post("/sign-out", data={"csrf_token": token_of(browser.client)})
    assert browser.sign_in("eve") == (303, "/")
    assert browser.client.get("/me").status_code == 200
    with database.write() as db:
        db.add(AccountRole(account_id=_account(database, "member"), site_id=SITE, role=Role.DESK))
    assert browser.client.get("/me").status_code == 302


def test_nothing_is_linked_by_a_link_from_elsewhere(browser: Browser, database: Database) -> None:
    there = Browser(browser.client.application.test_client())
    there.sign_in("eve")
    assert sign_in(there.client, "admin") == 303
    page = there.client.get("/me/provider").get_data(as_text=True)
    for path in ("/sign-in/provider?link=1&next=/me", "/sign-in/provider?link=&next=/me"):
        answer = there.client.get(path)
        assert answer.headers["Location"] == "/me/provider"
    (ours,) = re.findall(r'href="(/sign-in/provider\?link=[^"]+)"', page)
    assert there.go(unescape(ours)).startswith("http"), "no link from elsewhere has ended it"
    assert there.client.get(unescape(ours)).headers["Location"] == "/me/provider"  # it counts once
    with database.read() as db:
        assert db.query(LinkedIdentity).count() == 0


def test_the_accounts_address_is_told_of_a_link(browser: Browser, database: Database) -> None:
    assert sign_in(browser.client, "desk") == 303
    assert browser.link() == (303, "/me")
    with database.read() as db:
        (row,) = db.query(MessageRow).all()
        assert (row.what, row.address) == ("provider_linked", "desk@example.org")
        assert row.detail.keys() == {"login", "provider"}, "no name that was chosen at the provider"


def test_a_telephones_code_after_an_open_session_proves_nothing_either(
    database: Database, signed: str, tmp_path: Path
) -> None:
    clock = Clock(wall_clock())
    here = a_browser(database, settings(tmp_path, signed), clock)
    assert sign_in(here.client, "member") == 303
    assert here.link() == (303, "/me")
    seed, _ = with_telephone(here.client, clock)
    clock.forward(minutes=6)
    here.client.post("/sign-out", data={"csrf_token": token_of(here.client)})
    assert here.sign_in()[1].startswith("/sign-in/code")
    assert second(here.client, code_of(seed, clock)) == 303
    data = {"csrf_token": token_of(here.client)}
    answer = here.client.post("/me/provider", data=data)
    assert (here.was_asked, answer.status_code) == (False, 403)


def test_who_comes_back_from_the_provider_lowers_no_count_of_passwords(
    database: Database, signed: str, tmp_path: Path
) -> None:
    """The way there is counted at a known device, and the way back comes without its cookie."""
    browser = a_browser(database, settings(tmp_path, signed))
    client = browser.client
    assert sign_in(client, "desk") == 303
    device = client.get_cookie("loquet-device")
    assert device is not None
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    for number in range(TRIES_FROM_ADDRESS):
        if number < 3:
            client.set_cookie("loquet-device", device.value)
            address = browser.come_back(browser.go(), "ada")
            client.delete_cookie("loquet-device")
            assert client.get(address).status_code == 403  # nobody's identity here
        stranger = client.application.test_client()
        assert sign_in(stranger, f"person{number}", "wrong password") == 422
    assert sign_in(client.application.test_client(), "another", "wrong password") == 429
