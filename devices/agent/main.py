"""Runs the agent in this process, or puts its outputs off after it died."""

import gc
import logging
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from controller.settings import Settings, SettingsError
from devices.agent.agent import Agent
from devices.agent.controller_api import EnrolError
from devices.agent.hardware import PointWiring, wire_points
from devices.agent.identity import Identity, NotEnrolled
from devices.agent.memory import StateBusy
from devices.ports import DeviceError
from devices.wiring import Context, Shared

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""A badge waits at most so long for a thread that holds Python's lock; 5 ms by default."""
_ONE_LINE = (SettingsError, NotEnrolled, EnrolError, StateBusy, DeviceError, sqlite3.Error, OSError)


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT. Returns 0, or 1 with one line on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        identity = Identity.load(Path(settings.agent.state_dir))
        _check_id(settings, identity)
        agent = Agent(settings, identity)
    except _ONE_LINE as error:
        return _failed(error)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop())
    _settle_down()
    agent.run()
    return 0


def outputs_off(settings: Settings) -> int:
    """Drive every power output to off and let go; `hold` stays as it is. Returns 0, or 1.

    For ExecStopPost: a dead process leaves its pins as they were.
    """
    try:
        wirings = wire_points(settings)
    except SettingsError as error:
        return _failed(error)
    failed = 0
    with closing(Shared()) as shared:
        for wiring in wirings:
            failed |= _power_off(wiring, settings, shared)
    return failed


def _power_off(wiring: PointWiring, settings: Settings, shared: Shared) -> int:
    """Opening a switch puts it off; each is tried, whatever the others do."""
    failed = 0
    for role in ("power", "cooling"):
        wired = getattr(wiring, role)
        if wired is None or wiring.holds:
            continue
        context = Context(
            device=f"{wiring.id}/{role}", emit=lambda _: None,
            agent=settings.agent.id or "agent", pins=settings.agent.pins, shared=shared,
        )  # fmt: skip
        try:
            with closing(wired.open(context)) as switch, suppress(DeviceError):
                switch.off()
        except DeviceError as error:
            failed = _failed(error)
    return failed


def _check_id(settings: Settings, identity: Identity) -> None:
    """A configuration of another agent must not drive this one's outputs."""
    wanted, found = settings.agent.id, identity.enrolment.agent_id
    if wanted is not None and wanted != found:
        raise SettingsError(
            f"{settings.source}: agent.id is '{wanted}', but this folder is enrolled as '{found}';"
            " mend one of them"
        )


def _settle_down() -> None:
    """Everything made so far stays: the collector need not walk it at every badge."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _failed(error: Exception) -> int:
    print(f"loquet: {' '.join(str(error).split())}", file=sys.stderr)
    return 1
