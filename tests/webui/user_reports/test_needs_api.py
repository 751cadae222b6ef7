"""What the page of needs throws away, deletes and merges, a program does too."""

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import DiscardReason, UserReport
from controller.capabilities.user_reports.shapes import NewNeed
from controller.kernel.actor import Actor
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.machines.conftest import Place

SYSTEM = Actor.system("test")


class Program:
    """What a token of this role asks for."""

    def __init__(self, place: Place, client: FlaskClient, role: str) -> None:
        sign_in(client, role)
        with place.database.write() as db:
            wanted = select(AccountRow.id).where(AccountRow.login.like(f"{role}%"))
            account = db.scalars(wanted).one()
            secret = tokens.add(db, account, "x", frozenset(HOUSE.permissions), NOW, SYSTEM)[1]
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}

    def post(self, path: str, **body: str) -> int:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers).status_code

    def delete(self, path: str) -> int:
        return self.client.delete(f"/api/v1{path}", headers=self.headers).status_code


def need(place: Place, title: str, times: int = 0) -> str:
    """A need that was asked for so many times at the desk."""
    with place.database.write() as db:
        new = NewNeed(theme="hours", title=title, site_id=SITE)
        key = needs.create(db, new, actor=SYSTEM, now=NOW).id
        for _ in range(times):
            needs.count_in_person(db, key, actor=SYSTEM, now=NOW)
    return key


def test_a_program_throws_a_report_away_and_restores_it(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        needs.report_for_site(db, SITE, "hours", "Zoé est toujours là", now=NOW)
        report = db.query(UserReport).one().id
    desk, path = Program(place, client, "desk"), f"/reports-by-users/{report}"
    assert desk.post(f"{path}/discard", reason="boring") == 422
    assert desk.post(f"{path}/restore") == 409, "it is not discarded"
    assert desk.post(f"{path}/discard", reason="names_somebody") == 204
    with place.database.read() as db:
        assert db.query(UserReport).one().discarded is DiscardReason.NAMES_SOMEBODY
    assert desk.post(f"{path}/discard", reason="junk") == 409
    assert desk.post(f"{path}/restore") == 204
    with place.database.read() as db:
        row = db.query(UserReport).one()
        assert (row.text, row.discarded) == ("Zoé est toujours là", None)
    assert desk.post("/reports-by-users/nothing/discard", reason="junk") == 404


def test_a_program_deletes_and_merges_needs(place: Place, client: FlaskClient) -> None:
    slip, twice, evening = (
        need(place, "Ouvir", 1),
        need(place, "Le jeudi", 2),
        need(place, "Soir", 3),
    )
    desk = Program(place, client, "desk")
    assert desk.delete(f"/needs/{twice}") == 409, "two people asked"
    assert desk.delete(f"/needs/{slip}") == 204
    assert desk.delete(f"/needs/{slip}") == 404
    assert desk.post(f"/needs/{twice}/merge", need_id=evening) == 403, "as on the page"
    manager = Program(place, client, "manager")
    assert manager.post(f"/needs/{twice}/merge", need_id=twice) == 422
    assert manager.post(f"/needs/{twice}/merge", need_id=evening) == 200
    with place.database.read() as db:
        (left,) = needs.page(db, actor=SYSTEM).items
        assert (left.id, left.times) == (evening, 5)
