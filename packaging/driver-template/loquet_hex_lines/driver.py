"""Driver `hex_lines` for readers: a serial device that sends each UID as a line of hexadecimal."""

import threading
import time
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from controller.domain.facts import Assurance
from controller.domain.ids import parse_credential_id
from devices.needs import SERIAL, Needs
from devices.ports import (
    CredentialRead,
    Fault,
    FaultCleared,
    FaultKind,
    FrameRejected,
    ReaderCapabilities,
)
from devices.wiring import Context, ReaderOptions

RETRY_S = 1.0


class HexLinesOptions(ReaderOptions, frozen=True, kw_only=True):
    port: Annotated[str, Meta(pattern="^/.+", description="a device's path, like /dev/ttyACM0")]


class HexLines:
    """Reads lines on its own thread, and recovers when an unplugged cable is plugged in again."""

    Options = HexLinesOptions
    detects_s: ClassVar[float | None] = RETRY_S
    needs: ClassVar[Needs] = SERIAL

    @classmethod
    def capabilities_of(cls, options: HexLinesOptions) -> ReaderCapabilities:
        """Doesn't report card removal."""
        return ReaderCapabilities(senses_removal=False)

    def __init__(self, options: HexLinesOptions, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        self._path = options.port
        self._context = context
        self._rejected = 0
        self._lost = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        import serial

        while not self._stopping.is_set():
            try:
                with serial.Serial(self._path, 9600, timeout=0.1, exclusive=True) as port:
                    self._set_lost(None)
                    self._read(port)
            except OSError as error:
                self._set_lost(error)
                self._stopping.wait(RETRY_S)

    def _read(self, port: Any) -> None:
        line = b""
        while not self._stopping.is_set():
            line += port.readline(64)
            if line.endswith(b"\n") or len(line) >= 64:
                self._take(line.decode("ascii", "replace").strip())
                line = b""

    def _take(self, text: str) -> None:
        device = self._context.device
        try:
            credential = parse_credential_id(f"uid:{text.upper()}")
        except ValueError as error:
            self._rejected += 1
            self._context.emit(FrameRejected(device, str(error), self._rejected))
            return
        at_s = time.monotonic()
        self._context.emit(CredentialRead(device, credential, Assurance.UID, at_s))

    def _set_lost(self, error: OSError | None) -> None:
        device, was_lost, self._lost = self._context.device, self._lost, error is not None
        if error and not was_lost:
            self._context.emit(Fault(device, FaultKind.READER_UNPLUGGED, f"{self._path}: {error}"))
        elif was_lost and not error:
            self._context.emit(FaultCleared(device, FaultKind.READER_UNPLUGGED))
