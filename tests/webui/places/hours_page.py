"""What tests of hours page share with others."""

import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.bookings.conftest import browser
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.machines.conftest import SYSTEM, Place
from tests.webui.machines.conftest import place as place

WEEK = {"schedule": "week", "draft": "week"}


@pytest.fixture
def boss(place: Place, clock: Clock) -> FlaskClient:
    """A manager, of a place that is open from 9 to 19 on five days."""
    with place.database.write() as db:
        hours = tuple(Weekly(weekday=day, start="09:00", end="19:00") for day in range(5))
        new = NewSchedule(id="week", site_id=SITE, name=Label(fr="Ouverture"), weekly=hours)
        schedules.create(db, new, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "week"}, version=None, actor=SYSTEM, now=NOW)
    return browser(place, clock, "manager")


def show(client: FlaskClient, **asked: str) -> str:
    answer = client.get("/hours", query_string=asked)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client: FlaskClient, address: str, **fields: object) -> tuple[int, str]:
    data = {"csrf_token": token_of(client)} | fields
    answer = client.post(f"/hours/{address}", data=data)
    return answer.status_code, answer.get_data(as_text=True)


def week(**other: str) -> dict[str, str]:
    """The fields of the form as it stands, but for some."""
    hours = {"a": "9", "b": "19h"}
    found = {f"d{day}-0-{which}": at for day in range(5) for which, at in hours.items()}
    return WEEK | found | {key.replace("_", "-"): at for key, at in other.items()}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.split('id="effect"')[1])
    assert found is not None
    return found[1].replace("&#34;", '"')


def undo(client: FlaskClient, page: str) -> int:
    """Press what the bar offers."""
    form = re.search(r'id="undo".*?action="([^"]+)"(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    sent = {key: text.replace("&#34;", '"') for key, text in fields.items()}
    return client.post(form[1], data=sent).status_code
