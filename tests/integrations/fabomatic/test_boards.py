"""A board is answered from `decide()`; what it does are events, as of any box."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import OnRevoke, PointKind
from controller.integrations.fabomatic import boards, protocol
from controller.integrations.fabomatic.answers import Answer
from controller.integrations.fabomatic.models import FabomaticBoardRow, FabomaticLinkRow
from controller.integrations.fabomatic.runtime import running_fabomatic
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.shapes import Label
from controller.settings import FabomaticSettings
from tests.capabilities.conftest import BOSS, VAULT
from tests.integrations.fabomatic.conftest import CARD, STRANGER, Boards
from tests.integrations.home_assistant.conftest import Plain
from tests.support.broker import Mosquitto
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.support.until import until


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
    at.place.clock.forward(hours=1)
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
        protocol.decode(payload)


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
    with place.database.write() as db, pytest.raises(Conflict, match="is in use"):
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

    def ask(self, number: int = 7, /, **said: object) -> dict[str, Any]:
        self.heard.clear()
        self.client.publish(f"machine/{number}", json.dumps(said))
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
    with running(at, settings):
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


def running(at: Boards, settings: FabomaticSettings) -> AbstractContextManager[None]:
    """The controller's side of it."""
    place = at.place
    key, clock = VAULT.credential_key, place.clock
    return running_fabomatic(place.database, settings, place.site, key, lambda _: True, clock=clock)


def linked(database: Database) -> bool:
    with database.read() as db:
        row = db.get(FabomaticLinkRow, "here")
        return row is not None and row.connected


class Guarded(Mosquitto):
    """A broker as docs/switching.md has it, with the files that Loquet writes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "boards.conf", folder)
        self.port, self.secret = free_port(), folder / "own.secret"
        self.secret.write_text("of loquet itself")
        text = (ROOT / "docs/switching.md").read_text().partition("# /etc/mosquitto/boards")[2]
        config = text.partition("\n")[2].partition("```")[0]
        config = config.replace("/etc/loquet/boards", str(folder)).replace(
            "user loquet", "user root"
        )
        config = config.replace("listener 1884", f"listener {self.port} 127.0.0.1")
        self.config.write_text(config + "log_dest stderr\n")

    def settings(self) -> FabomaticSettings:
        return FabomaticSettings(
            host="127.0.0.1",
            port=self.port,
            user="loquet",
            password=str(self.secret),
            access=str(self.folder),
        )


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    made = Guarded(tmp_path)
    yield made
    made.kill()


class Typed(Wire):
    """A board with a name and a password, which keeps what it hears and whether it is connected."""

    def __init__(self, port: int, number: int, password: str, client_id: str = "") -> None:
        self.heard: list[dict[str, Any]] = []
        self.is_in: bool | None = None
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self.client.username_pw_set(f"board-{number}", password)
        self.client.on_message = lambda _c, _d, m: self.heard.append(json.loads(m.payload))
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._lost
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        until(lambda: self.is_in is not None, "no answer of the broker")

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        client.subscribe("machine/#")
        self.is_in = not reason.is_failure

    def _lost(self, *_: Any) -> None:
        self.is_in = False

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def second_board(at: Boards) -> tuple[str, str]:
    """Board 8 at the lathe; the passwords of boards 7 and 8."""
    place = at.place
    with place.database.write() as db:
        new = NewAccessPoint(
            id="lathe", site_id=place.site, kind=PointKind.MACHINE, name=Label(fr="Tour")
        )
        access_points.create(db, new, actor=BOSS, now=place.now)
        boards.link(db, place.site, 8, "lathe", actor=BOSS, now=place.now)
        first, second = (
            boards.new_password(db, place.site, number, actor=BOSS, now=place.now)
            for number in (7, 8)
        )
    return first, second


def test_each_board_speaks_and_hears_as_its_own_number_alone(at: Boards, guarded: Guarded) -> None:
    place, (seven, eight) = at.place, second_board(at)
    with running(at, guarded.settings()):
        until(lambda: (guarded.folder / "acl").exists(), "nothing was written")
        guarded.start()
        until(lambda: linked(place.database), "the broker was not reached")
        stranger = Typed(guarded.port, 7, eight)
        stranger.close()
        assert stranger.is_in is False
        thief = Typed(guarded.port, 8, eight, client_id="loquet-here")
        mine = Typed(guarded.port, 7, seven)
        thief.client.publish("machine/7", json.dumps({"action": "startuse", "uid": CARD}))
        thief.client.publish("machine/7/reply", json.dumps({"is_valid": True}))
        thief.client.publish("machine/8", json.dumps({"action": "checkmachine"}))
        until(lambda: bool(thief.heard), "its own number is answered")
        assert mine.ask(action="checkuser", uid=CARD)["is_valid"]
        assert at.events() == ["access_granted"]
        assert [found.get("name") for found in thief.heard] == ["Tour"], "not what board 7 was told"
        assert len(mine.heard) == 1
        with place.database.write() as db:
            boards.unlink(db, place.site, 8, actor=BOSS, now=place.now)
        until(lambda: thief.is_in is False, "it is still on the broker")
        assert mine.is_in
        text = (guarded.folder / "passwords").read_text()
        assert seven not in text
        assert "board-8" not in text
        mine.close()
        thief.close()


def started(at: Boards, point: str) -> int:
    """How many uses have begun there."""
    with at.place.database.read() as db:
        here = select(SessionRow.id).where(SessionRow.access_point_id == point)
        return len(db.scalars(here).all())


def test_a_board_that_floods_keeps_no_other_waiting(at: Boards, broker: Plain) -> None:
    second_board(at)
    wire = Wire(broker.port)
    with running(at, FabomaticSettings(host="127.0.0.1", port=broker.port)):
        until(lambda: linked(at.place.database), "the broker was not reached")
        wire.ask(action="checkmachine")
        start = json.dumps({"action": "startuse", "uid": CARD})
        for number in range(300):
            wire.client.publish("machine/8", start)
            wire.client.publish(f"machine/{1000 + number}", start)
        wire.client.publish("machine/7", start)
        until(lambda: started(at, "laser-1") == 1, "board 7 is not heard")
    assert 50 <= started(at, "lathe") < 200
    wire.client.disconnect()
    wire.client.loop_stop()
