"""The forms of the funder report keep its months and funder, and what was typed."""

from html import unescape

import pytest
from flask.testing import FlaskClient

from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import token_of
from tests.webui.statistics.reports_pages import browser
from tests.webui.statistics.reports_pages import database as database
from tests.webui.statistics.test_funder_page import region as region
from tests.webui.statistics.test_reports_pages import text_of

HOURS = {"day": "2026-11-20", "people": "3", "hours": "2,5", "what": "Rangement"}


@pytest.fixture
def manager(database: Database, clock: Clock) -> FlaskClient:
    return browser(database, clock, "manager")


def post(client: FlaskClient, address: str, **typed: str) -> tuple[int, str, str]:
    """Return the status, where it leads, and the page."""
    sent = client.post(address, data={"csrf_token": token_of(client)} | typed)
    return sent.status_code, sent.location or "", unescape(sent.get_data(as_text=True))


def test_forms_lead_back_to_the_same_report(manager: FlaskClient, region: str) -> None:
    asked = f"first=2026-10&last=2026-11&partner={region}"
    page = unescape(manager.get(f"/reports/funder?{asked}").get_data(as_text=True))
    for form in ("volunteers", "partners", f"partners/{region}"):
        assert f'action="/reports/{form}?{asked}"' in page
    for form, typed in (("volunteers", HOURS), ("partners", {"name": "Caisse"})):
        assert post(manager, f"/reports/{form}?{asked}", **typed)[:2] == (
            303,
            f"/reports/funder?{asked}",
        )
        undone = unescape(manager.get(f"/reports/funder?{asked}").get_data(as_text=True))
        assert f'name="partner" value="{region}"' in undone, "undo leads back to it, too"
    answers = {"first": "2026-10", "last": "2026-11"}
    led = post(manager, f"/reports/funder/annual?partner={region}", **answers)[1]
    assert set(led.partition("?")[2].partition("#")[0].split("&")) == set(asked.split("&"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hours": "beaucoup"}, "Saisissez un nombre d’heures, par exemple 4,5 ou 4h30."),
        ({"people": "0"}, "Saisissez un nombre de personnes, de 1 à 1000."),
        ({"day": "2027-05-01"}, "Saisissez un jour, aujourd’hui au plus tard."),
        ({"what": ""}, "Saisissez à quoi ces heures ont servi, sur une seule ligne."),
    ],
)
def test_the_field_that_is_wrong_is_named_and_all_stay(
    manager: FlaskClient, region: str, wrong: dict[str, str], said: str
) -> None:
    asked = f"first=2026-10&last=2026-11&partner={region}"
    typed = HOURS | wrong
    status, _led, page = post(manager, f"/reports/volunteers?{asked}", **typed)
    assert (status, page.count('class="wrong"')) == (422, 1)
    (field,) = wrong
    assert f'id="{field}-wrong">{said}<' in page
    assert all(f'value="{text}"' in page for text in typed.values())
    assert f'<option value="{region}" selected>' in page
    assert "Aucune saisie" not in page
    assert f'action="/reports/volunteers?{asked}"' in page


def test_a_partner_without_a_name_is_asked_for_it(manager: FlaskClient) -> None:
    status, _led, page = post(manager, "/reports/partners?first=2026-10&last=2026-10", name=" ")
    assert status == 422
    assert 'id="name-wrong">Saisissez un nom, sur une seule ligne.' in page


def test_a_partner_of_the_same_name_is_asked_about(manager: FlaskClient, region: str) -> None:
    address = f"/reports/partners?first=2026-10&last=2026-11&partner={region}"
    status, _led, page = post(manager, address, name="région")
    assert status == 422
    assert 'id="name-wrong">Il y a déjà un partenaire «\xa0Région\xa0».' in page
    assert 'name="same_name" value="région">' in page
    assert post(manager, address, name="région", same_name="région")[0] == 303


@pytest.mark.parametrize("hours", ["2h30", "2 h 30", "2,5", "2.5"])
def test_hours_are_read_as_people_write_them(manager: FlaskClient, hours: str) -> None:
    assert post(manager, "/reports/volunteers", **HOURS | {"hours": hours})[0] == 303
    said = text_of(manager, "/reports/funder").partition("Heures bénévoles")[2]
    assert "3 personnes 2,50 h" in said
