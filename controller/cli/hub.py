"""`loquet hub`: run only the MQTT side of the controller; several hubs may share the load."""

import argparse
import signal
import threading

from controller.cli import settings_of

EXAMPLE = "loquet hub --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: there are only the common options."""


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C."""
    from contextlib import nullcontext, suppress

    from controller.cli.controller_runtime import open_controller, running_hub
    from controller.cli.disk_wait import WaitStopped, wait_for_disk_space
    from controller.kernel.database import wall_clock
    from controller.kernel.log_lines import log_to_stderr
    from controller.systemd import STOPPING, Watchdog, notify

    settings = settings_of(args)
    log_to_stderr()
    with suppress(WaitStopped):
        outage = wait_for_disk_space(settings, wall_clock, lambda _engine: nullcontext())
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        with (
            open_controller(settings, single_process=False, outage=outage) as controller,
            running_hub(controller, Watchdog()),
        ):
            stopping.wait()
            notify(STOPPING)
    return 0
