"""Somebody reloads what a form answered, reads it in the other language, or sends it again."""

import pytest
from flask.testing import FlaskClient

from controller.store.unavailable import Cause, DatabaseUnavailable
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


def test_what_the_database_did_not_take_is_said_and_can_be_sent_again(client: FlaskClient) -> None:
    sent = {"csrf_token": "t.1", "place": "2", "who": "Ada", "means": "cash"}
    ours = {"Sec-Fetch-Site": "same-origin"}
    for headers, is_kept in ((ours, True), ({"Sec-Fetch-Site": "cross-site"}, False)):
        with client.application.test_request_context(
            "/sales", method="POST", data=sent, headers=headers
        ):
            answer = client.application.handle_user_exception(DatabaseUnavailable(Cause.LOCKED))
            text = client.application.make_response(answer).get_data(as_text=True)
        assert "Rien n’a été enregistré" in text
        fields = [f'name="{name}" value="{value}"' in text for name, value in sent.items()]
        assert fields == [is_kept] * 4
