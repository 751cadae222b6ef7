"""`loquet agent`: run the agent of a Pi, or put its outputs off after it died."""

import argparse
from typing import TYPE_CHECKING

from controller.cli import settings_of

if TYPE_CHECKING:
    from controller.settings import Settings

EXAMPLE = "loquet agent --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --outputs-off."""
    parser.add_argument(
        "--outputs-off",
        action="store_true",
        help="drive every configured output to off and exit; systemd calls this after a crash",
    )
    parser.add_argument(
        "--unpack-program",
        action="store_true",
        help="unpack the signed program that the agent has fetched; systemd calls this as root",
    )


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    from devices.agent.main import run as run_agent
    from devices.agent.outputs_off import outputs_off
    from devices.agent.program.choosing import become

    settings = settings_of(args)
    if args.unpack_program:
        return _unpack(settings)
    if not args.outputs_off:
        become(settings)
    return outputs_off(settings) if args.outputs_off else run_agent(settings)


def _unpack(settings: "Settings") -> int:
    from devices.agent.program.shelf import Shelf
    from devices.agent.program.unpacking import unpack

    shelf = Shelf.of(settings.agent)
    if shelf is not None:
        unpack(shelf)
    return 0
