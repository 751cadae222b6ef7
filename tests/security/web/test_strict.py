"""Every answer, whatever it is: strict headers, nothing inline, cookies with their flags.

Those of all pages are looked at in test_markup.py, which walks through them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.kernel.database import Database
from controller.store.engine import open_database
from tests.security.web.place import BOSS, Place
from tests.security.web.strict import proper
from tests.security.web.visitor import Visitor
from tests.support.clock import Clock
from tests.webui.conftest import NOW, PASSWORD
from tests.webui.fuzz.fuzz_world import fuzz_app
from webui.security import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.timeout(1800)  # the sites are furnished by the first that comes

DIRECTIVES = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
ODD = (
    ("GET", "/nothing", 404),
    ("GET", "/members/nothing", 404),
    ("PUT", "/members", 405),
    ("GET", "/s/elsewhere/members", 404),
    ("POST", "/members", 400),
    ("GET", "/health/live", 200),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/api/v1/members", 401),
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/sign-in", 303),
    ("GET", "/static/css/base.css", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/static/../app.py", 404),
)


def test_the_policy_allows_nothing_but_ours() -> None:
    assert DIRECTIVES.pop("default-src") == "'none'"
    allowed = {name: set(value.split()) for name, value in DIRECTIVES.items()}
    assert allowed.pop("base-uri") == allowed.pop("frame-ancestors") == {"'none'"}
    assert all(value == {"'self'"} for value in allowed.values()), allowed
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(("method", "path", "status"), ODD)
def test_every_odd_answer_is_proper(place: Place, method: str, path: str, status: int) -> None:
    visitor = place.visitor(BOSS, proper)
    answer, _page = visitor.send(path, {}, method=method)
    assert answer.status_code == status


def test_what_is_too_large_or_fails_is_proper(place: Place) -> None:
    visitor = place.visitor(BOSS, proper)

    def fail() -> str:
        raise RuntimeError("not foreseen")

    place.app.view_functions["search.search"] = fail
    assert visitor.get("/find")[0].status_code == 500
    big = {"csrf_token": visitor.token(), "text": "x" * 2_000_000}
    assert visitor.send("/desk/notes", big)[0].status_code == 413
    assert (
        Visitor(place.app, place.app.test_client(), proper).get("/", part=True)[0].status_code
        == 401
    )


@pytest.fixture
def by_https(place: Place, tmp_path: Path) -> Iterator[Visitor]:
    """The same place where people come by https."""
    engine = open_database(f"sqlite:///{place.watch.file}")
    app = fuzz_app(
        Database(engine, house=HOUSE), Clock(NOW), tmp_path, public_url="https://place.example"
    )
    yield Visitor(app, app.test_client(), proper)
    app.extensions["broadcast"].close()
    engine.dispose()


def test_by_https_every_cookie_is_secure(by_https: Visitor) -> None:
    client, base = by_https.client, "https://place.example"
    page = client.get("/sign-in", base_url=base)
    token = token_of_page(page.get_data(as_text=True))
    cookies = page.headers.getlist("Set-Cookie")
    assert "max-age=" in page.headers["Strict-Transport-Security"]
    came = {"Referer": f"{base}/sign-in"}
    for path, sent in (
        ("/sign-in", {"login": f"{BOSS}@example.org", "password": PASSWORD}),
        ("/language", {"language": "en"}),
        ("/theme", {"theme": "dark"}),
    ):
        fields = {"csrf_token": token} | sent
        answer = client.post(path, data=fields, base_url=base, headers=came)
        assert answer.status_code == 303, path
        cookies += answer.headers.getlist("Set-Cookie")
        token = token_of_page(client.get("/nothing", base_url=base).get_data(as_text=True))
    assert len(cookies) >= 4
    assert all("secure" in cookie.lower() for cookie in cookies), cookies
    assert any(cookie.startswith("__Host-loquet=") for cookie in cookies)


def token_of_page(text: str) -> str:
    """The form token of a page."""
    return text.split('name="csrf_token" value="')[1].split('"')[0]
