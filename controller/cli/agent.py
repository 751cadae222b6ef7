"""`loquet agent`: run the agent of a Pi, or put its outputs off after it died."""

import argparse

from controller.cli import settings_of

EXAMPLE = "loquet agent --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --outputs-off."""
    parser.add_argument(
        "--outputs-off", action="store_true",
        help="drive every configured output to off and exit; systemd calls this after a crash",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    from devices.agent import main

    settings = settings_of(args)
    return main.outputs_off(settings) if args.outputs_off else main.run(settings)
