"""Driver `modbus` for power switches: a relay of a Modbus RTU board, always read back.

The board keeps its relays as they are when the agent dies: it latches, and has no time limit of
its own, so it never gates a dangerous machine.
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
    """See ports.PowerSwitch."""

    Options = ModbusPowerOptions
    detects_s: ClassVar[float | None] = SILENT_S + SLOWEST_S

    @classmethod
    def needs_of(cls, options: ModbusPowerOptions, *, simulated: bool) -> Needs:
        """See registry.Driver."""
        return MODBUS

    @classmethod
    def capabilities_of(cls, options: ModbusPowerOptions) -> SwitchCapabilities:
        """It keeps its state, whatever becomes of the agent."""
        return SwitchCapabilities(time_limit_s=None, latching=True)

    def __init__(self, options: ModbusPowerOptions, context: Context) -> None:
        """Ask for off, unless it is taken up. Raises DeviceError."""
        self._relay = ModbusRelay(
            context,
            (options.port, options.baud, options.parity),
            (options.unit, options.coil),
            options.feedback,
            holds=options.on_agent_loss is OnAgentLoss.HOLD,
        )
        self._capabilities = self.capabilities_of(options)

    @property
    def capabilities(self) -> SwitchCapabilities:
        """See ports.PowerSwitch."""
        return self._capabilities

    @property
    def boot(self) -> str | None:
        """Boards don't tell; one that lost its supply reads off."""
        return None

    def on(self) -> None:
        """Ask for on. Raises DeviceError when the board can't be reached."""
        self._relay.switch.ask(True)

    def off(self) -> None:
        """Ask for off, until it reads off. Raises DeviceError when it can't be reached now."""
        self._relay.switch.ask(False)

    def state(self) -> SwitchState:
        """What was read back last; unknown until it was."""
        return self._relay.switch.state()

    def keep_alive(self) -> None:
        """Does nothing: the output needs no renewal."""

    def close(self) -> None:
        """Switch off and let go."""
        self._relay.close()
