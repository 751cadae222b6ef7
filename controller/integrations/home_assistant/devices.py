"""The MQTT messages for Home Assistant: a device for each machine, door, box and the site, with its
state.

MQTT device discovery, as https://www.home-assistant.io/integrations/mqtt/ describes it. Ids are
built from the ids of the site and the thing, so that the same thing always is the same entity.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from msgspec import json

from controller.domain.facts import PointKind
from controller.domain.locale.catalogue import N_, NC_, Translator
from controller.domain.states import DoorPhase, MachinePhase
from controller.integrations.home_assistant.snapshot import Box, Point, Snapshot

OPEN = "OPEN"
"""The payload of a command that opens a door once."""
ONLINE, OFFLINE = "online", "offline"
_OPEN_DOOR = frozenset({DoorPhase.OPEN, DoorPhase.HELD, DoorPhase.FORCED})
_WS_IN_KWH = 3_600_000
RetainedMessages = dict[str, bytes]
"""The retained messages: payload by topic."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The MQTT topics of a site."""

    site: str
    prefix: str

    @property
    def base(self) -> str:
        """Return the prefix of all topics of this site."""
        return f"loquet_home/{self.site}"

    @property
    def status(self) -> str:
        """Return the topic with `online` or `offline`; the connection's last will publishes
        `offline`."""
        return f"{self.base}/status"

    @property
    def birth(self) -> str:
        """Return the topic on which Home Assistant announces that it has started."""
        return f"{self.prefix}/status"

    @property
    def open_commands(self) -> str:
        """Return the filter for commands that open a door."""
        return f"{self.base}/point/+/open"

    @property
    def configs(self) -> str:
        """Return the filter for all device descriptions, also those of other programs."""
        return self.config("+")

    def of(self, kind: str, key: str, what: str) -> str:
        """Return the topic of a thing's state or availability."""
        return f"{self.base}/{kind}/{key}/{what}"

    def config(self, device: str) -> str:
        """Return the topic of a device's description."""
        return f"{self.prefix}/device/{device}/config"

    def device(self, kind: str, key: str = "") -> str:
        """Return a device's id.

        No slug contains an underscore, so ids are unique.
        """
        return "_".join(filter(None, ("loquet", self.site, kind, key)))

    def is_ours(self, device: str) -> bool:
        """Return whether a device belongs to this site."""
        return device.startswith(f"loquet_{self.site}_")


def retained_messages(
    snapshot: Snapshot, energy: Mapping[str, int], topics: Topics, translator: Translator
) -> RetainedMessages:
    """Return all retained messages of a site; `energy` is in watt seconds.

    A device comes before those that refer to it.
    """
    return _Site(snapshot, energy, topics, translator).messages()


class _Site:
    def __init__(
        self, snapshot: Snapshot, energy: Mapping[str, int], topics: Topics, translator: Translator
    ) -> None:
        self.snapshot, self.energy = snapshot, energy
        self.topics, self.translator = topics, translator

    def messages(self) -> RetainedMessages:
        result: RetainedMessages = {}
        for topic, value in self._all_entities():
            result[topic] = value if isinstance(value, bytes) else json.encode(value)
        return result

    def _all_entities(self) -> Iterator[tuple[str, Any]]:
        yield from self._place()
        for box in self.snapshot.boxes:
            yield from self._box(box)
        for point in self.snapshot.points:
            yield from self._point(point)

    def _place(self) -> Iterator[tuple[str, Any]]:
        state = self.topics.of("place", self.snapshot.id, "state")
        zone_names = {zone.id: zone.name for zone in self.snapshot.zones}
        rooms = {
            f"zone_{key}": self._heads(f"heads_{key}", name) for key, name in zone_names.items()
        }
        parts = {
            "present": self._heads("heads", self._say(N_("People present"))),
            **rooms,
            "alarms": self._sensor(
                N_("Active alarms"), "alarms", state_class="measurement", icon="mdi:bell-alert"
            ),
        }
        yield self._device("place", "", self.snapshot.name, N_("Place"), state, parts, None)
        heads = {f"heads_{zone.id}": zone.heads for zone in self.snapshot.zones}
        yield state, {"heads": sum(heads.values()), **heads, "alarms": self.snapshot.alarms}

    def _box(self, box: Box) -> Iterator[tuple[str, Any]]:
        state = self.topics.of("agent", box.id, "state")
        parts = {"online": self._binary(N_("Connected"), "online", "connectivity")}
        via = self.topics.device("place")
        yield self._device("agent", box.id, box.name, N_("Box"), state, parts, via)
        yield state, {"online": _on_or_off(box.online)}

    def _point(self, point: Point) -> Iterator[tuple[str, Any]]:
        is_door = point.kind is PointKind.DOOR
        state = self.topics.of("point", point.id, "state")
        availability = self.topics.of("point", point.id, "available")
        parts = self._door_parts(point) if is_door else self._machine_parts(point)
        parts["alarm"] = self._binary(N_("Alarm"), "alarm", "problem")
        model = N_("Door") if is_door else N_("Machine")
        via = self.topics.device("agent", point.agent) if point.agent else None
        topic, device = self._device(
            "point", point.id, point.name, model, state, parts, via, availability=availability
        )
        if point.zone:
            device["device"]["suggested_area"] = point.zone
        yield topic, device
        yield availability, (ONLINE if point.online else OFFLINE).encode()
        yield state, self._state(point, is_door)

    def _state(self, point: Point, is_door: bool) -> dict[str, Any]:
        values: dict[str, Any] = {"state": point.state, "alarm": _on_or_off(point.alarmed)}
        if is_door:
            return {**values, "open": _on_or_off(point.state in _OPEN_DOOR)}
        values["running"] = _on_or_off(point.state == MachinePhase.RUNNING)
        if point.metered:
            values["power"] = point.watts or 0
            values["energy"] = round(self.energy.get(point.id, 0) / _WS_IN_KWH, 3)
        return values

    def _machine_parts(self, point: Point) -> dict[str, Any]:
        parts = {
            "state": self._enum(MachinePhase),
            "running": self._binary(N_("Running"), "running", "running"),
        }
        if point.metered:
            parts["power"] = self._meter_sensor(N_("Power"), "power", "W", "measurement")
            parts["energy"] = self._meter_sensor(N_("Energy"), "energy", "kWh", "total_increasing")
        return parts

    def _door_parts(self, point: Point) -> dict[str, Any]:
        parts = {
            "state": self._enum(DoorPhase),
            "open": self._binary(NC_("door", "Open"), "open", "door"),
        }
        if point.may_open:
            parts["open_once"] = {
                "platform": "button",
                "name": self._say(N_("Open once")),
                "command_topic": self.topics.of("point", point.id, "open"),
                "payload_press": OPEN,
            }
        else:  # a part with only its platform removes an earlier description
            parts["open_once"] = {"platform": "button"}
        return parts

    def _device(
        self,
        kind: str,
        key: str,
        name: str,
        model: str,
        state: str,
        parts: dict[str, Any],
        via: str | None,
        availability: str | None = None,
    ) -> tuple[str, dict[str, Any]]:
        device = self.topics.device(kind, key)
        for part, fields in parts.items():
            if len(fields) > 1:
                fields["unique_id"] = f"{device}_{part}"
                fields["default_entity_id"] = f"{fields['platform']}.{device}_{part}".replace(
                    "-", "_"
                )
        about = {
            "identifiers": [device],
            "name": name,
            "manufacturer": "Loquet",
            "model": self._say(model),
            **({"via_device": via} if via else {}),
        }
        topics = [{"topic": topic} for topic in (self.topics.status, availability) if topic]
        return self.topics.config(device), {
            "device": about,
            "origin": {"name": "Loquet", "sw_version": version("loquet")},
            "availability": topics,
            "availability_mode": "all",
            "state_topic": state,
            "qos": 1,
            "components": parts,
        }

    def _sensor(self, name: str, field: str, **more: str) -> dict[str, Any]:
        return {
            "platform": "sensor",
            "name": self._say(name),
            "value_template": f"{{{{ value_json['{field}'] }}}}",
            **more,
        }

    def _heads(self, field: str, name: str) -> dict[str, Any]:
        sensor = self._sensor(N_("People present"), field, state_class="measurement")
        return {**sensor, "name": name, "icon": "mdi:account-group"}

    def _meter_sensor(self, name: str, field: str, unit: str, kind: str) -> dict[str, Any]:
        return self._sensor(
            name, field, device_class=field, unit_of_measurement=unit, state_class=kind
        )

    def _enum(self, phases: type[MachinePhase] | type[DoorPhase]) -> dict[str, Any]:
        sensor = self._sensor(N_("State"), "state", device_class="enum")
        return {**sensor, "options": [phase.value for phase in phases]}

    def _binary(self, name: str, field: str, kind: str) -> dict[str, Any]:
        sensor = self._sensor(name, field, device_class=kind)
        return {**sensor, "platform": "binary_sensor"}

    def _say(self, text: str) -> str:
        return self.translator.say(text)


def _on_or_off(value: bool) -> str:
    return "ON" if value else "OFF"
