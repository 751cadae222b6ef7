"""Drivers `tasmota` and `shelly` for meters: the meter inside a plug on MQTT."""

from typing import ClassVar

from devices.drivers.meter_thread import SILENT_S, MeterThread
from devices.drivers.plug.broker import (
    DEFAULT_FILE,
    BrokerFile,
    Watcher,
    broker_problem,
    plug_broker,
)
from devices.drivers.plug.dialect import PlugDialect, PlugTopic
from devices.drivers.plug.shelly import Channel, response_topic
from devices.drivers.plug.shelly_dialect import ShellyDialect
from devices.drivers.plug.tasmota import FULL_TOPIC, FullTopic, Relay
from devices.drivers.plug.tasmota_dialect import TasmotaDialect
from devices.ports import MeterReading
from devices.wiring import Context, MeterOptions

ASK_S = 1.0
"""How often the plug is asked."""


class PlugMeterOptions(MeterOptions, frozen=True, kw_only=True):
    topic: PlugTopic
    broker: BrokerFile = DEFAULT_FILE

    def problem(self) -> tuple[str, str] | None:
        """Check the broker's settings file."""
        what = broker_problem(self.broker)
        return super().problem() if what is None else ("broker", what)


class TasmotaMeterOptions(PlugMeterOptions, frozen=True, kw_only=True):
    relay: Relay = 1
    full_topic: FullTopic = FULL_TOPIC


class ShellyMeterOptions(PlugMeterOptions, frozen=True, kw_only=True):
    switch: Channel = 0


class PlugMeter(MeterThread):
    """Asks the plug once a second; the reading is unknown while it is offline or reports no
    power."""

    detects_s: ClassVar[float | None] = SILENT_S + ASK_S

    def __init__(self, dialect: PlugDialect, broker: str, context: Context) -> None:
        """Start asking. Raises DeviceError if the broker's settings file is invalid."""
        self._dialect = dialect
        self._broker = plug_broker(context, broker)
        self._why = f"no answer from the broker at {self._broker.where}"
        self._watcher = Watcher(dialect.filters, self._on_message, self._on_connection)
        super().__init__(context)
        self._broker.watch(self._watcher)

    def close(self) -> None:
        """Stop asking."""
        super().close()
        self._broker.unwatch(self._watcher)

    def run(self) -> None:
        """See MeterThread."""
        while not self._stopping.wait(ASK_S):
            for topic, payload in self._dialect.ask():
                self._broker.publish(topic, payload)
            self._reports.tick(self._why)

    def _on_connection(self, up: bool) -> None:
        no_broker = f"no answer from the broker at {self._broker.where}"
        self._why = "the plug reports no power" if up else no_broker

    def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        message, _ = self._dialect.read(topic, payload, retained)
        if message.online is False:
            self._reports.report_silent("the plug is offline")
        if message.watts is not None:
            self._reports.report(MeterReading(watts=message.watts, amps=message.amps))


class TasmotaMeter(PlugMeter):
    """Reads active power and current of one relay from `ENERGY`."""

    Options = TasmotaMeterOptions

    def __init__(self, options: TasmotaMeterOptions, context: Context) -> None:
        """See PlugMeter."""
        dialect = TasmotaDialect(options.topic, options.full_topic, options.relay, None)
        super().__init__(dialect, options.broker, context)


class ShellyMeter(PlugMeter):
    """Reads `apower` and `current` of one switch."""

    Options = ShellyMeterOptions

    def __init__(self, options: ShellyMeterOptions, context: Context) -> None:
        """See PlugMeter."""
        dialect = ShellyDialect(options.topic, options.switch, None, response_topic(context))
        super().__init__(dialect, options.broker, context)
