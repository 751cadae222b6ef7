"""A board is answered from `decide()`; what it does are events, as of any box."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import OnRevoke
from controller.integrations.fabomatic import boards, protocol
from controller.integrations.fabomatic.answering import Answer, answer
from controller.integrations.fabomatic.journal import Journal
from controller.integrations.fabomatic.models import FabomaticBoardRow, FabomaticLinkRow
from controller.integrations.fabomatic.running import running_fabomatic
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.stored_event import decoded_events
from controller.settings import FabomaticSettings
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.integrations.home_assistant.conftest import Plain
from tests.support.until import until

CARD, STRANGER = "06000004", "ffffffff"
"""`uid:04000006` as its boards write it."""


class Boards:
    """Board 7 at the laser, which Amina may use."""

    def __init__(self, place: Place) -> None:
        self.place, self.journal = place, Journal(place.site)
        with place.database.write() as db:
            self.amina = place.member(db).id
            place.certify(db, self.amina, "laser")
            place.certify(db, self.amina, "rules")
            self.badge(db)
            db.get_one(AccessPointRow, "laser-1").agent_id = None
            boards.link(db, place.site, 7, "laser-1", actor=BOSS, now=place.now)
            boards.commission(db, place.site, 7, actor=BOSS, now=place.now)

    def badge(self, db: Any) -> None:
        new = NewCredential(member_id=self.amina, value="uid:04000006")
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=self.place.now)

    def say(self, **said: object) -> Answer:
        """As board 7, ten seconds after the last."""
        now = self.place.clock.forward(seconds=10)
        with self.place.database.write() as db:
            it = protocol.read(json.dumps(said).encode())
            return answer(
                db,
                self.place.site,
                7,
                it,
                credential_key=VAULT.credential_key,
                journal=self.journal,
                now=now,
            )

    def events(self) -> list[str]:
        """What was written, by type, in their order; nothing may have been put aside."""
        with self.place.database.read() as db:
            assert db.scalars(select(Quarantine)).all() == []
            rows = db.scalars(select(EventRow).order_by(EventRow.seq)).all()
            found = [each.event for row in rows for each in decoded_events(row)]
            return [str(each.__struct_config__.tag) for each in found]

    def uses(self) -> list[tuple[str | None, float, float, str | None]]:
        """Whose, for how long, unseen for how long, and how it ended."""
        with self.place.database.read() as db:
            ref = db.scalar(select(MemberRow.ref).where(MemberRow.id == self.amina))
            rows = db.scalars(select(SessionRow).order_by(SessionRow.started_at)).all()
            return [
                (
                    "amina" if row.member_ref == ref else row.member_ref,
                    row.powered_s,
                    row.gap_s,
                    row.cause,
                )
                for row in rows
            ]


@pytest.fixture
def at(place: Place) -> Boards:
    return Boards(place)


def asked(found: Answer) -> tuple[bool, bool, int]:
    assert isinstance(found.reply, protocol.UserReply)
    return found.reply.is_valid, found.reply.missing_auth, found.reply.level


def test_a_card_that_may_is_granted_and_its_use_is_counted(at: Boards) -> None:
    assert asked(at.say(action="checkuser", uid=CARD)) == (True, False, 1)
    assert at.say(action="startuse", uid=CARD) == Answer(protocol.SimpleReply(request_ok=True))
    with at.place.database.read() as db:
        assert db.get_one(PointStateRow, "laser-1").state == "running"
    at.say(action="inuse", uid=CARD, duration=30)
    at.say(action="inuse", uid=CARD, duration=330)
    at.say(action="stopuse", uid=CARD, duration=400)
    assert at.events() == [
        "access_granted",
        "session_started",
        "session_state",
        "session_state",
        "session_ended",
    ]
    assert at.uses() == [("amina", 400.0, 0.0, "badge_out")]
    with at.place.database.read() as db:
        assert db.get_one(PointStateRow, "laser-1").state == "off"


@pytest.mark.parametrize("why", ["stranger", "uncertified", "service", "commissioned", "suspended"])
def test_who_may_not_is_denied(at: Boards, why: str) -> None:
    card = STRANGER if why == "stranger" else CARD
    with at.place.database.write() as db:
        point = db.get_one(AccessPointRow, "laser-1")
        if why == "uncertified":
            point.requirement = {**point.requirement, "certifications": [["other"]]}
        elif why == "service":
            access_points.set_service(
                db, "laser-1", in_service=False, reason="x", actor=BOSS, now=at.place.now
            )
        elif why == "commissioned":
            point.commissioned = False
        elif why == "suspended":
            suspend(db, at)
    assert asked(at.say(action="checkuser", uid=card)) == (False, why == "uncertified", 0)
    assert at.events() == ["access_denied"]
    found = at.say(action="checkmachine").reply
    assert isinstance(found, protocol.MachineReply)
    assert found.allowed is (why not in ("service", "commissioned"))


def suspend(db: Any, at: Boards) -> None:
    person = members.get(db, at.amina, actor=BOSS)
    members.change(
        db, at.amina, {"status": "suspended"}, version=person.version, actor=BOSS, now=at.place.now
    )


def test_a_board_that_let_somebody_in_by_itself_is_asked_to_stop(at: Boards) -> None:
    """It keeps the last ten cards, and asks nobody while the network is away."""
    found = at.say(action="startuse", uid=STRANGER)
    assert found.stop == protocol.StopRequest(uid=STRANGER)
    assert at.events() == ["session_started", "session_state", "access_denied"]
    late = at.say(action="startuse", uid=STRANGER, replay="true")
    assert late.stop is None, "that is long over"


@pytest.mark.parametrize("rule", [OnRevoke.CUT, OnRevoke.FINISH])
def test_a_right_that_ends_stops_a_use_where_the_machine_says_so(
    at: Boards, rule: OnRevoke
) -> None:
    with at.place.database.write() as db:
        point = db.get_one(AccessPointRow, "laser-1")
        point.session = {**point.session, "on_revoke": rule.value}
    at.say(action="checkuser", uid=CARD)
    at.say(action="startuse", uid=CARD)
    assert at.say(action="inuse", uid=CARD, duration=10).stop is None
    with at.place.database.write() as db:
        suspend(db, at)
    stop = at.say(action="inuse", uid=CARD, duration=40).stop
    assert (stop is not None) is (rule is OnRevoke.CUT)


def test_what_came_late_or_not_at_all_is_counted_once(at: Boards) -> None:
    at.say(action="stopuse", uid=CARD, duration=60, replay=True)
    at.say(action="inuse", uid=CARD, duration=30)
    at.say(action="inuse", uid=CARD, duration=340)
    at.say(action="checkuser", uid=CARD)
    assert at.uses() == [
        ("amina", 60.0, 60.0, "badge_out"),
        ("amina", 340.0, 0.0, "agent_restarted"),
    ]


def test_nobody_is_let_in_without_being_asked(at: Boards) -> None:
    assert at.say(action="synccache").reply == protocol.CardsReply()
    found = at.say(action="maintenance", uid=CARD).reply
    assert found == protocol.SimpleReply(request_ok=False, message="Not here")
    assert at.say(action="alive", version="1.0,abc", ip="10.0.0.2", heap="1").reply is None
    with at.place.database.read() as db:
        assert db.get_one(FabomaticBoardRow, ("here", 7)).version == "1.0,abc"


@pytest.mark.parametrize(
    "payload", [b"", b"{", b'{"action":"open"}', b'{"action":"checkuser"}', b"x" * 3000]
)
def test_what_no_board_says_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        protocol.read(payload)


def test_a_board_is_linked_to_a_machine_without_a_box(at: Boards) -> None:
    place = at.place
    with place.database.write() as db:
        with pytest.raises(Conflict, match="board 7"):
            boards.link(db, "here", 7, "laser-1", actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="a box"):
            boards.link(db, "here", 8, "laser-1", actor=BOSS, now=place.now)
        with pytest.raises(NotFound):
            boards.link(db, "here", 8, "door-1", actor=BOSS, now=place.now)
    at.say(action="startuse", uid=CARD)
    with place.database.write() as db, pytest.raises(Conflict, match="uses it"):
        boards.unlink(db, "here", 7, actor=BOSS, now=place.now)
    at.say(action="stopuse", uid=CARD, duration=1)
    with place.database.write() as db:
        boards.unlink(db, "here", 7, actor=BOSS, now=place.now)
        point = db.get_one(AccessPointRow, "laser-1")
        assert (point.agent_id, point.commissioned) == (None, False)
    found = at.say(action="checkuser", uid=CARD).reply
    assert found == protocol.SimpleReply(request_ok=False, message="Invalid machine ID")


class Wire:
    """A board on a real broker: it asks, and waits for an answer as the firmware does."""

    def __init__(self, port: int) -> None:
        self.heard: list[dict[str, Any]] = []
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _c, _d, m: self.heard.append(json.loads(m.payload))
        self.client.connect("127.0.0.1", port)
        self.client.subscribe("machine/7/reply")
        self.client.loop_start()

    def ask(self, **said: object) -> dict[str, Any]:
        self.heard.clear()
        self.client.publish("machine/7", json.dumps(said))
        until(lambda: bool(self.heard), "no answer")
        return self.heard[0]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Plain]:
    made = Plain(tmp_path)
    made.start()
    yield made
    made.kill()


def test_over_a_real_broker(at: Boards, broker: Plain) -> None:
    """The answers have what the published firmware reads, and are sent once all is committed."""
    place, wire = at.place, Wire(broker.port)
    settings = FabomaticSettings(host="127.0.0.1", port=broker.port)
    with running_fabomatic(
        place.database,
        settings,
        place.site,
        VAULT.credential_key,
        lambda _: True,
        clock=place.clock,
    ):
        until(lambda: linked(place.database), "the broker was not reached")
        wire.client.publish("machine/7", b"nonsense")
        assert wire.ask(action="checkmachine") == {
            "request_ok": True,
            "is_valid": True,
            "maintenance": False,
            "allowed": True,
            "name": "Laser",
            "logoff": 0,
            "type": 1,
            "grace": 0,
            "description": "",
        }
        assert wire.ask(action="checkuser", uid=CARD) == {
            "request_ok": True,
            "is_valid": True,
            "name": "",
            "missing_auth": False,
            "level": 1,
        }
        assert wire.ask(action="startuse", uid=CARD) == {"request_ok": True, "message": ""}
        assert at.events() == ["access_granted", "session_started", "session_state"]
        found = wire.ask(action="stopuse", uid=CARD, duration=9)
        assert found == {"request_ok": True, "message": "Duration 9 seconds"}
        assert at.uses() == [("amina", 9.0, 0.0, "badge_out")]
    wire.client.disconnect()
    wire.client.loop_stop()


def linked(database: Database) -> bool:
    with database.read() as db:
        row = db.get(FabomaticLinkRow, "here")
        return row is not None and row.connected
