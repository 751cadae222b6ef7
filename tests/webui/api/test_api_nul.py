"""U+0000 in a path, a query or a body is refused by the API, before a database has to."""

import pytest

from controller.kernel.actor import Role
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import SITE, make_app
from tests.webui.fuzz.fuzz_world import token_of


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "members/%00", None, 404),
        ("GET", "members?after=%00", None, 422),
        ("POST", "members", {"display_name": "a\0b"}, 422),
        ("POST", "members", {"display_name": "a", "categories": ["\0"]}, 422),
        ("POST", "members", {"display_name": "a", "\0": 1}, 422),
    ],
)
def test_no_nul(
    database: Database, clock: Clock, method: str, path: str, body: object, status: int
) -> None:
    with database.write() as db:
        token = token_of(db, "nul", {SITE: frozenset({Role.ADMIN})}, None)
    answer = (
        make_app(database, clock)
        .test_client()
        .open(
            f"/api/v1/{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
    )
    assert answer.status_code == status, answer.text
