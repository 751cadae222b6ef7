"""Measure how much memory a process uses (proc(5)): now, and at its peak."""

from pathlib import Path

from controller.cli.bench.figure import Figure
from controller.cli.demo.processes import Process

_KB_PER_MB = 1024


def measure(name: str, process: Process) -> Figure:
    """Measure resident memory in MB: `value` now, `max` the peak since its start."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    values = dict(line.split(":", 1) for line in lines)
    now, peak = (int(values[key].split()[0]) / _KB_PER_MB for key in ("VmRSS", "VmHWM"))
    return Figure(name, "MB", value=now, max=peak, note="max: its peak so far")
