"""Wrong tokens are counted, and shut out nobody who has a right one."""

import pytest
from flask import Flask

from tests.security.web.conftest import Token, bearer
from webui.api.bearer import WRONG_TOKENS


@pytest.mark.parametrize("path", ["/api/v1/zones", "/live"])
def test_twenty_wrong_tokens_from_an_address_do_not_shut_out_right_ones(
    app: Flask, token: Token, path: str
) -> None:
    client, secret = app.test_client(), token("manager")[1]
    for number in range(WRONG_TOKENS):
        assert client.get(path, headers=bearer(f"loquet_{number}")).status_code == 401
    answer = client.get(path, headers=bearer("loquet_more"))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    with client.get(path, headers=bearer(secret), buffered=False) as right:
        assert right.status_code == 200
    elsewhere = client.get(path, headers=bearer("loquet_x", "203.0.113.8"))
    assert elsewhere.status_code == 401
