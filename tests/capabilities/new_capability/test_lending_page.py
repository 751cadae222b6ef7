"""The page of a new feature: by role, by site, in both languages, in the navigation."""

import pytest

from tests.capabilities.new_capability.conftest import ZOE, Place
from tests.webui.conftest import SITE, sign_in, token_of

WORDS = {
    "fr": ("Outils prêtés", "Aucun outil n’est prêté", "Prêté à"),
    "en": ("Lent tools", "No tool is lent", "Lent to"),
}


@pytest.mark.parametrize("language", WORDS)
def test_it_shows_who_has_what_in_both_languages(place: Place, language: str) -> None:
    title, empty, lent_to = WORDS[language]
    client = place.client
    client.set_cookie("language", language)
    sign_in(client, "desk")
    page = client.get("/loans").get_data(as_text=True)
    assert f"<h1>{title}</h1>" in page
    assert empty in page
    loan = place.lend()["id"]
    page = client.get("/loans").get_data(as_text=True)
    assert all(text in page for text in (lent_to, "Perceuse", ZOE))
    data = {"csrf_token": token_of(client)}
    assert client.post(f"/loans/{loan}/back", data=data).status_code == 303
    assert empty in client.get("/loans").get_data(as_text=True)


@pytest.mark.parametrize(("role", "status"), [("desk", 200), ("manager", 200), ("trainer", 403)])
def test_it_opens_by_role_and_so_does_its_entry(place: Place, role: str, status: int) -> None:
    client = place.client
    sign_in(client, role)
    assert client.get("/loans").status_code == status
    assert client.get(f"/s/{SITE}/loans").status_code == status
    shown = '<li><a href="/loans"' in client.get("/").get_data(as_text=True)
    assert shown is (status == 200)


def test_what_is_not_there_is_not_found(place: Place) -> None:
    client = place.client
    assert client.get("/loans").status_code == 302
    sign_in(client, "desk")
    assert client.get("/s/annexe/loans").status_code == 404
    data = {"csrf_token": token_of(client)}
    assert client.post("/loans/nothing/back", data=data).status_code == 404
