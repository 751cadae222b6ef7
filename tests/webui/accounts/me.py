"""What tests of me share with others."""

import re
from datetime import timedelta

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.accounts import accounts, tokens
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import sign_in, token_of


def send(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client)} | fields)


def words(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def later(clock: Clock, **delta: float) -> None:
    clock.now = Utc.of(clock.now + timedelta(**delta))


def code_of(seed: str, clock: Clock) -> str:
    return pyotp.TOTP(seed).at(clock.now)


def with_telephone(client: FlaskClient, clock: Clock) -> tuple[str, list[str]]:
    """Signed in, with a telephone: its seed, and the codes for when it is lost."""
    assert send(client, "/me/telephone").status_code == 303
    page = words(client.get("/me/telephone"))
    found = re.search(r'class="seed">([A-Z2-7 ]+)<', page)
    assert found is not None
    seed = found[1].replace(" ", "")
    wrong = send(client, "/me/telephone/confirm", code="000000")
    assert wrong.status_code == 422
    given = words(send(client, "/me/telephone/confirm", code=code_of(seed, clock)))
    codes = re.findall(r"<li>([a-z2-9-]{17})</li>", given)
    assert len(codes) == 10
    later(clock, seconds=60)
    return seed, codes


def halfway(client: FlaskClient, role: str = "manager") -> None:
    """The password is right, and nothing is open yet."""
    assert sign_in(client, role) == 303
    assert client.get("/me").status_code == 302


def second(client: FlaskClient, code: str) -> int:
    token = token_of(client)
    return client.post("/sign-in/code", data={"csrf_token": token, "code": code}).status_code


def with_tokens(database: Database, clock: Clock, login: str) -> dict[str, str]:
    """Two that work, one that is over, and one that was revoked: the secret of each."""
    made = {}
    with database.write() as db:
        account_id = accounts.id_of(db, login)
        actor = Actor.system("test")
        for name, lasts in (("alarm", 9), ("screen", 9), ("over", 1), ("revoked", 9)):
            ends = Utc.of(clock.now + timedelta(hours=lasts))
            token, made[name] = tokens.add(db, account_id, name, (), clock.now, actor, ends)
        tokens.revoke(db, token.id, actor=actor, now=clock.now)
    later(clock, hours=2)
    return made


def working(database: Database, clock: Clock, secrets: dict[str, str]) -> set[str]:
    with database.read() as db:
        return {name for name, text in secrets.items() if tokens.authenticate(db, text, clock.now)}
