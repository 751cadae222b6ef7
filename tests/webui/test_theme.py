"""The theme that somebody chose holds on every page, and is taken back."""

import pytest
from flask.testing import FlaskClient

from tests.webui.conftest import sign_in, token_of


def choose(client: FlaskClient, theme: str, back: str = "/members?q=a") -> str:
    data = {"csrf_token": token_of(client), "theme": theme, "next": back}
    answer = client.post("/theme", data=data)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_holds_until_it_is_taken_back(client: FlaskClient, theme: str) -> None:
    sign_in(client, "desk")
    assert choose(client, theme) == "/members?q=a"
    text = client.get("/members").get_data(as_text=True)
    assert f'<html lang="fr" data-theme="{theme}">' in text
    assert f'<meta name="color-scheme" content="{theme}">' in text
    assert f'value="{theme}" aria-pressed="true"' in text
    choose(client, "")
    assert "data-theme" not in client.get("/members").get_data(as_text=True)


def test_a_theme_that_is_none_changes_nothing_and_leads_nowhere_else(client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert choose(client, '"><script>', "https://example.org/") == "/"
    client.set_cookie("theme", "purple")
    assert "purple" not in client.get("/members").get_data(as_text=True)
