"""Opens each access point's hardware with its saved state, so that a latched fault still holds."""

from collections.abc import Callable, Mapping, Sequence

from controller.domain.facts import PointKind
from controller.domain.ids import AccessPointId
from controller.wire.messages import Device, DeviceHealth
from devices.agent.agent_state import AgentState
from devices.agent.hardware import PointWiring, device_names, open_point
from devices.agent.loop import Loop
from devices.agent.points import door_memory, machine_memory
from devices.agent.points.door_point import FIRE, DoorPoint
from devices.agent.points.machine_point import MachinePoint
from devices.agent.points.point import Point
from devices.agent.tools import Tools
from devices.ports import Cards
from devices.wiring import Context, SharedResources

_KINDS = {"inputs": Device.INPUT, "cooling": Device.POWER, "job": Device.METER}
"""Kinds of devices whose role has another name."""

Points = dict[AccessPointId, Point]
"""Access points by id."""


def open_points(
    agent_id: str,
    pins: str,
    wirings: Sequence[PointWiring],
    state: AgentState,
    tools: Tools,
    loop: Loop,
    shared: SharedResources,
    cards: Cards | None = None,
) -> Points:
    """Open all access points. Raises DeviceError, after closing those that it has opened.

    `pins` is `[agent] pins`; the agent's id names its board among simulated boards.
    """
    saved = state.state_store.read("point/")
    points: Points = {}

    def context(device: str) -> Context:
        return Context(
            device=device,
            emit=loop.put,
            agent=agent_id,
            pins=pins,
            shared=shared,
            cards=cards,
            words=tools.words,
        )

    try:
        for wiring in wirings:
            data = saved.get(f"point/{wiring.id}")
            if wiring.kind is PointKind.DOOR:
                devices = open_point(wiring, context, take_up=False)
                door = _saved_door(wiring, data, state)
                points[wiring.id] = DoorPoint(wiring, devices, tools, saved=door)
            else:
                points[wiring.id] = _machine(wiring, data, state, tools, context)
    except BaseException:
        for point in points.values():
            point.devices.close()
        raise
    return points


def _saved_door(
    wiring: PointWiring, data: bytes | None, state: AgentState
) -> door_memory.SavedDoor:
    has_fire_input = any(name.startswith(FIRE) for name in wiring.inputs)
    if state.state_store.was_broken:
        return door_memory.unreadable(has_fire_input=has_fire_input)
    return door_memory.load(data, has_fire_input=has_fire_input)


def _machine(
    wiring: PointWiring,
    data: bytes | None,
    state: AgentState,
    tools: Tools,
    context: Callable[[str], Context],
) -> MachinePoint:
    broken = state.state_store.was_broken
    saved = machine_memory.unreadable() if broken else machine_memory.load(data)
    same_boot = state.same_boot and machine_memory.may_take_up(saved, state.recorder.boot)
    taken_up = wiring.holds and same_boot
    devices = open_point(wiring, context, take_up=taken_up)
    return MachinePoint(wiring, devices, tools, saved=saved, taken_up=taken_up)


def by_device(wirings: Sequence[PointWiring], points: Points) -> dict[str, Point]:
    """Return the point to which each device belongs, by the device's name in events."""
    return {name: points[wiring.id] for wiring in wirings for name, _ in device_names(wiring)}


def health(
    wirings: Sequence[PointWiring], points: Mapping[AccessPointId, Point]
) -> list[DeviceHealth]:
    """Return the health of each piece of hardware, for telemetry."""
    states = []
    for wiring in wirings:
        faults = points[wiring.id].device_faults.current
        for name, role in device_names(wiring):
            kind, _, which = role.partition(".")  # such as `reader` or `inputs.estop`
            states.append(
                DeviceHealth(
                    access_point=wiring.id,
                    device=_KINDS.get(kind) or Device(kind),
                    name=which or (kind if kind in ("cooling", "job") else None),
                    ok=name not in faults,
                    fault=faults.get(name),
                )
            )
    return states
