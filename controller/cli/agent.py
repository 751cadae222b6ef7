"""`loquet agent`: run the agent of a Pi, or put its outputs off after it died."""

import argparse

from controller.cli import settings_of

EXAMPLE = "loquet agent --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --outputs-off."""
    parser.add_argument(
        "--outputs-off",
        action="store_true",
        help="drive every configured output to off and exit; systemd calls this after a crash",
    )


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    from devices.agent.main import run as run_agent
    from devices.agent.outputs_off import outputs_off

    settings = settings_of(args)
    return outputs_off(settings) if args.outputs_off else run_agent(settings)
