"""Somebody reloads what a form answered, or reads it in the other language: the page is there."""

import pytest
from flask.testing import FlaskClient

from tests.webui.conftest import sign_in

BY_A_PERSON = {"Sec-Fetch-Mode": "navigate"}


@pytest.mark.parametrize(
    ("address", "above"),
    [("/desk/find", "/desk"), ("/desk/lend", "/desk"), ("/agents/box/name", "/agents/box")],
)
def test_the_page_above_is_shown(client: FlaskClient, address: str, above: str) -> None:
    sign_in(client, "manager")
    answer = client.get(address, headers=BY_A_PERSON)
    assert (answer.status_code, answer.headers["Location"]) == (303, above)


def test_a_program_is_told_what_it_may_do(client: FlaskClient) -> None:
    sign_in(client, "manager")
    answer = client.get("/desk/find")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
