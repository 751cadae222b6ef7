"""`loquet tap`: tap a credential on a simulated reader."""

import argparse
import json
from pathlib import Path

from controller.cli import settings_of
from controller.settings import SettingsError

EXAMPLE = "loquet tap laser-co2 em:0004200000 --config var/demo/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the reader and the credential."""
    parser.add_argument("reader", help="the simulated reader; in the demo, the access point's id")
    parser.add_argument("credential", help="uid: with hex digits, em: with ten digits, …")
    parser.add_argument("--socket", type=Path, help="control socket of the simulated hardware")


def run(args: argparse.Namespace) -> int:
    """Send the card's frame to the reader."""
    from devices.sim.client import tap

    at = tap(str(args.socket or _socket(args)), args.reader, args.credential)
    print(json.dumps({"at_mono_s": at}) if args.json else f"{args.credential} at {args.reader}")
    return 0


def _socket(args: argparse.Namespace) -> str:
    """Return the socket from a controller's or an agent's configuration. Raises SettingsError."""
    demo = Path("var/demo/config.toml")
    if args.config is None and demo.exists():
        args.config = demo
    settings = settings_of(args)
    socket = settings.web.bench_socket or settings.agent.pins.removeprefix("sim:")
    if socket == "auto":
        raise SettingsError(f"{settings.source}: no simulated hardware here; use --socket PATH")
    return socket
