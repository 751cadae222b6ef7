"""What tests of self service page share with others."""

import html

from flask.testing import FlaskClient

from tests.webui.conftest import token_of


def read(client: FlaskClient, address: str = "/mine") -> str:
    return html.unescape(client.get(address, follow_redirects=True).get_data(as_text=True))


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    """Send a form of one's page; the status, and what is shown then."""
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    shown = client.get(answer.location) if answer.status_code == 303 else answer
    return answer.status_code, html.unescape(shown.get_data(as_text=True))
