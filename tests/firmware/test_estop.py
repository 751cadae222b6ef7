"""On the shipped elf: E-stop cuts with no link at all, and its latch outlives everything."""

import random
from collections.abc import Callable

import pytest

from tests.firmware.board import BOOT_MS, CYCLES_PER_MS, ESTOP, Board, nak_reason

pytestmark = pytest.mark.needs("avr-gcc")
NAK_ESTOP, NAK_ESTOP_PRESSED = 7, 8
PRESSED, LATCHED = 1, 2
MEMORY = 5  # LQ_FAULT_MEMORY
SPOILT_RECORD = "01000000DEADBEEF"


def flags(board: Board) -> int:
    """LQ_FLAG_* bits as the chip tells them."""
    return board.ask("READ").body[3]


def press(board: Board) -> None:
    """Opens the E-stop contact, and lets its record reach EEPROM."""
    board.command(f"pin {ESTOP} 1")
    board.run_ms(60)


def release(board: Board) -> None:
    """Closes the contact again."""
    board.command(f"pin {ESTOP} 0")
    board.run_ms(10)


def test_estop_cuts_within_5_ms_with_no_link(board: Board) -> None:
    chance = random.Random(5)
    for _ in range(20):
        board.close(0xF, 5000)
        since = len(board.lines)
        board.run_ms(chance.uniform(0, 2))
        board.command("unplug")
        board.command(f"pin {ESTOP} 1")
        pressed_at = board.now
        board.run_ms(10)
        assert (board.opened_at(since) - pressed_at) / CYCLES_PER_MS <= 5
        release(board)
        assert board.ask("RESET_ESTOP").type == "STATUS"


def test_estop_cuts_while_the_line_is_flooded(board: Board) -> None:
    board.close(0xF, 5000)
    since = len(board.lines)
    renewals = b"".join(board.frame("RENEW", "<BH", 0xF, 5000) for _ in range(40))
    board.command(f"send {renewals.hex()}")
    board.run_ms(15)
    board.command(f"pin {ESTOP} 1")
    pressed_at = board.now
    board.run_ms(100)
    assert (board.opened_at(since) - pressed_at) / CYCLES_PER_MS <= 5


def test_estop_is_latched_through_release_reconnection_and_reset(board: Board) -> None:
    board.close(0xF, 5000)
    press(board)
    release(board)
    assert flags(board) == LATCHED
    assert board.hello().body[6] == LATCHED
    assert nak_reason(board.ask("SET", "<BH", 1, 500)) == NAK_ESTOP
    for how in ("reset", "brownout", "hang dead", "off"):
        board.command(how)
        board.command("at 5000 on" if how == "off" else "at 0 pin B0 1")
        board.run_ms(500)
        assert board.events("BOOT")[-1].body[6] == LATCHED
        board.hello()
        assert nak_reason(board.ask("SET", "<BH", 1, 500)) == NAK_ESTOP
        assert board.relays == 0


def test_only_a_reset_while_released_clears_the_latch(board: Board) -> None:
    press(board)
    assert flags(board) == PRESSED | LATCHED
    assert nak_reason(board.ask("RESET_ESTOP")) == NAK_ESTOP_PRESSED
    release(board)
    board.ask("CLEAR_FAULTS", "<H", 0xFFFF)
    assert flags(board) == LATCHED
    assert board.ask("RESET_ESTOP").body[3] == 0
    assert board.relays == 0
    board.run_ms(60)
    board.command("reset")
    board.run_ms(BOOT_MS)
    board.hello()
    board.close()


def test_estop_open_at_power_on_keeps_everything_open(start_board: Callable[..., Board]) -> None:
    board = start_board("--estop-open")
    assert board.hello().body[6] == PRESSED | LATCHED
    assert nak_reason(board.ask("SET", "<BH", 1, 500)) == NAK_ESTOP
    assert not board.edges()


def test_each_press_is_told_and_counted(board: Board) -> None:
    for press_number in range(1, 4):
        since = len(board.lines)
        press(board)
        release(board)
        told = [(sent.body[0], sent.body[1], sent.body[2]) for sent in board.events("INPUT", since)]
        assert told == [(8, 1, 2 * press_number - 1), (8, 0, 2 * press_number)]
        board.ask("RESET_ESTOP")


def test_a_damaged_record_counts_as_latched(board: Board) -> None:
    board.command(f"eeprom 16 {SPOILT_RECORD}")
    board.command("reset")
    board.run_ms(BOOT_MS)
    assert board.hello().body[6] == LATCHED
    assert board.ask("READ").body[4] >> MEMORY & 1


def test_power_lost_while_the_latch_is_written_never_unlatches_by_half(board: Board) -> None:
    """RESET_ESTOP's record is cut off at each stage: latched until all of it is written."""
    outcomes = []
    for cut_us in range(1600, 8000, 400):
        press(board)
        release(board)
        board.send("RESET_ESTOP")
        board.command(f"at {cut_us} off")
        board.command(f"at {cut_us + 1000} on")
        board.run_ms(BOOT_MS + 30)
        board.hello()
        body = board.ask("READ").body
        outcomes.append((body[3], body[4] >> MEMORY & 1))
        board.ask("RESET_ESTOP")
        board.run_ms(60)
    assert list(dict.fromkeys(outcomes)) == [(LATCHED, 0), (LATCHED, 1), (0, 0)]
