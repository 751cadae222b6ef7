"""A person before a browser without scripts, and the button that takes the last act back."""

import html
import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.training import certifications
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.shapes import NewCertification
from controller.domain.facts import CertificationKind, PointKind, Risk
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, SITE, token_of

SYSTEM = Actor.system("test")
BADGE = "uid:04A1B2C3D4E5F6"


def add_member(database: Database, name: str, **fields: Any) -> str:
    """Their id."""
    with database.write() as db:
        new = NewMember(display_name=name, **{"site_id": SITE, **fields})
        return members.create(db, new, actor=SYSTEM, now=NOW).id


def add_machine(database: Database, key: str, asks: tuple[str, ...]) -> None:
    """A machine in the wood workshop; what it asks for is made where it is new."""
    with database.write() as db:
        if db.get(ZoneRow, "wood") is None:
            zones.create(db, NewZone(id="wood", name=Label(fr="Bois")), actor=SYSTEM, now=NOW)
        if db.get(CertificationRow, "rules") is None:
            document = NewCertification(
                id="rules", name=Label(fr="Règlement"), kind=CertificationKind.DOCUMENT
            )
            certifications.create(db, document, actor=SYSTEM, now=NOW)
        machine = NewAccessPoint(
            id=key,
            zone_id="wood",
            kind=PointKind.MACHINE,
            name=Label(fr=key),
            risk=Risk.LOW,
            requirement=RequirementShape(certifications=asks),
        )
        access_points.create(db, machine, actor=SYSTEM, now=NOW)


def undo(client: FlaskClient, page: str) -> str:
    """Press the button of the bar on that page; what the bar said."""
    text = client.get(page).get_data(as_text=True)
    bar = text[text.index('<div class="undo"') :]
    action = re.search(r'action="([^"]+)"', bar)
    said = re.search(r"<p>(.*?)</p>", bar)
    assert action
    assert said
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', bar)
    fields = {name: html.unescape(value) for name, value in inputs}
    answer = client.post(html.unescape(action[1]), data=fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return html.unescape(said[1])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's page."""

    client: FlaskClient
    id: str

    @property
    def page(self) -> str:
        """Its address."""
        return f"/members/{self.id}"

    def text(self, below: str = "") -> str:
        """What it shows."""
        return html.unescape(self.client.get(self.page + below).get_data(as_text=True))

    def post(self, below: str, **fields: Any) -> TestResponse:
        """Send a form that stands there."""
        data = {"csrf_token": token_of(self.client), **fields}
        return self.client.post(self.page + below, data=data)

    def undo(self) -> str:
        """Take the last act back."""
        return undo(self.client, self.page)

    def version(self) -> str:
        """As the form to edit has it."""
        found = re.search(r'name="version" value="(\d+)"', self.text("/edit"))
        assert found
        return found[1]

    def badge(self, database: Database) -> str:
        """The id of their badge."""
        with database.read() as db:
            return db.query(CredentialRow).filter_by(member_id=self.id).one().id
