"""The serial port: found by its path or its board's number, exclusive, never blocking."""

import os
import select
import tty
from collections.abc import Iterator
from contextlib import closing

import pytest

from firmware_bridge.channel import Channel, find_port


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    """The device's end of a pseudo-terminal, and the path of the other."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_a_path_is_taken_as_it_is() -> None:
    assert find_port("/dev/serial/by-id/x") == "/dev/serial/by-id/x"


def test_a_board_that_is_not_plugged_in_is_one_clear_line() -> None:
    with pytest.raises(OSError, match="no USB device with serial number NO-SUCH-BOARD is plugged"):
        Channel("usb:NO-SUCH-BOARD")


def test_bytes_go_both_ways(pty: tuple[int, str]) -> None:
    master, path = pty
    with closing(Channel(path)) as channel:
        channel.write(b"\x00\x11\xff")
        assert select.select((master,), (), (), 20)[0]
        assert os.read(master, 100) == b"\x00\x11\xff"
        os.write(master, b"\x13\x00\x0a")
        assert select.select((channel.fileno(),), (), (), 20)[0]
        assert channel.read() == b"\x13\x00\x0a"


def test_a_port_has_one_process(pty: tuple[int, str]) -> None:
    with closing(Channel(pty[1])), pytest.raises(OSError, match="Could not exclusively lock"):
        Channel(pty[1])


def test_a_peer_that_does_not_read_blocks_nobody(pty: tuple[int, str]) -> None:
    with closing(Channel(pty[1])) as channel:
        for _ in range(100):
            channel.write(bytes(1000))


def test_a_pulled_cable_is_an_error() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    with closing(Channel(os.ttyname(slave))) as channel:
        os.close(slave)
        os.close(master)
        with pytest.raises(OSError, match=r"hung up|Input/output error"):
            channel.read()
