"""`loquet serve`: run hub and web in one process, by default with SQLite and an embedded Redis."""

import argparse

from controller.cli import settings_of

EXAMPLE = "loquet serve --config config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: there are only the common options."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    from controller.cli.controller_runtime import serve_web

    serve_web(settings_of(args), with_hub=True)
    return 0
