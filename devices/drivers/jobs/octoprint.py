"""Driver `octoprint` for meters: the state of a print, from OctoPrint.

It signs in with an application key (REST), then uses the push API:
https://docs.octoprint.org/en/main/api/
"""

import urllib.request
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from controller.settings import SettingsError
from controller.settings.reading import read_secret
from devices.drivers.jobs.meter import CONNECT_S, JobMeter, JobOptions, JobProtocol, Json
from devices.ports import JobState

RUNNING_FLAGS = ("printing", "paused", "pausing", "resuming", "cancelling", "finishing")
"""Flags of OctoPrint that mean that a job runs."""


class OctoPrintOptions(JobOptions, frozen=True, kw_only=True):
    key_file: Annotated[
        str, Meta(pattern="^/.+", description="path of the file with the application key")
    ]


def job_of(flags: Mapping[str, object]) -> JobState | None:
    """Return the job's state by OctoPrint's flags; None if no printer is connected."""
    if any(flags.get(flag) for flag in RUNNING_FLAGS):
        return JobState.RUNNING
    return JobState.IDLE if flags.get("operational") else None


class OctoPrintProtocol:
    """One signed-in connection to the push API, subscribed to the state only."""

    def __init__(self, base: str, key: str) -> None:
        self._base, self._key = base, key
        self._session = ""
        self.job: JobState | None = None

    def address(self) -> tuple[str, Mapping[str, str]]:
        """Sign in with the key (passive login), which the push API requires; return the URL."""
        request = urllib.request.Request(  # noqa: S310  the option's pattern allows http(s) alone
            f"{self._base}/api/login",
            data=b'{"passive":true}',
            headers={"Content-Type": "application/json", "X-Api-Key": self._key},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=CONNECT_S) as answer:
            user = msgspec.json.decode(answer.read(), type=Json)
        self._session = f"{user.get('name')}:{user.get('session')}"
        return f"ws{self._base.removeprefix('http')}/sockjs/websocket", {}

    def hello(self) -> Sequence[Json]:
        """Authenticate and subscribe."""
        subscribe = {"state": {"logs": False, "messages": False}, "plugins": [], "events": []}
        return {"auth": self._session}, {"subscribe": subscribe}

    def handle(self, message: Json) -> Sequence[Json]:
        """Handle `history`, which comes once, and `current`, which comes at each change.

        Raises OSError at `reauthRequired`, so that the meter signs in again.
        """
        match message:
            case {"reauthRequired": _}:
                raise OSError("it requires a new sign-in")
            case {"current": {"state": {"flags": dict(flags)}}}:
                self.job = job_of(flags)
            case {"history": {"state": {"flags": dict(flags)}}}:
                self.job = job_of(flags)
        return ()


class OctoPrint(JobMeter):
    """Gets the job's state by push; the key is read again at each connection."""

    Options = OctoPrintOptions
    _options: OctoPrintOptions

    def protocol(self) -> JobProtocol:
        """See JobMeter."""
        return OctoPrintProtocol(self._options.base, read_key(self._options.key_file))


def read_key(path: str) -> str:
    """Read the file of a key.

    Raises OSError, so that a missing key is a fault like a missing server.
    """
    try:
        return read_secret(path)
    except SettingsError as error:
        raise OSError(str(error)) from error
