"""The last badge that nobody has, for whoever stands at the desk: five minutes, once."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy.orm import Session

from controller.capabilities.access import explain
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.badges import badges, credentials
from controller.capabilities.desk import unknown
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden
from controller.policy import check_policy
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.support.event_rows import add_event

STREAM = "019c1111-2222-7333-8444-555555555555"


def refused(db: Session, place: Place, value: str, at: Utc, reason: str, seq: int) -> str:
    """A reader of the place was shown a badge; the event's id."""
    if db.get(AgentRow, "pi") is None:
        db.add(AgentRow(id="pi", site_id="here", name={"en": "Pi"}, created_at=place.now))
        db.flush()
    time = f"{at.millis():012x}"  # UUIDv7, RFC 9562
    key = f"{time[:8]}-{time[8:]}-7000-8000-{seq:012x}"
    body = {
        "seq": seq,
        "event_id": key,
        "boot_id": "019c1111-2222-7333-8444-666666666666",
        "mono_ms": 1,
        "at": at.text(),
        "clock_trusted": True,
        "access_point": "door-1",
        "type": "access_denied",
        "prev_hash": "0" * 64,
        "reason": reason,
        "credential": VAULT.holder_key(badges.parse_number(value)),
    }
    add_event(
        db,
        agent="pi",
        stream=STREAM,
        seq=seq,
        event_id=key,
        site="here",
        point="door-1",
        type="access_denied",
        at=at,
        received_at=at,
        raw=msgspec.json.encode(body),
    )
    db.flush()
    return key


def test_the_last_unknown_badge_is_given_to_who_stands_there(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        trainer = place.account(db, "trainer", Role.TRAINER)
        person = place.member(db)
        ago = [Utc.of(place.now - timedelta(minutes=n)) for n in (1, 2, 6)]
        refused(db, place, "uid:04000006", ago[2], "credential_unknown", 1)
        assert unknown.last_unknown(db, "here", actor=desk, now=place.now) is None
        older = refused(db, place, "uid:04000002", ago[1], "credential_unknown", 2)
        refused(db, place, "uid:04000009", ago[0], "subscription_missing", 3)
        found = unknown.last_unknown(db, "here", actor=desk, now=place.now)
        assert found is not None
        assert (found.event_id, found.access_point) == (older, "door-1")
        with pytest.raises(Forbidden):
            unknown.last_unknown(db, "here", actor=trainer, now=place.now)
        newer = refused(db, place, "uid:04000001", ago[0], "credential_unknown", 4)
        with pytest.raises(Conflict, match="another badge"):
            unknown.claim(db, "here", person.id, older, actor=desk, now=place.now)
        badge = unknown.claim(db, "here", person.id, newer, actor=desk, now=place.now)
        assert (badge.member_id, badge.value) == (person.id, "••••")
        assert explain.explain_access(db, person.id, "door-1", actor=BOSS, now=place.now).granted
        same = credentials.find(db, "uid:04000001", vault=VAULT, actor=desk)
        assert same is not None
        assert same.id == badge.id
        found = unknown.last_unknown(db, "here", actor=desk, now=place.now)
        assert found is not None
        assert found.event_id == older, "the one before is still nobody's"
        late = Utc.of(place.now + timedelta(minutes=5))
        assert unknown.last_unknown(db, "here", actor=desk, now=late) is None
    with place.database.read() as db:
        assert check_policy(db, place.now) == []
