"""A meter that gets its job from a print server over a websocket; unknown while disconnected."""

import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Annotated, Any, ClassVar, Protocol

import msgspec
from msgspec import Meta

from devices.drivers.meter_thread import MeterThread
from devices.needs import Needs
from devices.ports import JobState, MeterReading
from devices.wiring import Context, JobSensorOptions

RETRY_S = 1.0
SILENT_S = 4.0
"""Default of `silent_after_s`; a loss must be noticed within 5 s."""
WEBSOCKET = Needs(modules=("websocket",), extra="jobs")
WAKE_S = 0.25
"""How soon closing takes effect."""
CONNECT_S = 3.0
"""Timeout for connecting."""
PINGS = 3
"""Number of unanswered pings after which the server counts as lost."""
Json = dict[str, Any]
"""A JSON object."""


class JobOptions(JobSensorOptions, frozen=True, kw_only=True):
    """Options of all print servers."""

    url: Annotated[
        str,
        Meta(pattern=r"^https?://[^ /]+/?$", description='its address, like "http://octopi.local"'),
    ]
    silent_after_s: Annotated[
        float, Meta(ge=0.5, le=60, description="seconds without an answer, 0.5 to 60")
    ] = SILENT_S

    @property
    def base(self) -> str:
        """The address without a final slash."""
        return self.url.rstrip("/")


class JobProtocol(Protocol):
    """One connection to a print server of a certain kind: what to send, and how to read
    messages."""

    @property
    def job(self) -> JobState | None:
        """The state of the job by the last message; None: unknown."""

    def address(self) -> tuple[str, Mapping[str, str]]:
        """Return the websocket's URL and headers, after signing in if needed. Raises OSError."""

    def hello(self) -> Sequence[Json]:
        """Return the messages to send after connecting."""

    def handle(self, message: Json) -> Sequence[Json]:
        """Handle a message, and return the messages to send in response.

        Raises OSError if it is a refusal.
        """


class JobMeter(MeterThread):
    """The meter of a print server, on a thread of its own.

    A lost server is a fault, and is tried again.
    """

    detects_s: ClassVar[float | None] = SILENT_S + WAKE_S
    """With the default of `silent_after_s`; a server that was never there is noticed after
    `CONNECT_S`."""
    needs: ClassVar[Needs] = WEBSOCKET

    def __init__(self, options: JobOptions, context: Context) -> None:
        """Start connecting. A missing server is a fault, not an error."""
        self._options = options
        self._context = context
        super().__init__(context)

    def protocol(self) -> JobProtocol:
        """Return the protocol for a new connection. Raises OSError."""
        raise NotImplementedError

    def run(self) -> None:
        """See MeterThread."""
        from websocket import WebSocketException

        while not self._stopping.is_set():
            try:
                self._run_connection(self.protocol())
            except (OSError, HTTPException, WebSocketException, ValueError) as error:
                why = str(error) or type(error).__name__
                self._reports.report_silent(f"{self._options.url}: {why}")
                self._stopping.wait(RETRY_S)

    def _run_connection(self, protocol: JobProtocol) -> None:
        import websocket

        url, headers = protocol.address()
        connection: Any = websocket.create_connection(
            url, timeout=CONNECT_S, header=dict(headers), http_no_proxy=["*"]
        )
        try:
            connection.settimeout(WAKE_S)
            _send(connection, protocol.hello())
            self._listen(connection, protocol)
        finally:
            connection.shutdown()

    def _listen(self, connection: Any, protocol: JobProtocol) -> None:
        """Handle messages and pongs; each shows that the server is alive, and is reported as a
        sample."""
        from websocket import ABNF, WebSocketTimeoutException

        heard_s = pinged_s = time.monotonic()
        silent_s = self._options.silent_after_s
        while not self._stopping.is_set():
            try:
                opcode, data = connection.recv_data(control_frame=True)
            except WebSocketTimeoutException:
                opcode = None
            now_s = time.monotonic()
            if opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_PONG):
                heard_s = now_s
            if opcode == ABNF.OPCODE_TEXT:
                _send(connection, protocol.handle(msgspec.json.decode(data, type=Json)))
            if opcode == ABNF.OPCODE_CLOSE:
                raise OSError("it closed the connection")
            if now_s - heard_s > silent_s:
                raise OSError(f"nothing from it for {silent_s:g} s")
            if opcode == ABNF.OPCODE_PONG or MeterReading(job=protocol.job) != self.reading():
                self._reports.report(MeterReading(job=protocol.job))
            if now_s - pinged_s > silent_s / PINGS:
                pinged_s = now_s
                connection.ping()


def _send(connection: Any, messages: Sequence[Json]) -> None:
    for message in messages:
        connection.send(msgspec.json.encode(message).decode())
