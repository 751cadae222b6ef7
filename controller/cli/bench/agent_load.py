"""Measure an agent's load: CPU and disk writes at rest, and syncs to disk for each tap.

Each commit to an agent's files is one sync of their write-ahead log, and SQLite marks the last
frame of each commit in it (sqlite.org/fileformat2, the WAL format). So commits can be counted
without tracing. `strace -f -e trace=fsync,fdatasync -p PID` gives the same number.
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
"""Databases of an agent whose commits are counted."""
IDLE_S = 20.0
"""Seconds over which the CPU load at rest is measured."""
REST_S = 130.0
"""Long enough for two policy heads, which arrive every minute."""
_POLL_S = 1.0
_MARKED_WITHIN_S = 100.0
"""How long until the agent has stored what `Venue.marked` waits for: a policy head every minute."""
CYCLES = 5
"""Number of cycles; each taps every machine on and off."""
_HEADER, _FRAME = 32, 24
"""Bytes of the log's header, and of the header of each of its frames."""
_SETTLE_S = 1.0
_STAT_UTIME = 13
"""Index of utime among the fields of /proc/PID/stat; stime follows."""


def idle_cpu(venue: Venue) -> Figure:
    """Measure the percentage of one core that the agent uses while nobody taps."""
    venue.settle()
    before, began = busy_s(venue.agent.pid), time.monotonic()
    time.sleep(IDLE_S)
    busy, taken_s = busy_s(venue.agent.pid) - before, time.monotonic() - began
    note = f"of one core, over {taken_s:.0f} s"
    return Figure("agent_idle_cpu", "%", value=100 * busy / taken_s, note=note)


def rest_writes(venue: Venue) -> Figure:
    """Count the seconds with disk writes by the agent at rest, with the controller running.

    The kernel's count (proc(5), io) includes every file of the process, also logs.
    """
    venue.settle()
    _taps_are_written(venue)
    venue.settle()
    time.sleep(_SETTLE_S)
    pid = venue.agent.pid
    byte_count, seconds, end = _bytes_written(pid), 0, time.monotonic() + REST_S
    while time.monotonic() < end:
        time.sleep(_POLL_S)
        before, byte_count = byte_count, _bytes_written(pid)
        seconds += byte_count > before
    note = f"seconds with writes, of {REST_S:.0f} at rest"
    return Figure("agent_rest_writes", "", value=seconds, note=note)


def tap_syncs(venue: Venue) -> Figure:
    """Measure commits per tap without a controller: acknowledgements are not synced."""
    venue.settle()
    wait_until(venue.marked, "the agent has not written its marks of the hour", _MARKED_WITHIN_S)
    with _broker_stopped(venue):
        time.sleep(_SETTLE_S)
        before, taps = commits(venue.agent_state), 0
        for _ in range(CYCLES):
            for on in (True, False):
                taps += _taps(venue, on)
        time.sleep(_SETTLE_S)
        commit_count = commits(venue.agent_state) - before
    return Figure(
        "agent_tap_syncs", "", value=commit_count / taps, note=f"commits a tap, of {taps}"
    )


def _taps_are_written(venue: Venue) -> None:
    """Check that a tap shows up in the disk counter. Raises BenchFailed for a folder in memory."""
    before = _bytes_written(venue.agent.pid)
    for on in (True, False):
        _taps(venue, on)
    if _bytes_written(venue.agent.pid) <= before:
        raise BenchFailed(f"{venue.agent_state} is on no disk; set TMPDIR to a folder that is")


def _bytes_written(pid: int) -> int:
    """Return the bytes that a process has sent towards a disk (proc(5), io: write_bytes)."""
    lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def commits(folder: Path) -> int:
    """Count the commits in the write-ahead logs of an agent's files."""
    return sum(_commits(folder / f"{name}-wal") for name in FILES)


def _commits(wal: Path) -> int:
    data = wal.read_bytes() if wal.exists() else b""
    if len(data) < _HEADER:
        return 0
    page, salts = int.from_bytes(data[8:12], "big"), data[16:24]
    frames = (data[at : at + _FRAME] for at in range(_HEADER, len(data) - _FRAME, _FRAME + page))
    # Frames left from an earlier round of the log have another salt; a commit frame has the file's
    # size.
    return sum(frame[8:16] == salts and frame[4:8] != b"\0" * 4 for frame in frames)


def _taps(venue: Venue, on: bool) -> int:
    """Tap a badge at each machine; returns the number of taps."""
    for machine, badge in zip(MACHINES, venue.badges, strict=False):
        venue.bench.do("tap", reader=machine, credential=badge)
        expected = {"machine": machine, "closed": on}
        venue.bench.wait_for(lambda event, expected=expected: expected.items() <= event.items())  # type: ignore[misc]
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
    """Return the processor seconds of a process (proc(5), stat)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError as error:
        raise BenchFailed(f"the agent is gone: {error}") from error
    fields = text.rsplit(")", 1)[1].split()
    # the first two fields, before the bracket, are cut off
    ticks = int(fields[_STAT_UTIME - 2]) + int(fields[_STAT_UTIME - 1])
    return ticks / os.sysconf("SC_CLK_TCK")
