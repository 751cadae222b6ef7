"""After an erasure nothing holds the person; chains hold, and totals are what they were."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training.models import CourseSessionPast
from controller.integrations.calendars.models import CalendarKind, CalendarRow
from controller.kernel.actor import Role
from controller.store.backup import backup
from controller.wire.ids import uuid7
from tests.capabilities.privacy.lived import BADGE, EMAIL, GUARDIAN, NAME, Lived
from tests.capabilities.privacy.scan import in_files, in_rows
from tests.capabilities.privacy.sound import assert_sound, totals
from tests.hub.world import SITE

WORDS = (NAME, "Duchemin", EMAIL, *GUARDIAN, "Quatrebarbes", BADGE)
REASON = {"reason": "asked for by letter on 12 March"}


def test_nothing_holds_an_erased_person(
    lived: Lived, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words = (*WORDS, lived.refs["zoe"])
    assert {word for _, _, word in in_rows(lived.database, words)} == {*words}
    before, also = totals(lived), lived.doubtful("zoe")
    with caplog.at_level(logging.DEBUG):
        lived.call("POST", f"/members/{lived.ids['zoe']}/erase", REASON | {"also": also})
    assert in_rows(lived.database, words) == set()
    assert totals(lived) == before
    assert_sound(lived)
    if lived.database.engine.dialect.name == "sqlite":
        assert in_files(tmp_path, words) == set()
        backup(str(lived.database.engine.url), tmp_path / "after.db")
        assert in_files(tmp_path, words) == set()
        assert (tmp_path / "after.db").stat().st_size > 100_000
    assert not [word for word in words if word.lower() in caplog.text.lower()]


def test_her_badge_is_known_to_agents_only_as_one_that_opens_nothing(lived: Lived) -> None:
    key = lived.refs["zoe badge"]
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", REASON)
    assert in_rows(lived.database, [key]) == {("policy_row", "key", key)}


def test_an_error_of_the_database_tells_no_values(lived: Lived) -> None:
    with lived.database.read() as db:
        site = db.scalars(select(MemberRow.site_id)).first()
    with pytest.raises(IntegrityError) as problem, lived.database.write() as db:
        db.add(MemberRow(id="x", ref=lived.refs["zoe"], site_id=site, display_name=NAME))
    told = f"{problem.value} {problem.value.orig} {problem.value.args}"
    assert NAME not in told
    assert "member" in told


def test_who_has_a_calendar_of_their_own_is_erased_with_it(lived: Lived) -> None:
    with lived.database.write() as db:
        row = CalendarRow(
            id=uuid7(),
            site_id=SITE,
            kind=CalendarKind.OWN,
            member_id=lived.ids["zoe"],
            digest=bytes(range(200, 232)),
            created_by="system:test",
            created_at=lived.clock.now,
        )
        db.add(row)
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", REASON)
    with lived.database.read() as db:
        assert db.scalars(select(CalendarRow)).all() == []


def test_what_stays_is_said(lived: Lived) -> None:
    done = lived.call("POST", f"/members/{lived.ids['zoe']}/erase", REASON)
    assert {stay["what"]: stay["rows"] for stay in done["stays"]}["held_history"] == 3
    assert all(stay["text"]["fr"] and stay["text"]["en"] for stay in done["stays"])
    assert done["removed"]["member"] == done["removed"]["credential"] == 1
    with lived.database.read() as db:
        past = db.scalars(select(CourseSessionPast)).one()
        assert (past.enrolled, past.passed) == (1, 1)


def test_the_other_person_keeps_everything(lived: Lived) -> None:
    own = lived.account("himself", Role.MEMBER, member_id=lived.ids["ali"])
    before = lived.ask("GET", "/members/me/export", token=own).get_json()
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", REASON)
    after = lived.ask("GET", "/members/me/export", token=own).get_json()
    for table, rows in before["tables"].items():
        if table not in ("held_history", "machine_session"):  # words about her; bytes of both
            assert after["tables"][table] == rows
    told = {movement["event_id"] for movement in before["movements"]}
    gone = told - {movement["event_id"] for movement in after["movements"]}
    types = {movement["type"] for movement in before["movements"] if movement["event_id"] in gone}
    assert types == {"certified_at_machine"}


def test_a_person_erases_herself_and_nobody_else_may(lived: Lived) -> None:
    own = lived.account("herself", Role.MEMBER, member_id=lived.ids["ali"])
    desk = lived.account("desk", Role.DESK)
    path = f"/members/{lived.ids['zoe']}"
    for token in (own, desk):
        assert lived.ask("POST", f"{path}/erase", REASON, token=token).status_code == 404
        assert lived.ask("GET", f"{path}/export", token=token).status_code == 404
    assert lived.ask("GET", "/members/me/export", token=own).status_code == 200
    assert lived.ask("POST", "/members/me/erase", REASON, token=own).status_code == 200
    assert lived.ask("GET", "/members/me/export", token=own).status_code == 401


def test_the_reason_must_not_name_her(lived: Lived) -> None:
    for reason in (f"{NAME} asks", "from ZOE.DUCHEMIN@courriel.example", "Duchemin-Lafarge  Zoé"):
        answer = lived.ask("POST", f"/members/{lived.ids['zoe']}/erase", {"reason": reason})
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "reason"


def test_nobody_who_is_in_is_erased(lived: Lived) -> None:
    new = {"zone_id": "wood", "member_id": lived.ids["zoe"]}
    here = lived.call("POST", "/presence", new)
    path = f"/members/{lived.ids['zoe']}/erase"
    assert lived.ask("POST", path, REASON).status_code == 409
    lived.call("POST", f"/presence/{here['id']}/check-out", {})
    assert lived.ask("POST", path, REASON).status_code == 200


def test_the_last_admin_is_not_erased(new_place: Lived) -> None:
    made = new_place.call("POST", "/members", {"display_name": "Last Admin", "site_id": "fabrique"})
    with new_place.database.write() as db:
        db.scalars(select(AccountRow)).one().member_id = made["id"]
    assert new_place.ask("POST", f"/members/{made['id']}/erase", REASON).status_code == 409
    assert new_place.ask("GET", f"/members/{made['id']}").status_code == 200


def test_a_retry_of_yesterdays_request_is_refused_and_not_done_twice(lived: Lived) -> None:
    new = {"display_name": "Somebody Else", "site_id": "fabrique"}
    lived.call("POST", "/members", new, Idempotency_Key="k")
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", REASON)
    assert lived.ask("POST", "/members", new, Idempotency_Key="k").status_code == 409
    with lived.database.read() as db:
        named = select(func.count()).where(MemberRow.display_name == "Somebody Else")
        assert db.scalar(named) == 1


def test_an_export_holds_everything_and_is_audited(lived: Lived) -> None:
    found = lived.ask("GET", "/members/me/export", token=_hers(lived)).get_json()
    tables = found["tables"]
    assert tables["credential"][0]["value"] == f"uid:{BADGE}"
    assert tables["member"][0]["guardian_phone"] == GUARDIAN[1]
    assert {
        "subscription",
        "pass",
        "booking",
        "enrolment",
        "held",
        "held_history",
        "account",
        "account_role",
        "token",
        "machine_session",
        "user_report",
    } <= set(tables)
    assert "password_hash" not in tables["account"][0]
    assert found["names"]["atelier"] == {"fr": "Atelier"}
    assert len(found["movements"]) == 21
    assert "Ali" not in str(found)
    assert found["withheld"] == []
    again = lived.call("GET", f"/members/{lived.ids['zoe']}/export")
    assert again["audit"][-1]["action"] == "member_exported"


def test_nobody_reads_alone_where_somebody_else_was(lived: Lived) -> None:
    mine = lived.ask("GET", "/members/me/export", token=_hers(lived)).get_json()
    assert mine["movements"]
    path = f"/members/{lived.ids['zoe']}/export"
    for role in (Role.MANAGER, Role.DPO, Role.ADMIN):
        found = lived.ask("GET", path, token=lived.account(role.value, role)).get_json()
        assert found["movements"] == []
        assert not {"presence", "pass_use"} & set(found["tables"])
        assert BADGE not in str(found)
        assert set(found["withheld"]) == {
            *("movements", "presence", "ended_visit", "pass_use", "visitor", "credential.value")
        }


def _hers(lived: Lived) -> str:
    """A token of her account, as she would make one for her phone."""
    return lived.token(EMAIL)
