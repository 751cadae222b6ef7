"""What tests of sign in by provider share with others."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.kernel.database import Database, wall_clock
from controller.settings import OidcSettings
from tests.peers.provider import CLIENT, SECRET
from tests.support.at_provider import AtProvider, provider_running
from tests.support.clock import Clock
from tests.webui.conftest import make_app, token_of

OURS = "http://localhost:8000"
BACK = f"{OURS}/sign-in/provider/back"


@pytest.fixture(scope="module")
def signed() -> Iterator[str]:
    """The provider, running; its issuer."""
    with provider_running(BACK) as issuer:
        yield issuer


def settings(folder: Path, at: str, **oidc: object) -> OidcSettings:
    """Of this provider."""
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    given = {"issuer": at, "client_id": CLIENT, "client_secret_file": str(secret)}
    return OidcSettings(**given | {"name": "Ville"} | oidc)  # type: ignore[arg-type]


class Browser(AtProvider):
    """A browser that meets both our pages and the provider's."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__(OURS)
        self.client = client

    def go(self, path: str = "/sign-in/provider") -> str:
        """To the provider; the address to which it was sent."""
        answer = self.client.get(path)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def sign_in(self, who: str = "ada", path: str = "/sign-in/provider") -> tuple[int, str]:
        """All the way."""
        answer = self.client.get(self.come_back(self.go(path), who))
        return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)

    def link(self, who: str = "ada") -> tuple[int, str]:
        """From one's own account."""
        page = self.client.get("/me/provider").get_data(as_text=True)
        (path,) = re.findall(r'href="(/sign-in/provider\?link=[^"]+)"', page)
        assert self.sign_in(who, unescape(path)) == (303, "/me/provider/identity")
        assert self.was_asked
        data = {"csrf_token": token_of(self.client)}
        answer = self.client.post("/me/provider/identity", data=data)
        return answer.status_code, answer.headers["Location"]


@pytest.fixture
def browser(database: Database, signed: str, tmp_path: Path) -> Browser:
    """Of a place with the provider."""
    return a_browser(database, settings(tmp_path, signed))


def a_browser(database: Database, oidc: OidcSettings, clock: Clock | None = None) -> Browser:
    """The time is the provider's too."""
    app = make_app(database, clock or Clock(wall_clock()), oidc=oidc, public_url=OURS)
    return Browser(app.test_client())


def revoke(browser: Browser) -> int:
    """Try a grave act; 404 when it would have been done."""
    data = {"csrf_token": token_of(browser.client), "name": "x", "reason": "x"}
    return browser.client.post("/agents/nothing/revoke", data=data).status_code
