"""Driver `modbus` for strikes: a relay of a Modbus RTU board, always read back.

The board keeps its relays if the agent's process dies, so a door that is released at that moment
stays released until the agent is back. For an important entrance use `gpio` or `bridge`.
"""

from typing import ClassVar

from devices.drivers.modbus.bus import MODBUS, SLOWEST_S, Baud, Parity, SerialPort, Unit
from devices.drivers.modbus.relay import Coil, ModbusRelay
from devices.drivers.remote_switch import SILENT_S
from devices.drivers.timed_strike import TimedStrike
from devices.needs import Needs
from devices.ports import DeviceError, FailMode, SwitchState
from devices.wiring import Context, StrikeOptions


class ModbusStrikeOptions(StrikeOptions, frozen=True, kw_only=True):
    port: SerialPort
    coil: Coil
    unit: Unit = 1
    baud: Baud = 9600
    parity: Parity = "N"


class ModbusStrike(TimedStrike):
    """A strike at a relay, whose state is read back."""

    Options = ModbusStrikeOptions
    detects_s: ClassVar[float | None] = SILENT_S + SLOWEST_S
    needs: ClassVar[Needs] = MODBUS

    def __init__(self, options: ModbusStrikeOptions, context: Context) -> None:
        """Request no current. Raises DeviceError."""
        super().__init__(options.fail)
        self._relay = ModbusRelay(
            context,
            (options.port, options.baud, options.parity),
            options.unit,
            options.coil,
            None,
            holds=True,
            strike=True,
        )

    def released(self) -> bool:
        """Return whether the door can be opened, by the state read back; unknown counts as
        released."""
        locked = SwitchState.ON if self.fail_mode is FailMode.FAIL_SAFE else SwitchState.OFF
        return self._relay.switch.state() is not locked

    def set_current(self, *, current: bool) -> None:
        """See TimedStrike. Raises DeviceError if the board can't be reached."""
        self._relay.switch.request(current)

    def lock_failed(self, error: DeviceError) -> None:
        """See TimedStrike.

        Nothing to do: the fault is reported already, and the relay keeps trying to lock.
        """

    def shut_down(self) -> None:
        """See TimedStrike."""
        self._relay.close()
