"""What an agent costs its board: processor and SD card while nothing happens, syncs for each tap.

Each commit of the agent's files is one sync of their write-ahead log, and SQLite marks the last
frame of each commit there (sqlite.org/fileformat2, the WAL format): so counting them needs no
tracing. `strace -f -e trace=fsync,fdatasync -p PID` says the same.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure
from controller.cli.bench.venue import GONE_AFTER_S, MACHINES, Venue, wait_until

FILES = ("state.db", "journal.db", "policy.db")
IDLE_S = 20.0
REST_S = 130.0
"""Long enough for two heads of the policy, which come every minute."""
_LOOK_S = 1.0
_MARKED_WITHIN_S = 100.0
"""The policy's head comes every minute."""
CYCLES = 5
_HEADER, _FRAME = 32, 24
_SETTLE_S = 1.0
_STAT_UTIME = 13


def idle_cpu(venue: Venue) -> Figure:
    """Percent of one core that the agent takes while nobody taps."""
    venue.settle()
    before, began = busy_s(venue.agent.pid), time.monotonic()
    time.sleep(IDLE_S)
    busy, taken_s = busy_s(venue.agent.pid) - before, time.monotonic() - began
    note = f"of one core, over {taken_s:.0f} s"
    return Figure("agent_idle_cpu", "%", value=100 * busy / taken_s, note=note)


def rest_writes(venue: Venue) -> Figure:
    """Seconds in which the agent gave its disk anything, while nobody taps and the controller is
    there. The kernel counts (proc(5), io): every file that it writes, its log and SQLite's too.
    """
    venue.settle()
    _taps_are_written(venue)
    venue.settle()
    time.sleep(_SETTLE_S)
    pid = venue.agent.pid
    written, seconds, end = _written(pid), 0, time.monotonic() + REST_S
    while time.monotonic() < end:
        time.sleep(_LOOK_S)
        before, written = written, _written(pid)
        seconds += written > before
    note = f"seconds with writes, of {REST_S:.0f} at rest"
    return Figure("agent_rest_writes", "", value=seconds, note=note)


def tap_syncs(venue: Venue) -> Figure:
    """Commits for each tap, with nobody to acknowledge: an acknowledgement is no sync."""
    venue.settle()
    wait_until(venue.marked, "the agent has not written its marks of the hour", _MARKED_WITHIN_S)
    with _broker_stopped(venue):
        time.sleep(_SETTLE_S)
        before, taps = commits(venue.agent_state), 0
        for _ in range(CYCLES):
            for on in (True, False):
                taps += _taps(venue, on)
        time.sleep(_SETTLE_S)
        made = commits(venue.agent_state) - before
    return Figure("agent_tap_syncs", "", value=made / taps, note=f"commits a tap, of {taps}")


def _taps_are_written(venue: Venue) -> None:
    """What is counted at rest is seen at a tap. Raises BenchFailed: a folder in memory has none."""
    before = _written(venue.agent.pid)
    for on in (True, False):
        _taps(venue, on)
    if _written(venue.agent.pid) <= before:
        raise BenchFailed(f"{venue.agent_state} is on no disk; set TMPDIR to a folder that is")


def _written(pid: int) -> int:
    """Bytes that a process has sent towards a disk (proc(5), io: write_bytes)."""
    lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def commits(folder: Path) -> int:
    """Commits in the write-ahead logs of an agent's files. Raises BenchFailed."""
    return sum(_commits(folder / f"{name}-wal") for name in FILES)


def _commits(wal: Path) -> int:
    data = wal.read_bytes() if wal.exists() else b""
    if len(data) < _HEADER:
        return 0
    page, salts = int.from_bytes(data[8:12], "big"), data[16:24]
    frames = (data[at : at + _FRAME] for at in range(_HEADER, len(data) - _FRAME, _FRAME + page))
    # Frames of an earlier round of the log have other salts; a commit says how large the file is.
    return sum(frame[8:16] == salts and frame[4:8] != b"\0" * 4 for frame in frames)


def _taps(venue: Venue, on: bool) -> int:
    """Somebody taps each machine; returns how many did."""
    for machine, badge in zip(MACHINES, venue.badges, strict=False):
        venue.bench.do("tap", reader=machine, credential=badge)
        wanted = {"machine": machine, "closed": on}
        venue.bench.wait_for(lambda event, wanted=wanted: wanted.items() <= event.items())  # type: ignore[misc]
        time.sleep(_SETTLE_S / 4)
    time.sleep(2 * GONE_AFTER_S)
    return len(MACHINES)


@contextmanager
def _broker_stopped(venue: Venue) -> Iterator[None]:
    os.kill(venue.demo.broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(venue.demo.broker.pid, signal.SIGCONT)


def busy_s(pid: int | None) -> float:
    """Processor seconds of a process (proc(5), stat)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError as error:
        raise BenchFailed(f"the agent is gone: {error}") from error
    fields = text.rsplit(")", 1)[1].split()
    ticks = int(fields[_STAT_UTIME - 2]) + int(fields[_STAT_UTIME - 1])
    return ticks / os.sysconf("SC_CLK_TCK")
