"""When this agent was last alive in this boot: kept in memory, which outlasts it but not a boot.

A process that is killed writes nothing more. Without this mark the seconds between its last commit
and its end would be unknown; written to an SD card four times a second, it would wear that out.
"""

import mmap
import os
import struct
import uuid
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_LAYOUT = struct.Struct("=16sdd")
"""Boot id; monotonic seconds of the last beat; of the moment outputs were put off since, or 0."""
_MEMORY = Path("/dev/shm")  # noqa: S108


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What is known of the agent that ran before in this boot. Monotonic seconds."""

    alive_s: float
    off_s: float | None = None
    """When `loquet agent --outputs-off` put its outputs off, after it died."""


class Heartbeat:
    """Beaten by the loop; read once, by the next start. Nothing here ever raises for the file."""

    def __init__(self, state_dir: Path, boot: str) -> None:
        """`before` is what an earlier run in this boot left, or None."""
        self._boot = uuid.UUID(boot).bytes
        self._map = _map(place_of(state_dir))
        self.before: LastSeen | None = None
        if self._map is not None:
            left, alive_s, off_s = _LAYOUT.unpack_from(self._map)
            if left == self._boot:
                self.before = LastSeen(alive_s, off_s if off_s > alive_s else None)

    def beat(self, mono_s: float) -> None:
        """The agent is alive at that time."""
        self._write(mono_s, 0.0)

    def outputs_off(self, mono_s: float) -> None:
        """The agent is dead, and its outputs are off now."""
        if self.before is not None:
            self._write(self.before.alive_s, mono_s)

    def close(self) -> None:
        """Let go of the file; what it says stays."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _write(self, alive_s: float, off_s: float) -> None:
        if self._map is not None:
            _LAYOUT.pack_into(self._map, 0, self._boot, alive_s, off_s)


def place_of(state_dir: Path, kind: str = "") -> Path:
    """One place in memory for each state folder (and kind): in the unit's own folder under /run or
    in shared memory."""
    folder = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    name = sha256(str(state_dir.resolve()).encode()).hexdigest()[:16]
    return Path(folder or _MEMORY) / "-".join(filter(None, ("loquet-agent", name, kind)))


def _map(path: Path) -> mmap.mmap | None:
    """The file in memory; None where there is none, or it is somebody else's."""
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
