"""On the shipped elf: inputs miss no change, and RMS is taken over whole mains cycles."""

import math
import struct

import pytest

from tests.firmware.board import ESTOP, INPUT_PINS, Board
from tests.support.firmware import Firmware

pytestmark = pytest.mark.needs("avr-gcc")


def test_every_input_is_told_by_its_number(board: Board) -> None:
    for number, pin in enumerate(INPUT_PINS):
        for level in (0, 1):
            since = len(board.lines)
            board.command(f"pin {pin} {level}")
            board.run_ms(20)
            told = [sent.body[:2] for sent in board.events("INPUT", since)]
            assert told == [bytes([number, level])]
    assert struct.unpack_from("<9H", board.ask("READ").body, 18) == (2,) * 8 + (0,)


def test_no_change_is_missed_while_the_line_is_busy(board: Board) -> None:
    """All inputs change every 6 ms, more than the line can tell one by one: the counts tell all."""
    changes = 50
    board.command(f"send {(board.frame('READ') + board.frame('READ')).hex()}")
    for change in range(changes):
        for pin in INPUT_PINS:
            board.command(f"pin {pin} {change % 2}")
        board.run_ms(6)
    board.run_ms(200)
    counts: dict[int, int] = {}
    for sent in board.events("INPUT"):
        number, _, count = struct.unpack_from("<BBH", sent.body)
        assert count > counts.get(number, 0)
        counts[number] = count
    assert counts == dict.fromkeys(range(8), changes)
    seqs = [sent.seq for sent in board.events("INPUT")]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


def test_bounce_is_one_change(board: Board) -> None:
    for bounce in range(8):
        board.command(f"at {bounce * 2000} pin D7 0")
        board.command(f"at {bounce * 2000 + 900} pin D7 1")
    board.command("at 16000 pin D7 0")
    board.run_ms(60)
    assert [sent.body[:4] for sent in board.events("INPUT")] == [bytes([0, 0, 1, 0])]


@pytest.mark.parametrize("hertz", [50, 60])
def test_rms_of_a_sine(board: Board, hertz: int) -> None:
    """A current transformer's signal around half the supply: 1 V amplitude is 144.7 steps RMS."""
    board.command(f"adc 6 2500 1000 {hertz}")
    board.command(f"adc 7 2500 100 {hertz}")
    board.run_ms(600)
    first = board.ask("READ")
    board.run_ms(600)
    second = board.ask("READ")
    for report in (first, second):
        rms = struct.unpack_from("<2H", report.body, 48)
        assert rms[0] / 16 == pytest.approx(1000 / 5000 * 1023 / math.sqrt(2), rel=0.01)
        assert rms[1] / 16 == pytest.approx(100 / 5000 * 1023 / math.sqrt(2), rel=0.03)
        assert struct.unpack_from("<H", report.body, 52)[0] / 16 == pytest.approx(511.5, abs=2)
    windows = [struct.unpack_from("<H", report.body, 46)[0] for report in (first, second)]
    assert windows[1] - windows[0] in (3, 4)


def test_no_current_is_no_rms_and_a_clipped_signal_is_seen(board: Board) -> None:
    board.command("adc 7 2500 4000 50")
    board.run_ms(600)
    body = board.ask("READ").body
    assert struct.unpack_from("<H", body, 48)[0] == 0
    assert struct.unpack_from("<2H", body, 56)[1] >= 511


def test_the_uno_has_two_inputs_fewer_and_its_analogue_channels_elsewhere(
    firmware: Firmware,
) -> None:
    with Board(firmware, elf=firmware.uno) as board:
        assert board.hello().body[:5] == bytes([4, 0x3F, 2, 2, 0])
        board.command("adc 4 2500 1000 50")
        for pin in INPUT_PINS:
            board.command(f"pin {pin} 0")
        board.run_ms(600)
        assert {sent.body[0] for sent in board.events("INPUT")} == set(range(6))
        body = board.ask("READ").body
        assert struct.unpack_from("<H", body, 48)[0] / 16 == pytest.approx(144.7, rel=0.01)
        board.close(0xF)
        board.command(f"pin {ESTOP} 1")
        board.run_ms(5)
        assert board.relays == 0


def test_the_stack_leaves_room(board: Board) -> None:
    """After all kinds of work at once, RAM that nothing ever reached remains."""
    board.command("wiegand 0 10110011100011110000111110")
    board.command("wiegand 1 10110011100011110000111110")
    board.command(f"send {b''.join(board.frame('READ') for _ in range(10)).hex()}")
    board.run_ms(200)
    board.close(0xF)
    board.run_ms(400)
    assert struct.unpack_from("<H", board.ask("READ").body, 60)[0] >= 512
