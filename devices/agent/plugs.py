"""Reports plugs found on the broker to the controller, and wires one if the controller asks for
it."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from controller.domain.ids import AccessPointId
from controller.settings import AccessPointSettings, Settings, SettingsError
from controller.wire.commands import WirePlug
from controller.wire.messages import FoundPlug
from devices.agent.enrolment import wiring_file
from devices.agent.hardware import wire_points
from devices.agent.link.outcome import DONE, Outcome, refusal
from devices.agent.points.point import Point, in_use
from devices.drivers.plug.broker import DEFAULT_FILE, plug_broker
from devices.drivers.plug.discovery import PlugFinder
from devices.ports import DeviceError
from devices.wiring import Context

log = logging.getLogger(__name__)
_WHERE_FROM = "# A plug that this agent has found, wired from the page of its agent."


class Plugs:
    """Finds plugs; only the loop's thread uses it."""

    def __init__(
        self,
        settings: Settings,
        points: Mapping[AccessPointId, Point],
        context: Context,
        restart: Callable[[], None],
    ) -> None:
        """Look for plugs if the file of the plugs' broker exists; a Pi without plugs has none.

        `restart` ends the agent cleanly, so that it is started again with its new wiring.
        """
        self._settings, self._points, self._restart = settings, points, restart
        self._file = settings.agent.plugs
        self._finder: PlugFinder | None = None
        if Path(self._file).exists():
            try:
                broker = plug_broker(context, self._file)
            except DeviceError as error:
                log.warning("no plugs are looked for: %s", error)
            else:
                self._finder = PlugFinder(broker, f"loquet-{context.agent}/plugs")

    @property
    def is_enabled(self) -> bool:
        """Whether there is a broker on which plugs may appear."""
        return self._finder is not None

    def discovered(self) -> tuple[FoundPlug, ...]:
        """Return the discovered plugs, for telemetry."""
        plugs = () if self._finder is None else self._finder.discovered()
        return tuple(
            FoundPlug(driver=plug.driver, topic=plug.topic, name=plug.name, model=plug.model)
            for plug in plugs
        )

    def wire(self, args: WirePlug) -> Outcome:
        """Add the plug to the configuration and restart; power is off until somebody taps a badge.

        The driver sets the plug's own time limit at each start, and does not switch it on before
        the plug has confirmed it.
        """
        objection = self._objection(args)
        if objection is not None:
            return refusal(objection)
        new = _point_settings(args, self._file)
        agent = msgspec.structs.replace(
            self._settings.agent, access_point=[*self._settings.agent.access_point, new]
        )
        try:
            wire_points(msgspec.structs.replace(self._settings, agent=agent))
            wiring_file.append(Path(self._settings.source), [new], _WHERE_FROM)
        except (SettingsError, OSError) as error:
            log.warning("plug %s is not wired: %s", args.topic, error)
            return refusal("not_written")
        self._restart()
        return DONE

    def _objection(self, args: WirePlug) -> str | None:
        if not any(
            (plug.driver, plug.topic) == (args.driver, args.topic) for plug in self.discovered()
        ):
            return "not_found"
        wired = self._settings.agent.access_point
        if any(point.id == args.access_point for point in wired):
            return "wired_already"
        tables = (point.power or {} for point in wired)
        if any(
            (table.get("driver"), table.get("topic")) == (args.driver, args.topic)
            for table in tables
        ):
            return "wired_already"
        if in_use(self._points.values()):
            return "in_use"  # a restart switches everybody's power off
        return None


def _point_settings(args: WirePlug, broker: str) -> AccessPointSettings:
    where: dict[str, Any] = {"driver": args.driver, "topic": args.topic}
    if broker != DEFAULT_FILE:
        where["broker"] = broker
    return AccessPointSettings(
        id=args.access_point, kind="machine", power={**where, "limit_s": args.limit_s}, meter=where
    )
