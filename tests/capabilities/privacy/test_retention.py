"""What is no longer needed goes in time; chains hold, and totals are equal to the second."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.journal.traces import expired_events, types_about_people
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.retention.run import Counts, retain
from controller.capabilities.training.models import HeldHistory
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.user_reports.models import UserReport
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.models import AuditEntry, AuditNote
from controller.kernel.privacy import RetentionScope
from controller.settings import RetentionSettings
from controller.store.backup import backup
from controller.wire.events import DoorOpened
from tests.capabilities.privacy.lived import BADGE, EMAIL, GUARDIAN, NAME, Lived
from tests.capabilities.privacy.scan import in_files, in_rows
from tests.capabilities.privacy.sound import assert_sound, totals

SETTINGS = RetentionSettings()
WORDS = (NAME, "Duchemin", EMAIL, *GUARDIAN, "Quatrebarbes", BADGE)


def run(lived: Lived, settings: RetentionSettings = SETTINGS) -> Counts:
    return retain(lived.database, settings, now=lived.clock.now)


def test_after_90_days_movements_are_nobodys(lived: Lived) -> None:
    before = totals(lived)
    lived.later(days=98)
    assert run(lived)["events"] > 0
    refs = [lived.refs[who] for who in ("zoe", "ali")]
    # What is left leads from the member to the rules that agents hold, and nowhere back in time.
    assert {(table, column) for table, column, _ in in_rows(lived.database, refs)} == {
        ("member", "ref"),
        ("policy_row", "value"),
    }
    with lived.database.read() as db:
        named = select(func.count()).where(SessionRow.member_ref.is_not(None))
        assert db.scalar(named) == 0
        kept = select(EventRow.type).where(EventRow.body.is_not(None)).distinct()
        assert types_about_people().isdisjoint(db.scalars(kept))
        assert db.scalar(select(func.count()).select_from(BookingRow)) == 0
        assert db.scalar(select(func.count()).select_from(CommandRow)) == 0
        assert {quarantine.raw for quarantine in db.scalars(select(Quarantine))} == {b""}
        assert set(db.scalars(select(WindowRow.supervisor))) == {None}
        assert not any("reason" in item for item in db.scalars(select(Alarm.detail)))
    assert totals(lived) == before
    assert_sound(lived)


def test_what_is_not_yet_due_stays_and_what_is_done_is_not_done_again(lived: Lived) -> None:
    lived.later(days=85.5)  # the third day was 91 days ago
    assert run(lived)["events"] == 10
    with lived.database.read() as db:
        audited = db.scalar(select(func.count()).select_from(AuditEntry))
        assert db.scalar(select(func.count()).where(SessionRow.member_ref.is_not(None))) == 3
    assert not run(lived)
    with lived.database.read() as db:
        assert db.scalar(select(func.count()).select_from(AuditEntry)) == audited
    assert_sound(lived)


def test_two_years_after_the_last_subscription_nothing_holds_a_member(
    lived: Lived, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words = (*WORDS, lived.refs["zoe"])
    before = totals(lived)
    lived.later(days=756)
    assert run(lived)["members"] == 0, "the record waits first"
    lived.later(days=14)
    with caplog.at_level(logging.DEBUG):
        assert run(lived)["members"] == 1  # Ali is a manager, and stays
    assert in_rows(lived.database, words) == set()
    assert totals(lived) == before
    assert_sound(lived)
    if lived.database.engine.dialect.name == "sqlite":
        assert in_files(tmp_path, words) == set()
        backup(str(lived.database.engine.url), tmp_path / "after.db")
        assert in_files(tmp_path, words) == set()
    assert not [word for word in words if word.lower() in caplog.text.lower()]
    with lived.database.read() as db:
        assert list(db.scalars(select(MemberRow.display_name))) == ["Ali Benali"]


@pytest.fixture(autouse=True)
def ali_is_in_charge(lived: Lived) -> None:
    """Who has a duty here is no former member, whatever their subscription says."""
    lived.account("ali", Role.MANAGER, member_id=lived.ids["ali"])


def test_a_sign_in_that_was_closed_long_ago_goes_with_its_tokens(lived: Lived) -> None:
    token = lived.account("gone@example.org", Role.DESK)
    with lived.database.write() as db:
        gone = db.scalars(select(AccountRow).where(AccountRow.login == "gone@example.org")).one()
        gone.disabled_at = lived.clock.now
    lived.later(days=740)
    assert run(lived)["accounts"] == 1
    assert lived.ask("GET", "/sites", token=token).status_code == 401
    assert in_rows(lived.database, ["gone@example.org"]) == set()


def test_somebody_who_came_lately_is_no_former_member(lived: Lived) -> None:
    lived.later(days=770)
    new = {"plan_id": "atelier", "member_id": lived.ids["zoe"], "kind": "day", "units": 1}
    lived.call("POST", "/passes", new | {"valid_from": lived.clock.now.text()})
    assert run(lived)["members"] == 0


def test_words_of_the_audit_go_and_the_chain_holds(lived: Lived) -> None:
    with lived.database.read() as db:
        assert db.scalar(select(func.count()).select_from(AuditNote)) == 1
    lived.later(days=370)
    run(lived)
    with lived.database.read() as db:
        assert db.scalar(select(func.count()).select_from(AuditNote)) == 0
        assert audit.verify(db) is None


def test_words_of_the_audit_that_were_changed_are_found(lived: Lived) -> None:
    with lived.database.write() as db:
        seq = db.scalars(select(AuditNote.seq)).one()
        db.execute(update(AuditNote).values(text="nothing happened"))
    with lived.database.read() as db:
        assert audit.verify(db) == seq


def test_what_users_told_goes_with_the_access_events(lived: Lived) -> None:
    with lived.database.write() as db:
        db.execute(update(UserReport).values(done_at=lived.clock.now))
    lived.later(days=92)
    run(lived)
    with lived.database.read() as db:
        row = db.scalars(select(UserReport)).one()
        assert (row.text, row.remark, row.label, row.member_id) == (None, None, None, None)


def test_an_event_that_arrives_late_goes_in_its_turn(lived: Lived) -> None:
    agent, ref = lived.world.agents[0], lived.refs["zoe"]
    lived.later(days=98)
    run(lived)
    sealed = agent.record(DoorOpened, at_s=0, access_point="door-0", member=ref, zone="wood")
    lived.ingest.handle([agent.batch([sealed])])
    assert run(lived)["events"] == 1
    assert_sound(lived)


def test_an_agent_whose_clock_ran_ahead_keeps_nobody_for_ever(lived: Lived) -> None:
    with lived.database.write() as db:
        row = db.scalars(select(EventRow).where(EventRow.type == "access_granted")).first()
        assert row is not None
        row.at = Utc.parse("2056-01-01T00:00:00.000Z")
    now = lived.later(days=98)
    with lived.database.read() as db:
        over = RetentionScope(site_id="fabrique", before=Utc.of(now - timedelta(days=90)), now=now)
        keys = expired_events(db, over, 1000)
    assert (row.id_high, row.id_low) in keys


WAYS = (
    "UPDATE event SET body = :bytes WHERE seq = 3",
    "UPDATE event SET hash = prev_hash WHERE seq = 3",
    "UPDATE event SET body = NULL, hash = prev_hash WHERE seq = 3",
    "DELETE FROM event WHERE seq = 3",
    "UPDATE audit SET actor = 'account:other' WHERE seq = 3",
    "DELETE FROM audit WHERE seq = 3",
    "UPDATE held_history SET reason = NULL",
    "UPDATE held_history SET reason = 'because'",
    "DELETE FROM held_history",
)


def assert_refused(lived: Lived, statement: str, values: dict[str, object]) -> None:
    """The database itself refuses it."""
    engine = lived.database.engine
    with pytest.raises(DBAPIError, match="can only be added to"), engine.begin() as connection:
        connection.execute(text(statement), values)


def test_there_is_no_other_way_through(lived: Lived) -> None:
    for statement in WAYS:
        assert_refused(lived, statement, {"bytes": b"{}"} if ":bytes" in statement else {})


def test_a_reason_goes_only_once_that_is_in_the_audit(lived: Lived) -> None:
    with lived.database.read() as db:
        keys = list(db.scalars(select(HeldHistory.id)))
    with lived.database.write() as db:
        subject = f"held_history:{keys[0]}"
        audit.record(db, Actor.system("test"), lived.clock.now, "reason_removed", subject)
    with lived.database.engine.begin() as connection:
        one = text("UPDATE held_history SET reason = NULL WHERE id = :id")
        connection.execute(one, {"id": keys[0]})
    assert_refused(lived, str(one), {"id": keys[1]})
    assert_refused(lived, "UPDATE held_history SET reason = NULL, level = 'trainer'", {})
