"""Programs for agents: signed, fetched by who may, and brought to one after another."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.agents.pki import Authority
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.programs import programs, rollout
from controller.capabilities.programs.programs import Fetch
from controller.domain.time import Utc
from controller.kernel.errors import Forbidden, NotFound
from controller.wire.base64url import b64encode
from controller.wire.commands import Upgrade
from controller.wire.programs import is_signed
from controller.wire.signatures import Signer
from tests.capabilities.conftest import BOSS, NOW, Place

REST = {"architecture": "arm64", "serial": 0, "state": "rest", "coming": 0, "failed": 0}


def ago(**time: float) -> Utc:
    return Utc.of(NOW - timedelta(**time))


@pytest.fixture
def authority() -> Signer:
    return Signer(Authority.create("Test", NOW).key)


def offered(place: Place, authority: Signer, serial: int, architecture: str = "arm64") -> None:
    unsigned = Upgrade(
        serial=serial,
        version=f"9.0.{serial}",
        architecture=architecture,
        sha256="ab" * 32,
        size=10,
        sig=programs.UNSIGNED,
    )
    with place.database.write() as db:
        programs.offer(db, unsigned, authority, actor=BOSS, now=NOW)


def tells(place: Place, agent: str, seen_at: Utc = NOW, **program: Any) -> None:
    """An agent's telemetry, of an agent that is made if it is not there."""
    with place.database.write() as db:
        if db.get(AgentRow, agent) is None:
            db.add(
                AgentRow(
                    id=agent,
                    site_id=place.site,
                    name={"fr": agent},
                    created_at=NOW,
                    enrolled_at=NOW,
                )
            )
            db.flush()
            db.add(
                AgentState(
                    agent_id=agent,
                    online=True,
                    boot_id="5a1c2f0e-8d1b-4c2e-9a55-1f6f0c3b7d21",
                    connection=1,
                    protocols=[],
                    epoch=1,
                    policy_version=1,
                )
            )
        state = db.get_one(AgentState, agent)
        state.seen_at = seen_at
        state.telemetry = {"program": REST | program} if program != {"none": 1} else {}


def asked(place: Place, now: Utc = NOW) -> list[str]:
    """Who is asked to upgrade in this round."""
    with place.database.write() as db:
        rollout.advance_rollout(db, place.site, now)
    with place.database.read() as db:
        rows = select(CommandRow).where(CommandRow.type == "upgrade", CommandRow.created_at == now)
        return [row.agent_id for row in db.scalars(rows)]


def test_one_after_the_other_and_none_twice(place: Place, authority: Signer) -> None:
    for agent in ("pi-a", "pi-b", "pi-c"):
        tells(place, agent)
    tells(place, "pi-old", none=1)
    tells(place, "pi-other", architecture="amd64")
    assert asked(place) == [], "nothing is offered"
    offered(place, authority, 7)
    assert asked(place) == ["pi-a"]
    assert asked(place, ago(seconds=-10)) == [], "it has not said anything yet"
    tells(place, "pi-a", state="fetching", coming=7)
    assert asked(place, ago(minutes=-5)) == []
    tells(place, "pi-a", state="trial")
    assert asked(place, ago(minutes=-10)) == []
    later = ago(minutes=-15)
    for agent in ("pi-b", "pi-c"):
        tells(place, agent, later)
    tells(place, "pi-a", later, serial=7)
    assert asked(place, later) == ["pi-b"]


def test_what_is_sent_is_signed_by_the_authority(place: Place, authority: Signer) -> None:
    tells(place, "pi-a")
    offered(place, authority, 7)
    assert asked(place) == ["pi-a"]
    with place.database.read() as db:
        sent = programs.target_programs(db)["arm64"]
    assert is_signed(sent, authority.public_key_bytes)
    assert not is_signed(sent, Signer.generate().public_key_bytes)


@pytest.mark.parametrize(
    ("reason", "next_one"), [("not_well", []), ("not_unpacked", []), ("in_use", ["pi-b"])]
)
def test_nobody_gets_what_one_has_left(
    place: Place, authority: Signer, reason: str, next_one: list[str]
) -> None:
    """But for what says nothing of the program itself."""
    for agent in ("pi-a", "pi-b"):
        tells(place, agent)
    offered(place, authority, 7)
    assert asked(place) == ["pi-a"]
    later = ago(minutes=-10)
    tells(place, "pi-a", later, failed=7, reason=reason)
    tells(place, "pi-b", later)
    assert asked(place, later) == next_one
    with place.database.read() as db:
        found = rollout.rollout_progress(db, place.site, later)
    assert found is not None
    assert (found.stopped_by is not None) is (next_one == [])
    offered(place, authority, 8)
    after = ago(minutes=-20)
    for agent in ("pi-a", "pi-b"):
        tells(place, agent, after, failed=7, reason=reason)
    assert asked(place, after) == ["pi-a"], "a newer program begins anew"


def test_who_is_silent_is_left_out_and_asked_when_back(place: Place, authority: Signer) -> None:
    tells(place, "pi-a", ago(minutes=5))
    offered(place, authority, 7)
    assert asked(place) == []
    tells(place, "pi-a")
    assert asked(place) == ["pi-a"]
    hour = ago(minutes=-61)
    tells(place, "pi-a", hour, failed=7, reason="unreachable")
    assert asked(place, hour) == ["pi-a"], "once an hour"


def test_withdrawn_it_goes_to_nobody_else(place: Place, authority: Signer) -> None:
    tells(place, "pi-a")
    offered(place, authority, 7)
    with place.database.write() as db:
        programs.withdraw(db, 7, actor=BOSS, now=NOW)
        with pytest.raises(NotFound):
            programs.withdraw(db, 8, actor=BOSS, now=NOW)
    assert asked(place) == []


def test_only_an_agent_that_is_trusted_fetches_and_only_what_is_there(
    place: Place, authority: Signer
) -> None:
    tells(place, "pi-a")
    offered(place, authority, 7)
    own = Signer.generate()

    def fetch(serial: int, signer: Signer, agent: str = "pi-a", topic: str = "pi-a") -> int:
        made = signer.sign(f"agents/{topic}/program", str(serial).encode())
        with place.database.read() as db:
            return programs.check_fetch(db, agent, Fetch(serial=serial, kid=made.kid, sig=made.sig))

    with pytest.raises(NotFound):
        fetch(7, own)
    with place.database.write() as db:
        db.get_one(AgentRow, "pi-a").public_key = b64encode(own.public_key_bytes)
    assert fetch(7, own) == 7
    with pytest.raises(NotFound):
        fetch(8, own)
    for signer, topic in ((Signer.generate(), "pi-a"), (own, "pi-b")):
        with pytest.raises(Forbidden, match="not signed"):
            fetch(7, signer, topic=topic)
    with place.database.write() as db:
        db.get_one(AgentRow, "pi-a").revoked_at = NOW
    with pytest.raises(Forbidden, match="revoked"):
        fetch(7, own)
