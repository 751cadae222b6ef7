"""On the shipped elf: Wiegand at both ends of its timing, with spikes; nothing is ever guessed."""

import random
import struct

import pytest

from tests.firmware.board import Board

pytestmark = pytest.mark.needs("avr-gcc")
OK, PARITY, RAW, NOISE = range(4)
# SIA AC-01-1996.10: pulses of 20 to 100 us, 200 us to 20 ms from start to start.
TIMINGS = [(20, 200), (20, 20000), (100, 200), (100, 20000), (50, 1000)]
BUSY_MS = 160  # until the line has sent what `busy` asks for
LINES = ("D2", "D3", "D4", "D5")


def with_parity(chance: random.Random, bits: int) -> str:
    """A frame of chance with the parity of 26, 34 or 37 bits right."""
    half = (bits + 1) // 2
    inner = [chance.randrange(2) for _ in range(bits - 2)]
    first = sum(inner[: half - 1]) % 2
    last = 1 - sum(inner[bits - 2 - (half - 1) :]) % 2
    return "".join(map(str, [first, *inner, last]))


def read(board: Board, since: int) -> list[tuple[int, int, str]]:
    """Reader, verdict and bits of each frame told since then."""
    found = []
    for sent in board.events("WIEGAND", since):
        reader, verdict, bits, _, _, _ = struct.unpack_from("<4BHI", sent.body)
        data = "".join(f"{byte:08b}" for byte in sent.body[10:])
        found.append((reader, verdict, data[:bits]))
    return found


def swipe(
    board: Board,
    reader: int,
    bits: str,
    width: float = 50,
    period: float = 1000,
    drain_ms: float = 45,
) -> list[tuple[int, int, str]]:
    """One card. Gives what was told of it, once the line has had time for all that is on it."""
    since = len(board.lines)
    board.command(f"wiegand {reader} {bits} {width} {period}")
    board.run_ms(len(bits) * period / 1000 + drain_ms)
    return read(board, since)


def busy(board: Board) -> None:
    """Keeps the line full both ways for a while, so that interrupts must wait for each other."""
    board.command(f"send {b''.join(board.frame('READ') for _ in range(12)).hex()}")


@pytest.mark.parametrize(("width", "period"), TIMINGS)
@pytest.mark.parametrize("bits", [26, 34, 37])
def test_a_card_is_read_at_both_ends_of_the_timing(
    board: Board, bits: int, width: int, period: int
) -> None:
    chance = random.Random(bits)
    for reader in (0, 1):
        card = with_parity(chance, bits)
        busy(board)
        assert swipe(board, reader, card, width, period, BUSY_MS) == [(reader, OK, card)]


def test_two_readers_at_once(board: Board) -> None:
    chance = random.Random(7)
    for offset_us in (0, 3, 11, 40, 90):
        cards = with_parity(chance, 26), with_parity(chance, 37)
        since = len(board.lines)
        busy(board)
        board.command(f"wiegand 0 {cards[0]} 20 200")
        board.command(f"at {offset_us} wiegand 1 {cards[1]} 20 200")
        board.run_ms(200)
        assert sorted(read(board, since)) == [(0, OK, cards[0]), (1, OK, cards[1])]


@pytest.mark.parametrize("bits", [26, 34, 37])
def test_a_wrong_bit_is_a_parity_error(board: Board, bits: int) -> None:
    card = with_parity(random.Random(bits), bits)
    for wrong in range(0, bits, 5):
        spoilt = card[:wrong] + "10"[int(card[wrong])] + card[wrong + 1 :]
        assert swipe(board, 0, spoilt) == [(0, PARITY, spoilt)]


@pytest.mark.parametrize("bits", ["1", "0101", "1" * 32, "10" * 28])
def test_other_lengths_come_as_raw_bits(board: Board, bits: str) -> None:
    assert swipe(board, 1, bits) == [(1, RAW, bits)]


@pytest.mark.parametrize("spike_us", [1, 2, 4])
def test_spikes_between_pulses_change_nothing(board: Board, spike_us: int) -> None:
    chance = random.Random(spike_us)
    card = with_parity(chance, 26)
    for bit in range(26):
        line = chance.choice(("D2", "D3"))
        at = bit * 1000 + chance.uniform(200, 800)
        board.command(f"at {at:.1f} pin {line} 0")
        board.command(f"at {at + spike_us:.1f} pin {line} 1")
    assert swipe(board, 0, card) == [(0, OK, card)]


def test_glitches_of_any_length_at_any_moment_never_make_another_card(board: Board) -> None:
    """Whatever a glitch does, what is told as good is the very card, else it is told as bad."""
    chance = random.Random(26)
    verdicts = set()
    for _ in range(80):
        card = with_parity(chance, 26)
        for _ in range(chance.randrange(1, 4)):
            line, at = chance.choice(("D2", "D3")), chance.uniform(0, 26_000)
            board.command(f"at {at:.1f} pin {line} 0")
            board.command(f"at {at + chance.uniform(1, 300):.1f} pin {line} 1")
        for _, verdict, bits in swipe(board, 0, card):
            verdicts.add(verdict)
            assert bits == card or verdict != OK
            assert len(bits) != 26 or verdict != PARITY or bits != card
    assert {OK, NOISE} <= verdicts


@pytest.mark.parametrize(("width", "period"), [(300, 1000), (50, 120)])
def test_pulses_out_of_range_are_noise(board: Board, width: int, period: int) -> None:
    told = swipe(board, 0, with_parity(random.Random(1), 26), width, period)
    assert [verdict for _, verdict, _ in told] == [NOISE]


def test_a_card_cut_short_is_not_joined_to_the_next(board: Board) -> None:
    card = with_parity(random.Random(3), 26)
    assert swipe(board, 0, card[:13]) == [(0, RAW, card[:13])]
    assert swipe(board, 0, card) == [(0, OK, card)]


def test_cables_pulled_and_put_back_tell_no_card(board: Board) -> None:
    since = len(board.lines)
    for line in LINES:
        board.command(f"pin {line} 0")
    board.run_ms(100)
    for line in LINES:
        board.command(f"pin {line} 1")
    board.run_ms(100)
    assert {verdict for _, verdict, _ in read(board, since)} <= {NOISE}
