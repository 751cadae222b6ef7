"""A POST sent twice with one key: done once, answered twice, and no secret of it in the file."""

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.accounts import id_of
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.models import IdempotencyKey
from tests.webui.conftest import NOW


def bearer(database: Database) -> dict[str, str]:
    """A token of the admin."""
    with database.write() as db:
        account = id_of(db, "admin@example.org")
        _, secret = tokens.add(db, account, "test", [], NOW, Actor.system("test"))
    return {"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"}


def test_a_token_made_with_a_key_is_made_once_and_kept_sealed(
    client: FlaskClient, database: Database
) -> None:
    headers = bearer(database)
    first, again = (
        client.post("/api/v1/tokens", json={"name": "dashboard"}, headers=headers) for _ in range(2)
    )
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    with database.read() as db:
        (kept,) = db.scalars(select(IdempotencyKey))
    assert first.get_json()["token"] not in kept.body
    assert "dashboard" not in kept.body


def test_the_same_key_with_another_request_is_refused(
    client: FlaskClient, database: Database
) -> None:
    headers = bearer(database)
    made = client.post("/api/v1/tokens", json={"name": "one"}, headers=headers)
    other = client.post("/api/v1/tokens", json={"name": "two"}, headers=headers)
    assert (made.status_code, other.status_code) == (201, 422)
