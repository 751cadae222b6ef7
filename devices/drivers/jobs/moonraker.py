"""Driver `moonraker` for meters: the state of a print, from Klipper through Moonraker.

JSON-RPC over its websocket: https://moonraker.readthedocs.io/en/latest/external_api/introduction/
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from devices.drivers.jobs.meter import JobMeter, JobOptions, JobProtocol, Json
from devices.drivers.jobs.octoprint import read_key
from devices.ports import JobState

JOBS = {
    "printing": JobState.RUNNING,
    "paused": JobState.RUNNING,
    "standby": JobState.IDLE,
    "complete": JobState.IDLE,
    "cancelled": JobState.IDLE,
    "error": JobState.IDLE,
}
"""Job states by Klipper's `print_stats.state`."""
INFO, SUBSCRIBE = 1, 2
"""Ids of the two requests."""
_ASK_INFO: Json = {"jsonrpc": "2.0", "method": "server.info", "id": INFO}
_ASK_JOB: Json = {
    "jsonrpc": "2.0",
    "method": "printer.objects.subscribe",
    "params": {"objects": {"print_stats": ["state"]}},
    "id": SUBSCRIBE,
}


class MoonrakerOptions(JobOptions, frozen=True, kw_only=True):
    key_file: Annotated[
        Annotated[str, Meta(pattern="^/.+")] | None,
        Meta(description="path of the file with the API key; none for a trusted client"),
    ] = None


class MoonrakerProtocol:
    """One connection: it asks for Klipper's state first, and for the job once Klipper is ready."""

    def __init__(self, base: str, key: str | None) -> None:
        self._base, self._key = base, key
        self.job: JobState | None = None

    def address(self) -> tuple[str, Mapping[str, str]]:
        """Return the URL, with the key in a header; without a key Moonraker must trust the agent's
        address."""
        headers = {} if self._key is None else {"X-Api-Key": self._key}
        return f"ws{self._base.removeprefix('http')}/websocket", headers

    def hello(self) -> Sequence[Json]:
        """Return the request for Klipper's state."""
        return (_ASK_INFO,)

    def handle(self, message: Json) -> Sequence[Json]:
        """Handle responses and Moonraker's notifications."""
        match message:
            case {"id": _, "error": why}:
                raise OSError(f"it refused: {why}")
            case {"id": 1, "result": {"klippy_state": str(state)}}:
                return self._klipper(state)
            case {"id": 2, "result": {"status": {"print_stats": {"state": str(state)}}}}:
                self.job = JOBS.get(state)
            case {
                "method": "notify_status_update",
                "params": [{"print_stats": {"state": str(state)}}, _],
            }:
                self.job = JOBS.get(state)
            case {"method": "notify_klippy_ready"}:
                return self._klipper("ready")
            case {"method": "notify_klippy_shutdown"}:
                return self._klipper("shutdown")
            case {"method": "notify_klippy_disconnected"}:
                return self._klipper("disconnected")
        return ()

    def _klipper(self, state: str) -> Sequence[Json]:
        """Handle Klipper's state; in `shutdown` it has stopped motors and heaters, so no job
        runs."""
        self.job = JobState.IDLE if state == "shutdown" else None
        return (_ASK_JOB,) if state == "ready" else ()


class Moonraker(JobMeter):
    """Gets the job's state by push; the key is read again at each connection."""

    Options = MoonrakerOptions
    _options: MoonrakerOptions

    def protocol(self) -> JobProtocol:
        """See JobMeter."""
        options = self._options
        key = None if options.key_file is None else read_key(options.key_file)
        return MoonrakerProtocol(options.base, key)
