"""Driver `modbus` for strikes: a relay of a Modbus RTU board, always read back.

The board keeps its relays when the agent's process dies: a door that is released at that moment
stays so until the agent is back. On an entrance of weight use `gpio` or `bridge`.
"""

import threading
from contextlib import suppress

from devices.drivers.modbus_bus import Baud, Parity, SerialPort, Unit
from devices.drivers.modbus_relay import Coil, ModbusRelay
from devices.ports import DeviceError, FailMode, SwitchState
from devices.wiring import Context, StrikeOptions


class ModbusStrikeOptions(StrikeOptions, frozen=True, kw_only=True):
    port: SerialPort
    coil: Coil
    unit: Unit = 1
    baud: Baud = 9600
    parity: Parity = "N"


class ModbusStrike:
    """Gives current or takes it; locks again by itself, even if the agent's loop hangs."""

    Options = ModbusStrikeOptions

    def __init__(self, options: ModbusStrikeOptions, context: Context) -> None:
        """Ask for no current. Raises DeviceError."""
        self._fail_mode = options.fail
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._relay = ModbusRelay(
            context,
            (options.port, options.baud, options.parity),
            (options.unit, options.coil),
            None,
            holds=True,
            strike=True,
        )

    @property
    def fail_mode(self) -> FailMode:
        """See ports.Strike."""
        return self._fail_mode

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again after `for_s`; None: until `lock()`. Raises DeviceError."""
        with self._lock:
            self._forget_timer()
            self._want(released=True)
            if for_s is not None:
                self._timer = timer = threading.Timer(for_s, self._time_is_up)
                timer.args = [timer]
                timer.daemon = True
                timer.start()

    def lock(self) -> None:
        """Lock now. Raises DeviceError when the board can't be reached."""
        with self._lock:
            self._forget_timer()
            self._want(released=False)

    def released(self) -> bool:
        """Whether the door can be pulled open, as read back last; unknown counts as released."""
        locked = SwitchState.ON if self._fail_mode is FailMode.FAIL_SAFE else SwitchState.OFF
        return self._relay.switch.state() is not locked

    def close(self) -> None:
        """Take its current away and let go."""
        with self._lock:
            self._forget_timer()
        self._relay.close()

    def _want(self, *, released: bool) -> None:
        self._relay.switch.ask(released is not (self._fail_mode is FailMode.FAIL_SAFE))

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self, timer: threading.Timer) -> None:
        with self._lock:
            if self._timer is timer:
                self._timer = None
                with suppress(DeviceError):  # its fault is told, and locked is what is wanted
                    self._want(released=False)
