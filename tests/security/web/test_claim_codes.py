"""Claim codes can't be guessed in bulk, nor signatures by which agents renew."""

from pathlib import Path

import pytest

from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.fuzz.fuzz_world import fuzz_app
from webui.agents.api import CLAIMS_PER_MINUTE


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("agents/claim", {"claim_code": "guess", "csr": "x"}, 403),
        ("agents/saw/renew", {"csr": "x", "kid": "guess", "sig": "x"}, 404),
        ("agents/saw/renew", None, 404),
    ],
)
def test_guessed_claim_codes_are_limited(
    database: Database,
    clock: Clock,
    tmp_path: Path,
    path: str,
    body: dict[str, str] | None,
    status: int,
) -> None:
    client = fuzz_app(database, clock, tmp_path).test_client()

    def guess(number: int, address: str = "203.0.113.7") -> int:
        word = f"guess{number}"
        asked = path.replace("saw", word)
        sent = body and {key: word if value == "guess" else value for key, value in body.items()}
        came = {"REMOTE_ADDR": address}
        method = "POST" if sent else "GET"
        answer = client.open(f"/api/v1/{asked}", method=method, json=sent, environ_base=came)
        if answer.status_code == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 60
            assert answer.content_type == "application/problem+json"
        return answer.status_code

    found = [guess(number) for number in range(CLAIMS_PER_MINUTE + 1)]
    assert found == [status] * CLAIMS_PER_MINUTE + [429]
    assert guess(0, "203.0.113.8") == status
