"""The time at which this agent last ran in this boot, in shared memory, which outlasts the process
but not a restart.

A process that is killed can't write anything. Without this, the seconds from its last commit to its
end would be unknown. Written to an SD card four times a second, it would wear the card out.
"""

import mmap
import os
import struct
import uuid
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_LAYOUT = struct.Struct("=16sdd")
"""Boot id; monotonic seconds of the last beat; monotonic seconds when outputs were switched off
after it, or 0."""
_MEMORY = Path("/dev/shm")  # noqa: S108


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The last beat of the agent's previous run in this boot, in monotonic seconds."""

    alive_s: float
    off_s: float | None = None
    """When `loquet agent --outputs-off` switched its outputs off, after it had died."""


class Heartbeat:
    """Written by the loop, and read once at the next start. Errors of the file are ignored."""

    def __init__(self, state_dir: Path, boot: str) -> None:
        """`before` is what an earlier run of this boot left, or None."""
        self._boot = uuid.UUID(boot).bytes
        self._map = _map(memory_path(state_dir))
        self.before: LastSeen | None = None
        if self._map is not None:
            left, alive_s, off_s = _LAYOUT.unpack_from(self._map)
            if left == self._boot:
                self.before = LastSeen(alive_s, off_s if off_s > alive_s else None)

    def beat(self, mono_s: float) -> None:
        """Note that the agent is alive at that time."""
        self._write(mono_s, 0.0)

    def outputs_off(self, mono_s: float) -> None:
        """Store that the agent has died, and since when its outputs are off."""
        if self.before is not None:
            self._write(self.before.alive_s, mono_s)

    def close(self) -> None:
        """Close the file; its content stays."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _write(self, alive_s: float, off_s: float) -> None:
        if self._map is not None:
            _LAYOUT.pack_into(self._map, 0, self._boot, alive_s, off_s)


def memory_path(state_dir: Path, kind: str = "") -> Path:
    """Return the path in memory for a state folder (and kind): in the unit's folder under /run, or
    in /dev/shm."""
    folder = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    name = sha256(str(state_dir.resolve()).encode()).hexdigest()[:16]
    return Path(folder or _MEMORY) / "-".join(filter(None, ("loquet-agent", name, kind)))


def _map(path: Path) -> mmap.mmap | None:
    """Map the file; None if that fails, or the file is another user's."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        if os.fstat(handle).st_uid != os.geteuid():
            return None
        os.ftruncate(handle, _LAYOUT.size)
        return mmap.mmap(handle, _LAYOUT.size)
    except (OSError, ValueError):
        return None
    finally:
        os.close(handle)
