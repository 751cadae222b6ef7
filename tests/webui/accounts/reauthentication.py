"""What tests of reauthentication share with others."""

from datetime import timedelta

from flask.testing import FlaskClient

from controller.domain.time import Utc
from tests.support.clock import Clock
from webui.reauthentication import PROOF_LASTS


def later(clock: Clock) -> None:
    clock.now = Utc.of(clock.now + PROOF_LASTS + timedelta(seconds=1))


def revoke(client: FlaskClient, token: str, **fields: str) -> int:
    data = {"csrf_token": token, "name": "x", "reason": "x"} | fields
    return client.post("/agents/nothing/revoke", data=data).status_code
