"""Sign-in by npm's oidc-provider with signed userinfo, as ProConnect has it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from controller.kernel.database import Database
from controller.settings import OidcSettings
from tests.integrations.oidc.sign_in_by_provider import BACK, OURS, Browser, a_browser, revoke
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.webui.conftest import database, sign_in, token_of

__all__ = ["database"]

FOLDER = Path(__file__).with_name("oidc_provider")
SCOPES = ("openid", "given_name", "usual_name", "email")
pytestmark = [pytest.mark.long, pytest.mark.needs("npm")]


@pytest.fixture
def issuer() -> Iterator[str]:
    """The provider, in an environment of its own in the cache folder."""
    folder, port = ROOT / ".cache" / "oidc-provider", free_port()
    folder.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        shutil.copy(path, folder)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(["npm", "ci", *quiet], cwd=folder, check=True, capture_output=True)
    command = ["node", "server.js", str(port), BACK]
    environment = os.environ | {"NODE_ENV": "development"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:  # it warns of what is for development
                if line == "up\n":
                    break
            yield f"http://localhost:{port}"
        finally:
            process.kill()


class There(Browser):
    """Through its own sign-in and consent pages."""

    def come_back(self, url: str, who: str) -> str:
        """Sign in there and agree; our path with the answer."""
        self.was_asked = False
        answer = self.there.get(url, allow_redirects=False)
        for _ in range(12):
            if answer.status_code in (302, 303):
                to = urljoin(answer.url, answer.headers["location"])
                if to.startswith(OURS):
                    return to.removeprefix(OURS)
                answer = self.there.get(to, allow_redirects=False)
                continue
            self.was_asked = True
            answer = self._agree(answer, who)
        raise AssertionError(f"it leads nowhere: {answer.text[:400]}")

    def _agree(self, answer: requests.Response, who: str) -> requests.Response:
        action = re.search(r'action="([^"]+)"', answer.text)
        assert action is not None, answer.text[:400]
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', answer.text)
        data = dict(hidden) | {"login": who, "password": "x"}
        second = int(time.time())
        while int(time.time()) == second:  # it tells whole seconds, and nobody types twice in one
            time.sleep(0.02)
        return self.there.post(urljoin(answer.url, action[1]), data=data, allow_redirects=False)


def test_an_account_is_linked_and_opened(database: Database, issuer: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret-" * 6)
    oidc = OidcSettings(
        issuer=issuer,
        client_id="loquet",
        client_secret_file=str(secret),
        name="ProConnect",
        scopes=SCOPES,
    )
    here = There(a_browser(database, oidc).client)
    assert sign_in(here.client, "manager") == 303
    assert here.link("ada") == (303, "/me")
    assert "ada@town.example" in here.client.get("/me").get_data(as_text=True)
    other = There(here.client.application.test_client())
    assert other.sign_in("ada") == (303, "/")
    stranger = There(here.client.application.test_client())
    assert stranger.sign_in("eve")[0] == 403


def test_the_second_look_is_shown_by_it(database: Database, issuer: str, tmp_path: Path) -> None:
    """It is asked to ask anew, and says when it did."""
    secret = tmp_path / "secret"
    secret.write_text("s3cret-" * 6)
    oidc = OidcSettings(
        issuer=issuer, client_id="loquet", client_secret_file=str(secret), scopes=SCOPES
    )
    here = There(a_browser(database, oidc).client)
    assert sign_in(here.client, "manager") == 303
    assert here.link("ada") == (303, "/me")
    assert here.sign_in("ada", "/sign-in/provider?next=/accounts") == (303, "/accounts")
    assert here.sign_in("eve", "/sign-in/provider?next=/accounts")[0] == 403


def test_its_open_session_signs_no_staff_in(
    database: Database, issuer: str, tmp_path: Path
) -> None:
    """It says its `auth_time` when a `max_age` is asked for."""
    secret = tmp_path / "secret"
    secret.write_text("s3cret-" * 6)
    oidc = OidcSettings(
        issuer=issuer, client_id="loquet", client_secret_file=str(secret), scopes=SCOPES
    )
    here = There(a_browser(database, oidc).client)
    assert sign_in(here.client, "manager") == 303
    assert here.link("ada") == (303, "/me")
    here.client.post("/sign-out", data={"csrf_token": token_of(here.client)})
    status, url = here.sign_in("ada")
    assert (here.was_asked, status, "prompt=login" in url) == (False, 303, True)
    answer = here.client.get(here.come_back(url, "ada"))
    assert (here.was_asked, answer.status_code, revoke(here)) == (True, 303, 404)
