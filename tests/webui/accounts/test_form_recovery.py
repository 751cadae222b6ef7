"""A form whose session has ended: nothing is done, nothing of it is lost, nobody else sees it."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import sign_ins
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.user_reports.models import HandoverNote
from controller.kernel.database import Database
from tests.webui.conftest import PASSWORD, sign_in, token_of

OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/desk"}
TEXT = "La clé du local est chez « Sylvie » & Louis"


def notes(database: Database) -> list[str]:
    with database.read() as db:
        return [note.text for note in db.scalars(select(HandoverNote))]


def end(client: FlaskClient, database: Database, how: str) -> None:
    """The session ends under an open page."""
    if how == "here":
        client.post("/sign-out", data={"csrf_token": token_of(client)})
    elif how == "expired":
        client.delete_cookie("loquet")
    else:
        with database.write() as db:
            row = db.scalars(select(AccountRow).where(AccountRow.login == "desk@example.org")).one()
            sign_ins.sign_out_everywhere(db, row.id)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def back_in(client: FlaskClient, page: str, role: str) -> tuple[int, str]:
    """Sign in on the page that asks for it."""
    data = {name: hidden(page, name) for name in ("csrf_token", "next", "kept")}
    login = {"login": f"{role}@example.org", "password": PASSWORD}
    answer = client.post("/sign-in", data=data | login)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize("how", ["here", "expired", "elsewhere"])
def test_what_was_typed_is_sent_by_a_press_after_signing_in_again(
    client: FlaskClient, database: Database, how: str
) -> None:
    sign_in(client, "desk")
    form = {"csrf_token": token_of(client), "text": TEXT}
    end(client, database, how)
    refused = client.post("/desk/notes", data=form, headers=OURS)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 401
    assert "Votre session était terminée" in page
    assert TEXT in unescape(page)
    status, page = back_in(client, page, "desk")
    assert status == 200
    assert "Envoyer maintenant" in page
    assert not notes(database), "shown, and not done"
    again = {name: hidden(page, name) for name in ("csrf_token", "text")}
    assert client.post("/desk/notes", data=again, headers=OURS).status_code == 303
    assert notes(database) == [TEXT]


def test_somebody_else_who_signs_in_there_sees_nothing_of_it(
    client: FlaskClient, database: Database
) -> None:
    sign_in(client, "desk")
    form = {"csrf_token": token_of(client), "text": TEXT}
    end(client, database, "here")
    page = client.post("/desk/notes", data=form, headers=OURS).get_data(as_text=True)
    status, page = back_in(client, page, "manager")
    assert status == 303
    stale = client.post("/desk/notes", data=form, headers=OURS)
    assert stale.status_code == 400
    assert "plus à jour" in stale.get_data(as_text=True)
    assert "Sylvie" not in stale.get_data(as_text=True)
    assert not notes(database)


def test_signed_in_again_in_another_tab_it_waits_for_a_press(
    client: FlaskClient, database: Database
) -> None:
    sign_in(client, "desk")
    form = {"csrf_token": token_of(client), "text": TEXT}
    sign_in(client, "desk")
    end(client, database, "expired")
    sign_in(client, "desk")
    refused = client.post("/desk/notes", data=form, headers=OURS)
    assert refused.status_code == 400
    assert hidden(refused.get_data(as_text=True), "text") == TEXT
    assert not notes(database)


def test_a_page_of_another_origin_or_a_forged_token_is_shown_nothing(
    client: FlaskClient, database: Database
) -> None:
    sign_in(client, "desk")
    token = token_of(client)
    end(client, database, "expired")
    for headers, sent in (
        ({"Sec-Fetch-Site": "cross-site"}, token),
        ({}, token),
        (OURS, "x" + token),
        (OURS, ""),
    ):
        refused = client.post(
            "/desk/notes", data={"csrf_token": sent, "text": TEXT}, headers=headers
        )
        assert refused.status_code == 400
        assert "Sylvie" not in refused.get_data(as_text=True)


def test_no_password_and_no_badge_is_kept(client: FlaskClient, database: Database) -> None:
    sign_in(client, "desk")
    token = token_of(client)
    end(client, database, "expired")
    form = {"csrf_token": token, "name": "Zoé Petit", "value": "04A1B2C3", "password": "secret!"}
    page = client.post("/desk/notes", data=form, headers=OURS).get_data(as_text=True)
    assert "Zoé Petit" in page
    assert "Ni les mots de passe" in page
    _status, again = back_in(client, page, "desk")
    for answer in (page, again):
        assert "04A1B2C3" not in answer
        assert "secret!" not in answer
    assert "Envoyer maintenant" not in again


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [("/members?q=zo", "/members?q=zo"), ("/desk/notes", "/"), ("//evil.example/x", "/")],
)
def test_signing_in_leads_to_no_address_that_only_takes_forms(
    client: FlaskClient, database: Database, came_from: str, leads_to: str
) -> None:
    """The page with the form may itself be the answer to one, such as an error."""
    sign_in(client, "desk")
    form = {"csrf_token": token_of(client), "text": TEXT}
    end(client, database, "expired")
    ours = {**OURS, "Referer": f"http://localhost{came_from}"}
    page = client.post("/desk/notes", data=form, headers=ours).get_data(as_text=True)
    assert set(re.findall(r'name="next" value="([^"]*)"', page)) == {leads_to}
    assert client.get(leads_to).status_code != 405


def test_an_answer_to_a_form_leads_back_to_a_page(client: FlaskClient) -> None:
    """So do the language, the theme and what is done from the search field."""
    for path, came_from, leads_to in (
        ("/desk/notes", "/desk", "/desk"),
        ("/desk/notes", "/desk/notes", "/"),
        ("/sign-in", "/desk", "/sign-in"),
    ):
        headers = {**OURS, "Referer": f"http://localhost{came_from}"}
        answer = client.post(path, data={"csrf_token": "wrong"}, headers=headers)
        assert answer.status_code in (400, 401, 422)
        assert hidden(answer.get_data(as_text=True), "next") == leads_to


def test_what_somebody_put_into_the_old_page_of_an_admin_is_not_sent_by_a_press(
    client: FlaskClient, database: Database
) -> None:
    """Whoever changed the form in that page wants the admin to send it, right after signing in."""
    with database.read() as db:
        desk = db.scalars(select(AccountRow).where(AccountRow.login == "desk@example.org")).one().id
    sign_in(client, "admin")
    form = {"csrf_token": token_of(client), "role": "admin", "version": "1"}
    end(client, database, "here")
    page = client.post(f"/accounts/{desk}/roles", data=form, headers=OURS).get_data(as_text=True)
    _status, page = back_in(client, page, "admin")
    assert "Renvoyer ce formulaire" in page
    assert "Envoyer maintenant" not in page
    stale = client.post(f"/accounts/{desk}/roles", data=form, headers=OURS)
    assert "Envoyer maintenant" not in stale.get_data(as_text=True)


def test_before_a_form_is_sent_again_all_of_it_is_shown(
    client: FlaskClient, database: Database
) -> None:
    """Choices and ids too, which nobody typed but somebody may have changed."""
    sign_in(client, "manager")
    form = {"csrf_token": token_of(client), "text": TEXT, "kind": "hidden-choice", "version": "7"}
    end(client, database, "here")
    page = client.post("/desk/notes", data=form, headers=OURS).get_data(as_text=True)
    _status, page = back_in(client, page, "manager")
    shown = re.sub(r'<input type="hidden"[^>]*>', "", unescape(page))
    assert "Envoyer maintenant" in shown
    assert all(text in shown for text in ("/desk/notes", "hidden-choice", TEXT, "<code>version"))
