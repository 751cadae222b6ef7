"""Driver `shelly` for power switches: a Shelly plug or relay, second generation and later."""

from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from devices.drivers.plug.broker import DEFAULT_FILE, BrokerFile, broker_problem
from devices.drivers.plug.dialect import Limit, PlugTopic
from devices.drivers.plug.power import PlugPower, plug_capabilities
from devices.drivers.plug.shelly_dialect import ShellyDialect
from devices.ports import SwitchCapabilities
from devices.wiring import Context, PowerOptions

Channel = Annotated[int, Meta(ge=0, le=7, description="which switch of the plug, 0 to 7")]


class ShellyPowerOptions(PowerOptions, frozen=True, kw_only=True):
    topic: PlugTopic
    switch: Channel = 0
    broker: BrokerFile = DEFAULT_FILE
    limit_s: Limit = 10.0

    def problem(self) -> tuple[str, str] | None:
        """Check the broker's settings file."""
        what = broker_problem(self.broker)
        return super().problem() if what is None else ("broker", what)


class ShellyPower(PlugPower):
    """A Shelly as a power switch: `toggle_after` switches it off `limit_s` after the last
    renewal."""

    Options = ShellyPowerOptions

    @classmethod
    def capabilities_of(cls, options: ShellyPowerOptions) -> SwitchCapabilities:
        """See plug_capabilities. A renewal is `Switch.Set`, which also switches on."""
        return replace(plug_capabilities(options.limit_s, options.on_agent_loss), wakes=True)

    def __init__(self, options: ShellyPowerOptions, context: Context) -> None:
        """See PlugPower."""
        can = self.capabilities_of(options)
        dialect = ShellyDialect(
            options.topic, options.switch, can.time_limit_s, response_topic(context)
        )
        super().__init__(dialect, can, options.broker, context)


def response_topic(context: Context) -> str:
    """Return the topic for responses to this device; an agent may have several devices."""
    return f"loquet-{context.agent}/{context.device.replace('/', '-')}"
