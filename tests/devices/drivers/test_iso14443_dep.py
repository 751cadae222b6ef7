"""Conversations with a card: whatever goes wrong on the air, an answer is right or none comes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.drivers.contactless.iso14443_frame import CardError
from devices.drivers.contactless.rc522 import Rc522Field
from devices.sim.iso14443_card import SimCard
from devices.sim.iso14443_conversation import ProtocolParameters
from tests.devices.drivers.iso14443_dep import Counting
from tests.devices.drivers.rf_rig import Faults, Rig
from tests.support.laws import examples

UID = bytes.fromhex("04A1B2C3D4E5F6")
COMMANDS = st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=4)
MANNERS = st.builds(
    ProtocolParameters,
    size_code=st.integers(0, 8),
    wait_code=st.integers(0, 10),
    extensions=st.integers(0, 3),
)


def _with_card(manners: ProtocolParameters) -> tuple[Rig, Counting, Rc522Field]:
    rig, application = Rig(), Counting()
    rig.air.put(SimCard(UID, application, manners))
    return rig, application, rig.field


@settings(deadline=None, max_examples=examples(60))
@given(commands=COMMANDS, manners=MANNERS)
def test_commands_of_any_length_are_answered_whole(
    commands: list[bytes], manners: ProtocolParameters
) -> None:
    _, application, field = _with_card(manners)
    card = field.find(None)
    assert card is not None
    assert card.speaks_apdu
    talk = field.activate(card)
    for number, command in enumerate(commands, 1):
        assert talk.apdu(command) == Counting.expected(number, command)
    assert application.heard == commands
    field.release(talk)
    assert field.find(card) == card, "a conversation that ended leaves the card as it was"


@settings(deadline=None, max_examples=examples(80), derandomize=True)
@given(commands=COMMANDS, manners=MANNERS, seed=st.integers(0, 2**32), share=st.floats(0.02, 0.6))
def test_whatever_goes_wrong_an_answer_is_right_and_no_command_is_run_twice(
    commands: list[bytes], manners: ProtocolParameters, seed: int, share: float
) -> None:
    rig, application, field = _with_card(manners)
    card = field.find(None)
    assert card is not None
    talk = field.activate(card)
    rig.air.fault = Faults(share, seed)
    for number, command in enumerate(commands, 1):
        try:
            assert talk.apdu(command) == Counting.expected(number, command)
        except CardError:
            break
    assert application.heard == commands[: len(application.heard)]


def test_a_twentieth_of_the_frames_gone_wrong_stops_hardly_any_conversation() -> None:
    done = 0
    for seed in range(100):
        rig, _, field = _with_card(ProtocolParameters(extensions=1))
        rig.air.fault = Faults(0.05, seed)
        try:
            card = field.find(None)
            if card is not None:
                talk = field.activate(card)
                done += [talk.apdu(bytes(100))[0] for _ in range(5)] == [1, 2, 3, 4, 5]
        except CardError:
            continue
    assert done >= 92, "a frame of the waking-up may be lost as well, which the next look mends"


def test_a_card_that_leaves_in_the_middle_is_an_error() -> None:
    rig, _, field = _with_card(ProtocolParameters())
    card = field.find(None)
    assert card is not None
    talk = field.activate(card)
    rig.air.clear()
    with pytest.raises(CardError, match="the card is gone"):
        talk.apdu(b"\x00")
    field.release(talk)
    assert field.find(card) is None


def test_a_card_that_asks_for_time_for_ever_is_given_up() -> None:
    rig, _, field = _with_card(ProtocolParameters(extensions=10_000, wait_code=10))
    card = field.find(None)
    assert card is not None
    talk = field.activate(card)
    with pytest.raises(CardError, match="takes too long"):
        talk.apdu(b"\x00")
    assert rig.time.s < 30


def test_a_card_without_applications_of_its_own_does_not_converse() -> None:
    rig = Rig()
    rig.air.put(SimCard(b"\x01\x02\x03\x04"))
    card = rig.field.find(None)
    assert card is not None
    assert not card.speaks_apdu
    with pytest.raises(CardError, match="does not begin a conversation"):
        rig.field.activate(card)
