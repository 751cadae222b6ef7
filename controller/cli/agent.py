"""`loquet agent`: run the agent of a Pi, or switch its outputs off after a crash."""

import argparse
from pathlib import Path

from controller.cli import settings_of

EXAMPLE = "loquet agent --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --outputs-off and --unpack-program."""
    parser.add_argument(
        "--outputs-off",
        action="store_true",
        help="switch every configured output off and exit; systemd runs this after a crash",
    )
    parser.add_argument(
        "--unpack-program",
        nargs=2,
        type=Path,
        metavar=("AGENT", "PROGRAMS"),
        help="unpack the signed program that an agent has downloaded into its folder; systemd runs"
        " this as root, without any configuration",
    )


def run(args: argparse.Namespace) -> int:
    """Run the agent until SIGTERM, or do what the options ask for."""
    if args.unpack_program:
        return _unpack(*args.unpack_program)
    from devices.agent.main import run as run_agent
    from devices.agent.outputs_off import outputs_off
    from devices.agent.program.upgrader import run_chosen

    settings = settings_of(args)
    if not args.outputs_off:
        run_chosen(settings)
    return outputs_off(settings) if args.outputs_off else run_agent(settings)


def _unpack(agent: Path, programs: Path) -> int:
    """Unpack as root, without reading the configuration, because the agent can write that file."""
    from devices.agent.program.program_store import ProgramStore
    from devices.agent.program.unpack import unpack

    unpack(ProgramStore(programs, agent / "program"))
    return 0
