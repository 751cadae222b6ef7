"""What strikes share: they lock again by themselves, however often, whatever went wrong before."""

import queue
import threading

import pytest

from devices.drivers.timed_strike import TimedStrike
from devices.ports import DeviceError, FailMode

WAIT_S = 180.0


class Coil(TimedStrike):
    """Notes each change of its current, and who made it; an error is raised once."""

    def __init__(self) -> None:
        super().__init__(FailMode.FAIL_SECURE)
        self.told: queue.Queue[tuple[bool, str]] = queue.Queue()
        self.errors: list[Exception] = []
        self.wrong: queue.Queue[DeviceError] = queue.Queue()

    def set_current(self, *, current: bool) -> None:
        if not current and self.errors:
            raise self.errors.pop()
        self.told.put((current, threading.current_thread().name))

    def lock_failed(self, error: DeviceError) -> None:
        self.wrong.put(error)

    def shut_down(self) -> None:
        self.told.put((False, "let go"))

    def next(self) -> tuple[bool, str]:
        return self.told.get(timeout=WAIT_S)


@pytest.fixture
def coil() -> Coil:
    return Coil()


def test_one_thread_locks_it_again_however_often(coil: Coil) -> None:
    for _ in range(20):
        coil.release(0.001)
        assert coil.next()[0]
        assert coil.next() == (False, "strike")
    own = [thread for thread in threading.enumerate() if thread is coil._thread]
    assert len(own) == 1
    coil.close()
    assert coil.next() == (False, "let go")
    own[0].join(WAIT_S)
    assert not own[0].is_alive()


def test_a_later_release_counts_alone(coil: Coil) -> None:
    coil.release(0.001)
    coil.release(None)
    coil.lock()
    coil.release(3600)
    coil.release(0.001)
    last = [coil.next() for _ in range(coil.told.qsize())]
    while last[-1] != (False, "strike"):
        last.append(coil.next())
    assert coil.told.empty()
    coil.close()


@pytest.mark.parametrize("error", [DeviceError("no answer"), ValueError("a fault in it")])
def test_what_could_not_be_locked_is_told_once_and_tried_until_it_is(
    coil: Coil, error: Exception
) -> None:
    """Also where the driver itself is at fault: a door depends on that thread."""
    coil.errors += [error, error]
    coil.release(0.001)
    assert coil.next()[0]
    assert coil.next() == (False, "strike")
    assert str(error) in str(coil.wrong.get(timeout=WAIT_S))
    assert coil.wrong.empty()
    coil.release(0.001)
    assert [coil.next()[0] for _ in range(2)] == [True, False]
    coil.close()


def test_what_could_not_be_locked_at_once_is_locked_a_moment_later(coil: Coil) -> None:
    coil.release()
    coil.errors.append(DeviceError("no answer"))
    with pytest.raises(DeviceError):
        coil.lock()
    assert coil.next()[0]
    assert coil.next() == (False, "strike")
    coil.close()


def test_none_is_released_without_an_end(coil: Coil, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with pytest.raises(DeviceError, match="nobody could lock it"):
        coil.release(5)
    assert coil.told.empty()
    coil.close()
