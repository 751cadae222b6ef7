"""The conversation: sessions, sequence, repeats; noise, replays and resets change nothing."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.codes import Boot, Flag, Reason, Type
from firmware_bridge.exchange import ANSWER_S, BridgeEvent, Exchange
from firmware_bridge.frames import BadFrame, Decoder, Frame, encode
from firmware_bridge.messages import Hello, InputEvent, Nak, Report, Status
from firmware_bridge.relay import Command
from firmware_bridge.silence import FIRST_SILENCE_LIMIT_S, SILENCE_LIMIT_S

NONCE = 0x1DE0A7C3
HELLO = Hello(
    4,
    255,
    2,
    2,
    0,
    Boot.POWER_ON,
    Flag(0),
    200,
    5000,
    last_seq=7,
    uptime_ms=1,
    window_ms=200,
    build="0a1b2c3d",
)
STATUS = Status(0, 0, 0, Flag(0), 0, 0, (0, 0, 0, 0))
PRESSED = InputEvent(1, True, 1, 0)


@dataclass
class Heard:
    """What was heard, in order."""

    words: list[str] = field(default_factory=list)

    def up(self, hello: Hello, nonce: int) -> None:
        self.words.append(f"up {nonce:x}")

    def restarted(self, hello: Hello, nonce: int) -> None:
        self.words.append(f"restarted {nonce:x}")

    def down(self, why: str) -> None:
        self.words.append(f"down {why}")

    def status(self, status: Status, at_s: float) -> None:
        self.words.append("status")

    def report(self, report: Report, at_s: float) -> None:
        self.words.append("report")

    def event(self, event: BridgeEvent, at_s: float) -> None:
        self.words.append(type(event).__name__)


class Talk:
    """An exchange that always wants its relay off, and the peer's side of it."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.exchange = Exchange(lambda now_s: Command(Type.OFF, b"\x01"), self.heard, 0.0)

    def sent(self, now_s: float) -> Frame:
        """The one frame that it sends now."""
        data = self.exchange.next(now_s)
        assert data is not None
        (frame,) = Decoder().feed(data)
        assert not isinstance(frame, BadFrame)
        return frame

    def says(self, kind: Type, seq: int, body: bytes, nonce: int = NONCE, at_s: float = 0) -> None:
        """The microcontroller sends a frame."""
        self.exchange.take(encode(Frame(kind, seq, nonce, body)), at_s)

    def greeted(self) -> Frame:
        """Begin a session; the first order's frame."""
        hello = self.sent(0.0)
        assert (hello.type, hello.nonce) == (Type.HELLO, 0)
        self.says(Type.HELLO_REPLY, hello.seq, HELLO.pack())
        assert self.heard.words == [f"up {NONCE:x}"]
        return self.sent(0.0)


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_session_goes_on_where_the_microcontroller_was(talk: Talk) -> None:
    first = talk.greeted()
    assert (first.type, first.seq, first.nonce) == (Type.OFF, 8, NONCE)
    talk.says(Type.STATUS, 8, STATUS.pack())
    assert talk.heard.words[-1] == "status"
    assert talk.sent(0.0).seq == 9


def test_only_one_frame_is_on_its_way(talk: Talk) -> None:
    talk.greeted()
    assert talk.exchange.next(ANSWER_S / 2) is None
    assert talk.exchange.deadline() == pytest.approx(ANSWER_S)


def test_what_is_not_answered_is_sent_again_after_a_delimiter_with_a_new_number(talk: Talk) -> None:
    talk.greeted()
    data = talk.exchange.next(ANSWER_S)
    assert data is not None
    assert data[0] == 0
    (again,) = Decoder().feed(data)
    assert isinstance(again, Frame)
    assert (again.type, again.seq) == (Type.OFF, 9)


def test_a_late_answer_to_the_first_try_counts(talk: Talk) -> None:
    first = talk.greeted()
    talk.sent(ANSWER_S)
    talk.says(Type.STATUS, first.seq, STATUS.pack())
    assert talk.heard.words[-1] == "status"


def test_answers_that_were_not_asked_for_are_not_heard(talk: Talk) -> None:
    first = talk.greeted()
    talk.says(Type.STATUS, first.seq + 1, STATUS.pack())
    talk.says(Type.STATUS, first.seq, STATUS.pack())
    talk.says(Type.STATUS, first.seq, STATUS.pack())
    assert talk.heard.words == [f"up {NONCE:x}", "status"]


def test_a_greeting_is_believed_only_with_the_token_that_was_sent(talk: Talk) -> None:
    hello = talk.sent(0.0)
    talk.says(Type.HELLO_REPLY, hello.seq ^ 1, HELLO.pack())
    assert talk.heard.words == []


def test_a_reset_is_noticed_by_its_nonce_and_confirmed(talk: Talk) -> None:
    talk.greeted()
    talk.says(Type.BOOT, 1, HELLO.pack(), nonce=5)
    hello = talk.sent(0.0)
    assert hello.type == Type.HELLO
    talk.says(Type.HELLO_REPLY, hello.seq, HELLO.pack(), nonce=5)
    assert talk.heard.words[-1] == "restarted 5"


def test_a_replayed_frame_of_another_session_costs_a_greeting_and_changes_nothing(
    talk: Talk,
) -> None:
    talk.greeted()
    talk.says(Type.INPUT, 1, PRESSED.pack(), nonce=5)
    hello = talk.sent(0.0)
    talk.says(Type.HELLO_REPLY, hello.seq, HELLO.pack())
    assert talk.heard.words == [f"up {NONCE:x}"]
    assert talk.sent(0.0).type == Type.OFF


def test_an_event_is_told_once_and_never_out_of_order(talk: Talk) -> None:
    talk.greeted()
    for seq in (4, 4, 3, 5, 4, 5):
        talk.says(Type.INPUT, seq, PRESSED.pack())
    assert talk.heard.words.count("InputEvent") == 2


def test_silence_is_told_once_and_the_first_word_may_take_a_boot_loaders_time(talk: Talk) -> None:
    now_s = 0.0
    while not talk.heard.words:
        talk.sent(now_s)
        now_s += ANSWER_S
    assert FIRST_SILENCE_LIMIT_S < now_s < FIRST_SILENCE_LIMIT_S + 4 * ANSWER_S
    for _ in range(100):
        now_s += ANSWER_S
        talk.sent(now_s)
    assert len(talk.heard.words) == 1


def test_a_session_is_lost_after_silence_and_begins_anew(talk: Talk) -> None:
    talk.greeted()
    now_s = 0.0
    while talk.heard.words[-1].startswith("up"):
        now_s += ANSWER_S
        talk.sent(now_s)
    assert SILENCE_LIMIT_S < now_s < SILENCE_LIMIT_S + 4 * ANSWER_S
    hello = talk.sent(now_s + ANSWER_S)
    talk.says(Type.HELLO_REPLY, hello.seq, HELLO.pack(), at_s=now_s)
    assert talk.heard.words[-1] == f"up {NONCE:x}"


def test_a_refused_nonce_begins_a_session_and_a_refused_number_is_mended(talk: Talk) -> None:
    first = talk.greeted()
    talk.says(Type.NAK, first.seq, Nak(Reason.SEQ, Type.OFF, 500).pack())
    second = talk.sent(0.0)
    assert second.seq == 501
    talk.says(Type.NAK, second.seq, Nak(Reason.NONCE, Type.OFF, 0).pack())
    assert talk.sent(0.0).type == Type.HELLO


def test_another_version_is_said_in_plain_words(talk: Talk) -> None:
    hello = talk.sent(0.0)
    reply = Frame(Type.HELLO_REPLY, hello.seq, NONCE, HELLO.pack(), version=2)
    talk.exchange.take(encode(reply), 0.0)
    assert talk.heard.words == [
        "down another protocol: protocol version 2; known: 1; flash the firmware of this version"
    ]


@given(st.binary(min_size=1, max_size=300))
def test_the_link_recovers_within_two_tries_of_any_noise(noise: bytes) -> None:
    talk = Talk()
    talk.greeted()
    talk.exchange.take(noise, 0.01)
    again = talk.sent(ANSWER_S)
    talk.exchange.take(b"\0" + encode(Frame(Type.STATUS, again.seq, NONCE, STATUS.pack())), 0.06)
    assert talk.heard.words[-1] == "status"
