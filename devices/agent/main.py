"""Runs the agent in this process until it is stopped."""

import gc
import logging
import signal
import sqlite3
import sys
from pathlib import Path

from controller.settings import Settings, SettingsError
from devices.agent.agent import Agent
from devices.agent.agent_state import StateBusy, TimeSource
from devices.agent.enrolment.controller_api import EnrolError
from devices.agent.enrolment.identity import Identity, NotEnrolled
from devices.ports import DeviceError

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""Longest time for which another thread holds Python's lock while a badge waits; the default is 5
ms."""
_ONE_LINE = (SettingsError, NotEnrolled, EnrolError, StateBusy, DeviceError, sqlite3.Error, OSError)


def run(settings: Settings, source: TimeSource | None = None) -> int:
    """Run until SIGTERM or SIGINT. Returns 0, or 1 after an error of one line on standard error.

    `source` None: this computer's clocks.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        identity = Identity.load(Path(settings.agent.state_dir))
        _check_id(settings, identity)
        agent = Agent(settings, identity, source=source)
    except _ONE_LINE as error:
        return report_failure(error)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop())
    _tune_python()
    agent.run()
    return 0


def _check_id(settings: Settings, identity: Identity) -> None:
    """Check that the configuration is not for another agent, whose outputs would be switched."""
    configured, enrolled_id = settings.agent.id, identity.enrolment.agent_id
    if configured is not None and configured != enrolled_id:
        raise SettingsError(
            f"{settings.source}: agent.id is '{configured}', but this folder is"
            f" enrolled as '{enrolled_id}'; correct one of them"
        )


def _tune_python() -> None:
    """Tune Python for short delays: what exists now stays, so the garbage collector can skip it."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def report_failure(error: Exception) -> int:
    """Print an error in one line; return the exit code 1."""
    print(f"loquet: {' '.join(str(error).split())}", file=sys.stderr)
    return 1
