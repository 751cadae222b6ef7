"""The timeline of faults."""

import re

from flask import Flask

from controller.capabilities.machines import access_points
from controller.kernel.database import Database
from tests.webui.activity.test_activity_page import PAGE, raise_alarm, sent, shown
from tests.webui.activity.test_activity_page import app as app
from tests.webui.conftest import NOW, sign_in
from tests.webui.machines.conftest import LASER, SYSTEM


def test_an_alarm_that_goes_on_stays_above_the_line_once_it_is_seen(
    app: Flask, database: Database
) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    raise_alarm(database, "estop", 80)
    before = shown(client).count('<rect class="bad"')
    assert before
    for key in dict.fromkeys(re.findall(r'name="key" value="([^"]+)"', shown(client))):
        sent(client, f"{PAGE}/tick", key=key)
    assert shown(client).count('<rect class="bad"') == before


def test_a_long_name_is_not_cut_where_the_line_has_room(app: Flask, database: Database) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    with database.write() as db:
        name = {"name": {"fr": "Perceuse à colonne du fond"}}
        access_points.change(db, LASER, name, version=None, actor=SYSTEM, now=NOW)
    raise_alarm(database, "estop", 80)
    drawn = shown(client).split('class="strip"')[1].split("</svg>")[0]
    assert ">13:00 Perceuse à colonne du fond\u00a0: Porte forcée<" in drawn
