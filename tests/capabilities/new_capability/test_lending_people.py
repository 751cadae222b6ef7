"""What a new feature keeps of people: until they leave, ask, are erased, or time has passed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.badges.vault import Vault
from controller.capabilities.privacy import person_export
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.privacy.erasure.waiting_list import due_members
from controller.capabilities.privacy.retention.run import retain
from controller.domain.time import Utc
from controller.kernel.errors import Conflict
from controller.kernel.models import AuditEntry
from controller.settings import RetentionSettings
from tests.capabilities.new_capability.conftest import SYSTEM, ZOE, Place
from tests.support.lending.models import LoanRow
from tests.webui.conftest import NOW, SITE

WHY = Erasure(reason="asked for by letter")


def _lend_both(place: Place) -> dict[str, str]:
    return {who: place.lend(who, remark=f"{ZOE} asked for it")["id"] for who in ("zoe", "ali")}


def _give_back(place: Place, *loans: str) -> None:
    for loan in loans:
        assert place.call("POST", f"/loans/{loan}/back", {}).status_code == 200


def test_who_leaves_has_given_back(place: Place) -> None:
    loans = _lend_both(place)
    path = f"/members/{place.ids['zoe']}"
    tag = place.call("GET", path).headers["ETag"]
    assert place.call("PATCH", path, {"status": "left"}, If_Match=tag).status_code == 200
    back = {who: place.call("GET", f"/loans/{key}").get_json() for who, key in loans.items()}
    assert (back["zoe"]["back_at"], back["ali"]["back_at"]) == ("2026-11-24T13:00:00.000Z", None)
    again = {"tool": "Scie", "member_id": place.ids["zoe"], "due_at": "2026-11-25T17:00:00.000Z"}
    assert place.call("POST", "/loans", again).status_code == 409


def test_it_is_erased_with_the_person_and_named_by_nobody(place: Place) -> None:
    zoe, loans, now = place.ids["zoe"], _lend_both(place), place.clock.now
    with place.database.write() as db, pytest.raises(Conflict, match="has a tool"):
        erase(db, zoe, WHY, actor=SYSTEM, now=now)
    _give_back(place, loans["zoe"])
    with place.database.write() as db:
        assert erase(db, zoe, WHY, actor=SYSTEM, now=now).removed["loan"] == 1
    with place.database.read() as db:
        left = [(row.id, row.remark) for row in db.scalars(select(LoanRow))]
        assert left == [(loans["ali"], "[…] asked for it")]


def test_it_is_exported(place: Place) -> None:
    loans = _lend_both(place)
    with place.database.read() as db:
        found = person_export.export(
            db,
            place.ids["ali"],
            vault=Vault(bytes(32), bytes(32)),
            actor=SYSTEM,
            now=place.clock.now,
        )
    assert [row["id"] for row in found.tables["loan"]] == [loans["ali"]]


def test_it_goes_in_time_with_a_line_in_the_audit(place: Place) -> None:
    loans = _lend_both(place)
    _give_back(place, loans["zoe"])
    place.clock.now = Utc.of(NOW + timedelta(days=92))
    assert retain(place.database, RetentionSettings(), now=place.clock.now)["loans"] == 1
    with place.database.read() as db:
        assert list(db.scalars(select(LoanRow.id))) == [loans["ali"]]
        lines = select(AuditEntry.detail).where(AuditEntry.action == "retention_applied")
        assert '{"rows":1,"what":"loans"}' in set(db.scalars(lines))


def test_who_has_a_tool_is_no_former_member(place: Place) -> None:
    loans, zoe = _lend_both(place), place.ids["zoe"]
    later = Utc.of(NOW + timedelta(days=770))
    with place.database.read() as db:
        assert zoe not in due_members(db, SITE, later)
    _give_back(place, loans["zoe"])
    with place.database.read() as db:
        assert zoe in due_members(db, SITE, later)
