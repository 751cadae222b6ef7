"""Records that are due by age wait within their period, and can be brought back meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.erasure import waiting_list
from controller.capabilities.privacy.models import MemberDue
from controller.capabilities.privacy.retention.run import retain
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import NotFound
from controller.kernel.models import AuditEntry
from controller.settings import RetentionSettings
from tests.capabilities.privacy.lived import SYSTEM, Lived

LAST_DAY = Utc.parse("2026-04-01T00:00:00.000Z")
"""When the last subscription of both ends."""
PERIOD_ENDS = Utc.parse("2028-04-01T00:00:00.000Z")


@pytest.fixture(autouse=True)
def ali_is_in_charge(lived: Lived) -> None:
    """Who has a duty here is no former member, whatever their subscription says."""
    lived.account("ali", Role.MANAGER, member_id=lived.ids["ali"])


def day(lived: Lived, at: Utc) -> int:
    """The daily job's work at that time; how many members it erased."""
    lived.later(seconds=(at - lived.clock.now).total_seconds())
    return retain(lived.database, RetentionSettings(), now=at)["members"]


def who_waits(lived: Lived) -> list[str]:
    with lived.database.read() as db:
        return [member.name for member in waiting_list.page(db, actor=SYSTEM).items]


def names(lived: Lived) -> list[str]:
    with lived.database.read() as db:
        return sorted(db.scalars(select(MemberRow.display_name)))


def test_a_record_waits_within_its_period_and_goes_at_its_end(lived: Lived) -> None:
    before = Utc.of(PERIOD_ENDS - timedelta(days=15, hours=-1))
    assert day(lived, before) == 0
    assert who_waits(lived) == []
    erased_on = None
    for days in range(1, 25):
        at = Utc.of(before + timedelta(days=days))
        if day(lived, at):
            erased_on = at
            break
        assert len(who_waits(lived)) == 1
    assert erased_on is not None
    assert PERIOD_ENDS <= erased_on <= PERIOD_ENDS + timedelta(days=2)
    assert names(lived) == ["Ali Benali"]


def test_a_record_that_is_brought_back_stays_for_another_period(lived: Lived) -> None:
    soon = Utc.of(PERIOD_ENDS - timedelta(days=10))
    day(lived, soon)
    lived.call("POST", f"/members/{lived.ids['zoe']}/bring-back", {})
    assert who_waits(lived) == []
    for days in (1, 15, 30, 365, 700):
        assert day(lived, Utc.of(soon + timedelta(days=days))) == 0
    assert len(names(lived)) == 2
    with lived.database.read() as db:
        found = select(AuditEntry.subject).where(AuditEntry.action == "member_brought_back")
        assert list(db.scalars(found)) == [f"member:{lived.ids['zoe']}"]
    for days in (725, 740):
        erased = day(lived, Utc.of(soon + timedelta(days=days)))
    assert erased == 1


def test_whoever_returns_waits_no_longer(lived: Lived) -> None:
    day(lived, Utc.of(PERIOD_ENDS - timedelta(days=10)))
    new = {"plan_id": "atelier", "member_id": lived.ids["zoe"], "kind": "day", "units": 1}
    lived.call("POST", "/passes", new | {"valid_from": lived.clock.now.text()})
    assert day(lived, Utc.of(PERIOD_ENDS + timedelta(days=10))) == 0
    assert who_waits(lived) == []
    with lived.database.read() as db:
        assert db.scalars(select(MemberDue)).all() == []


def test_a_wrong_date_that_was_confirmed_still_leaves_two_weeks(lived: Lived) -> None:
    now = lived.clock.now
    assert day(lived, Utc.of(now + timedelta(days=770))) == 0
    assert len(who_waits(lived)) == 1
    assert day(lived, Utc.of(now + timedelta(days=783))) == 0
    lived.clock.now = now  # somebody has set the clock
    assert day(lived, now) == 0
    assert who_waits(lived) == []
    assert len(names(lived)) == 2


def test_the_list_is_for_whoever_handles_personal_data(lived: Lived) -> None:
    day(lived, Utc.of(PERIOD_ENDS - timedelta(days=10)))
    manager, desk = (
        lived.account(f"{role}@example.org", role) for role in (Role.MANAGER, Role.DESK)
    )
    (found,) = lived.call("GET", "/due-erasures", token=manager)["items"]
    assert found["member_id"] == lived.ids["zoe"]
    assert lived.ask("GET", "/due-erasures", token=desk).status_code == 403
    path = f"/members/{lived.ids['zoe']}/bring-back"
    assert lived.ask("POST", path, {}, token=desk).status_code == 403
    with lived.database.write() as db, pytest.raises(NotFound):
        waiting_list.bring_back(db, lived.ids["ali"], actor=SYSTEM, now=lived.clock.now)
