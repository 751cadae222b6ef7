"""Driver `modbus` for power switches: a relay of a Modbus RTU board, always read back.

The board keeps its relays on if the agent dies: it latches, and has no time limit, so it must not
power a dangerous machine.
"""

from typing import ClassVar

from devices.drivers.modbus.bus import MODBUS, SLOWEST_S, Baud, Parity, SerialPort, Unit
from devices.drivers.modbus.relay import Coil, Feedback, ModbusRelay
from devices.drivers.remote_switch import SILENT_S
from devices.needs import Needs
from devices.ports import SwitchCapabilities, SwitchState
from devices.wiring import Context, OnAgentLoss, PowerOptions


class ModbusPowerOptions(PowerOptions, frozen=True, kw_only=True):
    port: SerialPort
    coil: Coil
    unit: Unit = 1
    baud: Baud = 9600
    parity: Parity = "N"
    feedback: Feedback = None


class ModbusPower:
    """A relay as a power switch."""

    Options = ModbusPowerOptions
    detects_s: ClassVar[float | None] = SILENT_S + SLOWEST_S
    needs: ClassVar[Needs] = MODBUS
    boot: str | None = None
    """Always None: boards have no boot id; one that lost power reads as off."""

    @classmethod
    def capabilities_of(cls, options: ModbusPowerOptions) -> SwitchCapabilities:
        """The relay latches: it keeps its state even if the agent dies."""
        return SwitchCapabilities(time_limit_s=None, latching=True)

    def __init__(self, options: ModbusPowerOptions, context: Context) -> None:
        """Switch off, unless a running session is taken up. Raises DeviceError."""
        self._relay = ModbusRelay(
            context,
            (options.port, options.baud, options.parity),
            options.unit,
            options.coil,
            options.feedback,
            holds=options.on_agent_loss is OnAgentLoss.HOLD,
        )
        self.capabilities = self.capabilities_of(options)

    def on(self) -> None:
        """Request on. Raises DeviceError if the board can't be reached."""
        self._relay.switch.request(True)

    def off(self) -> None:
        """Request off, until it reads as off.

        Raises DeviceError if the board can't be reached now.
        """
        self._relay.switch.request(False)

    def state(self) -> SwitchState:
        """Return the state that was last read back; unknown before."""
        return self._relay.switch.state()

    def keep_alive(self) -> None:
        """Does nothing: the output needs no renewal."""

    def close(self) -> None:
        """Switch off and close."""
        self._relay.close()
