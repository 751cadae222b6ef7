"""Whose certificate a command believes that asks a controller over HTTPS."""

import argparse
import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from controller.cli import config_of
from controller.cli.http import HttpFailed
from controller.settings import SettingsError, load

PLACE = Path("/var/lib/loquet-root/place-ca.crt")
"""Where `loquet setup` lays the place's authority, on a controller and on a box."""


def declare_ca(parser: argparse.ArgumentParser) -> None:
    """Add --ca."""
    parser.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="certificate authority of the controller; not needed on the controller, on a box or"
        " with a public certificate",
    )


def trust(args: argparse.Namespace) -> ssl.SSLContext:
    """What this computer trusts, and the place's own authority or --ca. Raises HttpFailed."""
    context = ssl.create_default_context()
    for file in (args.ca,) if args.ca else _of_place(args):
        try:
            context.load_verify_locations(file)
        except OSError as error:
            reason = error.strerror if isinstance(error, FileNotFoundError) else "no certificate"
            raise HttpFailed(
                f"{file}: {reason}; --ca takes the place's authority in PEM, as http://…/trust says"
            ) from error
    return context


def _of_place(args: argparse.Namespace) -> Iterator[Path]:
    """Each place where this computer could have it."""
    files = [PLACE]
    with suppress(SettingsError):  # a computer with no configuration asks a place elsewhere
        settings = load(config_of(args))
        files += [Path(settings.site.keys) / "web-ca.crt"]
        files += [Path(settings.agent.state_dir) / "web-ca.crt"]
    yield from (file for file in files if os.access(file, os.R_OK))
