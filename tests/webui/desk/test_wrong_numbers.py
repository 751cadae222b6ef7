"""A badge's number that can't be taken stands where it was typed, with why, and in no cookie."""

import html

import pytest

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.groups.models import GroupRow
from controller.kernel.database import Database
from tests.webui.conftest import NOW
from tests.webui.desk.conftest import SYSTEM, VAULT, Desk
from tests.webui.members.people import add_member

NO_NUMBER, TAKEN = "n’est pas un numéro de badge", "Ce badge appartient déjà à quelqu’un"


@pytest.fixture
def other(desk: Desk, database: Database) -> str:
    """Somebody else, who has a badge."""
    ana = add_member(database, "Ana Roy")
    with database.write() as db:
        new = NewCredential(member_id=ana, value="uid:04DDDDDD")
        credentials.create(db, new, vault=VAULT, actor=SYSTEM, now=NOW)
    return ana


def key_of(database: Database, member: str) -> str:
    with database.read() as db:
        return db.query(CredentialRow).filter_by(member_id=member).one().id


@pytest.mark.parametrize(("typed", "why"), [("04A1B2C", NO_NUMBER), ("04DDDDDD", TAKEN)])
@pytest.mark.parametrize("act", ["lend", "give", "replace", "groups"])
def test_at_the_desk(
    desk: Desk, database: Database, other: str, act: str, typed: str, why: str
) -> None:
    key = key_of(database, desk.zoe)
    fields = {"member": desk.zoe, "badge": key, "name": "Collège", "heads": "8", "until": "17:30"}
    answer = desk.post(f"/desk/{act}", **fields, value=typed)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    at = {"give": "give-badge", "replace": f"lost-{key}", "groups": "group-badge"}.get(act, act)
    field = text[text.index(f'id="{at}"') :][:700]
    assert f'value="{typed}"' in field
    assert 'aria-invalid="true"' in field
    assert why in field
    holds = {"replace": 'id="lost-badge" data-open>', "groups": 'id="entry" data-open>'}
    around = text[: text.index(f'id="{at}"')]
    assert holds.get(act, '<details class="fold" open>') in around, "it stands open"
    assert typed not in str(answer.headers)
    assert 'aria-invalid="true"' not in desk.text(f"?person={desk.zoe}"), "said once"
    with database.read() as db:
        assert db.query(CredentialRow).count() == 2
        assert db.query(GroupRow).count() == 0


@pytest.mark.parametrize(("typed", "why"), [("04A1B2C", NO_NUMBER), ("04DDDDDD", TAKEN)])
@pytest.mark.parametrize("is_lost", [False, True])
def test_on_her_page(
    desk: Desk, database: Database, other: str, is_lost: bool, typed: str, why: str
) -> None:
    key = key_of(database, desk.zoe)
    path = f"/members/{desk.zoe}/badges" + (f"/{key}/replace" if is_lost else "")
    answer = desk.post(path, value=typed)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    field = text[text.index(f'id="new-{key}"' if is_lost else 'id="value"') :][:700]
    assert f'value="{typed}"' in field
    assert why in field
    assert text.count('aria-invalid="true"') == 1
    assert desk.post(f"/members/{other}/badges/{key}/lost").status_code == 404
