"""What tests of machine page share with others."""

import html
import re

from flask.testing import FlaskClient

from tests.webui.conftest import token_of
from tests.webui.machines.conftest import LASER

ONE = f"/machines/{LASER}"


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


def plain(text: str) -> str:
    """The words of the page's main part, in one line."""
    main = text[text.index("<main") : text.index("</main>")]
    words = re.sub(r"<[^>]+>", " ", main)
    return re.sub(r"\s+", " ", words)


def send(client: FlaskClient, address: str, **fields: str) -> int:
    fields["csrf_token"] = token_of(client)
    return client.post(address, data=fields).status_code
