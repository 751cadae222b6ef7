"""Afterwards: what remains of the week holds together."""

import pytest

from controller.hub.hash_chain import verify
from controller.kernel import audit
from controller.policy import check_policy
from tests.scenarios.week.place import Week

pytestmark = pytest.mark.needs("mosquitto")


def test_facts_policy_journals_and_audit_agree(week: Week) -> None:
    """What `loquet db check` and `loquet audit verify` look at; and no agent has complained."""
    week.in_step()
    with week.database() as database, database.read() as db:
        assert check_policy(db, week.hands.now()) == []
        assert next(verify(db), None) is None
        assert audit.verify(db) is None
    assert week.manager.all("/quarantine") == []
    told = {event["type"] for event in week.manager.all("/events")}
    assert "access_granted" in told
    assert not told & {"policy_rejected", "journal_degraded", "fault_raised"}
