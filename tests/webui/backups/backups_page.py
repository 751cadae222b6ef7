"""What tests of backups page share with others."""

import re

from flask.testing import FlaskClient

from tests.webui.conftest import token_of


def text_of(client: FlaskClient) -> str:
    answer = client.get("/backups")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def sent(client: FlaskClient, page: str = "/backups", **form: str) -> tuple[int, str]:
    answer = client.post(page, data={"csrf_token": token_of(client), **form})
    return answer.status_code, re.sub(r"\s+", " ", answer.get_data(as_text=True))
