"""A simulated plug on a real broker: `python -m devices.sim.plug --model tasmota --topic plug-1`.

It reads the same settings file of the broker as the drivers (`--broker /etc/loquet/plugs.toml`). In
config.toml: `power = { driver = "tasmota", topic = "plug-1" }`.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

from devices.drivers.plug.broker import broker_settings, tls_context
from devices.ports import DeviceError
from devices.sim.console import ConsoleCommand, print_event, run_console
from devices.sim.plug_body import PlugBody
from devices.sim.shelly_plug import ShellyPlug
from devices.sim.tasmota_plug import TasmotaPlug

MODELS: dict[str, type[TasmotaPlug] | type[ShellyPlug]] = {
    "tasmota": TasmotaPlug,
    "shelly": ShellyPlug,
}


class NetworkPlug:
    """Connects a plug as its firmware does: MQTT 3.1.1, with a last will and a birth message."""

    def __init__(self, model: str, topic: str, broker: str, load_w: float) -> None:
        self._settings = broker_settings(broker)
        self._tls = tls_context(self._settings.ca)
        self._topic = topic
        self._loop = asyncio.get_running_loop()
        self._client: Any = None
        self._late: list[tuple[str, bytes]] | None = None
        """Messages that arrived during radio trouble; None: there is none."""
        self.body = PlugBody(load_w)
        self.plug = MODELS[model](topic, self.body, self._publish)

    def connect(self) -> None:
        """Connect to the broker."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._topic,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.username_pw_set(self._settings.username, self._settings.password)
        client.tls_set_context(self._tls)
        client.reconnect_delay_set(1, 1)
        topic, payload = self.plug.will
        client.will_set(topic, payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_message = self._message
        client.connect_async(self._settings.host, self._settings.port, 30)
        client.loop_start()

    def vanish(self) -> None:
        """Disconnect abruptly, as without radio or power: the broker publishes the will."""
        client, self._client = self._client, None
        client.loop_stop()
        client._sock_close()

    def cable(self, plugged: bool) -> None:
        """Disconnect it from the network, or connect it again; its relay and timers continue."""
        if not plugged:
            self.vanish()
        elif self._client is None:
            self.connect()

    def restart(self, power_cut: bool = False) -> None:
        """Restart, as its watchdog or a power cut would do."""
        self.vanish()
        self.body.booted_s = time.monotonic()
        self.plug.restart(power_cut)
        self.connect()

    def lose_radio(self, on: bool) -> None:
        """Simulate radio trouble: incoming messages wait until it ends, outgoing ones are lost."""
        late, self._late = self._late, [] if on else None
        for topic, payload in late or ():
            self._receive(topic, payload)

    def commands(self) -> Mapping[str, ConsoleCommand]:
        """Return the commands for the plug on the console."""

        def load(watts: float) -> None:
            self.body.load_w = watts

        def stick(stuck: bool) -> None:
            self.body.stuck = stuck

        return {
            "cable": self.cable,
            "restart": self.restart,
            "lose_radio": self.lose_radio,
            "load": load,
            "stick": stick,
            "button": self.plug.switch,
        }

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason: Any, _: Any) -> None:
        client.subscribe(self.plug.subscription, 0)
        for topic, payload in (self.plug.birth, *self.plug.announced):
            client.publish(topic, payload, qos=1, retain=True)
        print_event("connected", accepted=not reason.is_failure)

    def _message(self, client: Any, userdata: Any, message: Any) -> None:
        self._loop.call_soon_threadsafe(self._receive, message.topic, bytes(message.payload))

    def _receive(self, topic: str, payload: bytes) -> None:
        if self._late is not None:
            self._late.append((topic, payload))
        else:
            was_read = self.plug.stays_off_was_read
            self.plug.on_message(topic, payload)
            if self.plug.stays_off_was_read and not was_read:  # stays off after a power cut
                print_event("safe_setting_read")

    def _publish(self, topic: str, payload: bytes, retain: bool) -> None:
        if self._client is not None and self._late is None:
            self._client.publish(topic, payload, qos=0, retain=retain)


async def serve(args: argparse.Namespace) -> None:
    """Run until standard input is closed."""
    plug = NetworkPlug(args.model, args.topic, args.broker, args.load)
    plug.connect()
    await run_console(plug.commands())


def main(argv: list[str] | None = None) -> int:
    """Run the process. Exit 0 when its standard input ends, 1 with one line when it can't start."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.plug", description=__doc__)
    parser.add_argument("--model", choices=sorted(MODELS), required=True)
    parser.add_argument("--topic", required=True, help="the plug's own MQTT topic")
    parser.add_argument("--broker", default="/etc/loquet/plugs.toml", help="the broker's file")
    parser.add_argument("--load", type=float, default=900.0, help="watts plugged into it")
    args = parser.parse_args(argv)
    try:
        asyncio.run(serve(args))
    except DeviceError as error:
        print(f"plug: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
