"""A man in the middle of the serial line: noise, replays and shuffled frames close no relay."""

import os
import random
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

import pytest

from devices.ports import PowerSwitch, SwitchReported, SwitchState
from devices.registry import POWER, wire
from devices.wiring import Context, SharedResources
from tests.contract.drivers.rig import Events
from tests.firmware.bridge.mcu import RELAY, WAIT_S, Mcu

pytestmark = pytest.mark.needs("avr-gcc")
TTL_MS = 5000
REPLAYS = int(os.environ.get("LOQUET_REPLAYS", "1000"))


class Middle:
    """Passes bytes on, keeps what the host sent, and flips a bit of some chunks, both ways."""

    def __init__(self, mcu: Mcu, seed: int) -> None:
        self._host, slave = os.openpty()
        self._slave = slave
        self._mcu = os.open(mcu.link, os.O_RDWR | os.O_NOCTTY)
        for fd in (slave, self._mcu):
            tty.setraw(fd)
        for fd in (self._host, self._mcu):
            os.set_blocking(fd, False)
        self.link = os.ttyname(slave)
        self.noise = 0.0
        self.sent = bytearray()
        self._chance = random.Random(seed)
        self._end, self._ended = os.pipe()
        self._thread = threading.Thread(target=self._pass_on)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        os.write(self._ended, b"x")
        self._thread.join()
        for fd in (self._host, self._slave, self._mcu, self._end, self._ended):
            os.close(fd)

    def replay(self, count: int) -> None:
        """So many of the host's frames again, in any order, some damaged, at the line's pace."""
        frames = bytes(self.sent).split(b"\0")
        for _ in range(count):
            frame = self._chance.choice(frames) + b"\0"
            assert select.select((), (self._mcu,), (), WAIT_S)[1], "the chip reads no more"
            self._write(self._mcu, self._damaged(frame) if self._chance.random() < 0.3 else frame)

    def _pass_on(self) -> None:
        while True:
            ready, _, _ = select.select((self._host, self._mcu, self._end), (), ())
            if self._end in ready:
                return
            for source, target in ((self._host, self._mcu), (self._mcu, self._host)):
                if source in ready:
                    data = os.read(source, 4096)
                    if source == self._host:
                        self.sent += data
                    noisy = self._chance.random() < self.noise
                    self._write(target, self._damaged(data) if noisy else data)

    @staticmethod
    def _write(fd: int, data: bytes) -> None:
        """What the line does not take is lost: waiting for one side would stop the other."""
        with suppress(BlockingIOError):
            os.write(fd, data)

    def _damaged(self, data: bytes) -> bytes:
        damaged = bytearray(data)
        damaged[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)
        return bytes(damaged)


@pytest.fixture
def middle(mcu: Mcu) -> Iterator[Middle]:
    with Middle(mcu, seed=int.from_bytes(os.urandom(4), "big")) as middle:
        yield middle


def test_noise_and_replays_close_nothing_and_the_link_comes_back(
    mcu: Mcu, middle: Middle, events: Events
) -> None:
    shared = SharedResources()
    table = {"driver": "bridge", "port": middle.link, "relay": 0, "ttl_ms": TTL_MS}
    switch: PowerSwitch = wire(POWER, table, "x").open(
        Context("p", events.queue.put, shared=shared)
    )

    def reported(state: SwitchState) -> None:
        events.first(SwitchReported, lambda event: event.state is state, WAIT_S)

    try:
        reported(SwitchState.OFF)
        switch.on()
        reported(SwitchState.ON)
        middle.noise = 0.3
        for _ in range(20):
            switch.keep_alive()
            mcu.now()
        switch.off()
        mcu.relay(0)
        since = len(mcu.lines)
        middle.replay(REPLAYS)
        middle.noise = 0.0
        mcu.now()
        assert not [line for line in mcu.lines[since:] if line.get("pin") == RELAY]
        while switch.state() is not SwitchState.OFF:
            events.first(SwitchReported, timeout_s=WAIT_S)
        switch.on()
        reported(SwitchState.ON)
    finally:
        switch.close()
        shared.close()
