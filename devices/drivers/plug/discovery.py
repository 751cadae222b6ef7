"""Finds the plugs on the plugs' broker by what they publish; it never switches anything.

Tasmota retains `tasmota/discovery/MAC/config` (SetOption19 0, the default). A Shelly retains
`PREFIX/online`, and is asked for its details (`Shelly.GetDeviceInfo`).
"""

import threading
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec

from devices.drivers.plug.broker import PlugBroker, Watcher
from devices.drivers.plug.dialect import PlugTopic, decode_object
from devices.drivers.plug.dialect import object_or_empty as table_of

_TASMOTA = "tasmota/discovery/"
_ONLINE = "/online"
_FULL_TOPIC = "%prefix%/%topic%/"
MAX_PLUGS = 32
"""Limit for plugs of a broker, so that a flood of them does not fill the memory."""
_MAX_NAME_CHARACTERS = 64
"""Limit for the length of a name."""


@dataclass(frozen=True, slots=True, order=True)
class DiscoveredPlug:
    """A plug that was found; `driver` and `topic` are as in the wiring."""

    driver: str
    topic: str
    name: str | None
    model: str | None


class PlugFinder:
    """Finds plugs; each Shelly is asked once, each time that it comes online.

    Any thread may call `discovered`.
    """

    def __init__(self, broker: PlugBroker, response_topic: str) -> None:
        """`response_topic`: below the topic of this agent; Shellys answer at `rpc` below it."""
        self._broker, self._response_topic = broker, response_topic
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._requests: dict[int, str] = {}
        self._discovered: dict[str, DiscoveredPlug] = {}
        filters = (f"{_TASMOTA}+/config", f"+{_ONLINE}", f"{response_topic}/rpc")
        broker.watch(Watcher(filters, self._on_message, lambda _up: None))

    def discovered(self) -> tuple[DiscoveredPlug, ...]:
        """Return the plugs that are there now."""
        with self._lock:
            return tuple(
                sorted(self._discovered.values(), key=lambda plug: (plug.driver, plug.topic))
            )

    def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        if topic == f"{self._response_topic}/rpc":
            self._on_description(decode_object(payload))
        elif topic.startswith(_TASMOTA):
            self._set_plug(topic, _tasmota_plug(decode_object(payload)))
        elif topic.endswith(_ONLINE):
            self._set_plug(topic, None)
            if payload == b"true":
                self._ask(topic.removesuffix(_ONLINE))

    def _ask(self, prefix: str) -> None:
        if not _is_topic(prefix):
            return
        number = next(self._numbers)
        with self._lock:
            self._requests = {
                n: topic for n, topic in self._requests.items() if n > number - MAX_PLUGS
            }
            self._requests[number] = prefix
        frame = {
            "id": number,
            "src": self._response_topic,
            "method": "Shelly.GetDeviceInfo",
            "params": {},
        }
        self._broker.publish(f"{prefix}/rpc", msgspec.json.encode(frame))

    def _on_description(self, answer: dict[str, Any]) -> None:
        number, info = answer.get("id"), table_of(answer.get("result"))
        with self._lock:
            prefix = self._requests.pop(number, "") if isinstance(number, int) else ""
        generation = info.get("gen")
        if prefix and isinstance(generation, int) and generation >= 2:
            model = _text(info.get("app")) or _text(info.get("model"))
            self._set_plug(
                prefix + _ONLINE, DiscoveredPlug("shelly", prefix, _text(info.get("name")), model)
            )

    def _set_plug(self, key: str, plug: DiscoveredPlug | None) -> None:
        with self._lock:
            self._discovered.pop(key, None)
            if plug is not None and len(self._discovered) < MAX_PLUGS:
                self._discovered[key] = plug


def _tasmota_plug(config: dict[str, Any]) -> DiscoveredPlug | None:
    """Return a Tasmota plug; None without a relay, or with another FullTopic, which is wired by
    hand."""
    topic, relays = config.get("t"), config.get("rl")
    has_relay = isinstance(relays, list) and 1 in relays
    full = config.get("ft", _FULL_TOPIC)
    if not isinstance(topic, str) or not _is_topic(topic) or not has_relay or full != _FULL_TOPIC:
        return None
    names = config.get("fn")
    first = _text(names[0]) if isinstance(names, list) and names else None
    return DiscoveredPlug(
        "tasmota", topic, first or _text(config.get("dn")), _text(config.get("md"))
    )


def _is_topic(text: str) -> bool:
    try:
        msgspec.convert(text, PlugTopic)
    except msgspec.ValidationError:
        return False
    return True


def _text(value: object) -> str | None:
    """Return a text typed into a plug, shortened and printable; None if there is none."""
    if not isinstance(value, str):
        return None
    shown = "".join(character for character in value if character.isprintable()).strip()
    return shown[:_MAX_NAME_CHARACTERS].strip() or None
