"""`loquet serve` and `loquet agent` as they are shipped, told the time by the week's clock.

The clock is the argument that both have. An agent's timers stay the board's own: its wall clock
moves, as when NTP sets it, while its drivers go on stamping with monotonic seconds.
"""

import sys
from pathlib import Path

from controller.cli.controller_runtime import Clocks, serve_web
from controller.settings.reading import load
from devices.agent.agent_state import TimeSource
from devices.agent.main import run
from tests.scenarios.week.hands import Hands


def main(what: str, config: str, file: str) -> int:
    """Run one of both until SIGTERM."""
    settings, hands = load(Path(config)), Hands(Path(file))
    if what == "agent":
        return run(settings, TimeSource(wall=hands.wall))
    serve_web(settings, with_hub=True, clocks=Clocks(hands.now, hands.monotonic))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
