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

    def want(self, *, current: bool) -> None:
        if not current and self.errors:
            raise self.errors.pop()
        self.told.put((current, threading.current_thread().name))

    def not_locked(self, error: DeviceError) -> None:
        self.wrong.put(error)

    def let_go(self) -> None:
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
    own = [each for each in threading.enumerate() if each is coil._thread]
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


def test_what_could_not_be_locked_is_told_and_the_next_is_locked(coil: Coil) -> None:
    coil.errors.append(DeviceError("no answer"))
    coil.release(0.001)
    assert str(coil.wrong.get(timeout=WAIT_S)) == "no answer"
    coil.release(0.001)
    assert [coil.next()[0] for _ in range(3)] == [True, True, False]
    coil.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_after_an_error_of_the_driver_itself_the_next_is_locked(coil: Coil) -> None:
    coil.errors.append(ValueError("a fault in it"))
    coil.release(0.001)
    assert coil._thread is not None
    coil._thread.join(WAIT_S)
    coil.release(0.001)
    assert [coil.next()[0] for _ in range(3)] == [True, True, False]
    coil.close()
