"""Driver `tasmota` for power switches: a plug or relay with Tasmota's firmware."""

from typing import Annotated

from msgspec import Meta

from devices.drivers.plug.broker import DEFAULT_FILE, BrokerFile, broker_problem
from devices.drivers.plug.dialect import Limit, PlugTopic
from devices.drivers.plug.power import PlugPower, plug_capabilities
from devices.drivers.plug.tasmota_dialect import TasmotaDialect
from devices.ports import SwitchCapabilities
from devices.wiring import Context, PowerOptions

Relay = Annotated[int, Meta(ge=1, le=8, description="which relay of the plug, 1 to 8")]
FullTopic = Annotated[
    str,
    Meta(
        pattern=r"^[^+#]*%prefix%[^+#]*$",
        description="the plug's setting FullTopic, with %prefix% and %topic%",
    ),
]
FULL_TOPIC = "%prefix%/%topic%/"


class TasmotaPowerOptions(PowerOptions, frozen=True, kw_only=True):
    topic: PlugTopic
    relay: Relay = 1
    full_topic: FullTopic = FULL_TOPIC
    broker: BrokerFile = DEFAULT_FILE
    limit_s: Limit = 10.0

    def problem(self) -> tuple[str, str] | None:
        """Check the broker's settings file."""
        what = broker_problem(self.broker)
        return super().problem() if what is None else ("broker", what)


class TasmotaPower(PlugPower):
    """A Tasmota plug as a power switch: PulseTime switches it off `limit_s` after the last
    renewal."""

    Options = TasmotaPowerOptions

    @classmethod
    def capabilities_of(cls, options: TasmotaPowerOptions) -> SwitchCapabilities:
        """See plug_capabilities."""
        return plug_capabilities(options.limit_s, options.on_agent_loss)

    def __init__(self, options: TasmotaPowerOptions, context: Context) -> None:
        """See PlugPower."""
        capabilities = self.capabilities_of(options)
        dialect = TasmotaDialect(
            options.topic, options.full_topic, options.relay, capabilities.time_limit_s
        )
        super().__init__(dialect, capabilities, options.broker, context)
