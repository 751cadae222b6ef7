"""The flows of who comes in: by password and telephone, passkey, provider, mail; at a terminal."""

from playwright.sync_api import Page, expect

from tests.flows.entrance import PROVIDER, Entrance
from tests.flows.flow import NOBODY, At, Flow
from tests.flows.stage import Stage
from tests.peers import provider
from tests.webui.conftest import PASSWORD

LOGIN, SECRET = "Account or e-mail address", "Password"
NEW = "another correct horse"
CODE = "2580"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def by_telephone(stage: Stage, at: At) -> None:
    """Password, then the six digits that the telephone shows."""
    door = stage.entrance
    login = door.account()
    code = door.code_of_telephone(login)
    with at(NOBODY, f"{door.url}/sign-in") as who:
        who.type(login, into=who.say(LOGIN))
        who.type(PASSWORD, into=who.say(SECRET), enter=True)
        who.type(code, into=who.say("Code from the phone, or a recovery code"), enter=True)
        _is_in(who.page, login)


def by_passkey(stage: Stage, at: At) -> None:
    """One press: the device knows who it is."""
    door = stage.entrance
    login = door.account()
    with at(NOBODY, f"{door.url}/sign-in") as who:
        told = who.page.context.new_cdp_session(who.page)
        told.send("WebAuthn.enable")
        told.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        _by_password(who.page, door, login)
        who.page.goto(f"{door.url}/me/passkeys/new")
        who.page.locator("#name").fill("ici")  # in the language of the account
        who.page.locator("[data-passkey-button]").click()
        expect(who.page.locator(".paper-codes li")).to_have_count(10)
        who.page.context.clear_cookies()
        who.page.goto(f"{door.url}/sign-in")
        who.begins()
        who.press("button", who.say("With a passkey"))
        _is_in(who.page, login)


def by_provider(stage: Stage, at: At) -> None:
    """To the provider and back: what is asked there is its own."""
    door = stage.entrance
    if not door.linked:
        door.provide()
    with at(NOBODY, f"{door.url}/sign-in") as who:
        if not door.linked:
            login = door.account()
            _by_password(who.page, door, login)
            who.page.goto(f"{door.url}/me/provider")
            who.page.locator('main a[href*="link="]').click()
            _at_provider(who.page, door)
            who.page.locator("main form button").click()
            who.page.wait_for_url("**/me")
            door.linked = login
            who.page.context.clear_cookies()
            who.page.goto(f"{door.url}/sign-in")
        who.begins()
        who.press("link", who.say("Sign in with %(name)s", name=PROVIDER))
        _at_provider(who.page, door)
        _is_in(who.page, door.linked)


def by_mail(stage: Stage, at: At) -> None:
    """A link comes by mail, a new password is chosen, and tried at once."""
    door = stage.entrance
    login = door.account()
    with at(NOBODY, f"{door.url}/sign-in") as who:
        who.press("link", who.say("Forgotten password?"))
        who.type(login, into=who.say(LOGIN), enter=True)
        expect(who.page.get_by_role("status")).to_be_visible()
        who.act_elsewhere()
        who.page.goto(door.mailed_link())
        who.type(NEW, into=who.say(SECRET), enter=True)
        who.page.wait_for_url("**/sign-in")
        who.type(login, into=who.say(LOGIN))
        who.type(NEW, into=who.say(SECRET), enter=True)
        _is_in(who.page, login)


def at_terminal(stage: Stage, at: At) -> None:
    """Badge and code open one's own page."""
    door = stage.entrance
    name, badge = door.member(CODE)
    with at(NOBODY, door.terminal()) as who:
        who.tap_badge(badge)
        who.type(CODE, enter=True)
        expect(who.page.locator("h1")).to_contain_text(name)


def _is_in(page: Page, login: str) -> None:
    page.wait_for_url(lambda url: "/sign-in" not in url and "/reset" not in url)
    expect(page.locator("body")).to_contain_text(login)


def _by_password(page: Page, door: Entrance, login: str) -> None:
    page.goto(f"{door.url}/sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _at_provider(page: Page, door: Entrance) -> None:
    """Whatever it asks: who one is, and whether that may be told."""
    for name, text in (("login", next(iter(provider.PEOPLE))), ("password", provider.PASSWORD)):
        page.locator(f'input[name="{name}"]').fill(text)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    if not page.url.startswith(door.url):
        page.locator('[name="answer"][value="accept"]').click()
    page.wait_for_url(lambda url: url.startswith(door.url))


SIGNING_IN = (
    Flow(
        name="password-telephone",
        title="Sign in by password and telephone",
        acts=3,
        person_s=35,
        play=by_telephone,
    ),
    Flow(name="passkey", title="Sign in by passkey", acts=1, person_s=10, play=by_passkey),
    Flow(
        name="provider",
        title="Sign in by the provider (without its own questions)",
        acts=1,
        person_s=10,
        play=by_provider,
    ),
    Flow(
        name="forgotten",
        title="Choose a new password by a link in the mail",
        acts=6,
        person_s=50,
        play=by_mail,
    ),
    Flow(
        name="terminal",
        title="Open one's own page at a terminal",
        acts=2,
        person_s=12,
        play=at_terminal,
    ),
)
