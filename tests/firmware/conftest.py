"""The shipped firmware on a simulated ATmega328P, for each test a chip of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.firmware.board import Board
from tests.support.firmware import Firmware


@pytest.fixture
def start_board(firmware: Firmware) -> Iterator[Callable[..., Board]]:
    """Starts a chip, with these arguments to the bench; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(Board(firmware, *arguments))


@pytest.fixture
def board(start_board: Callable[..., Board]) -> Board:
    """A chip that has started and said hello, E-stop released, relays open."""
    board = start_board()
    board.hello()
    return board
