"""`loquet serve`: hub and web in one process, on SQLite and an in-process Redis."""

import argparse

from controller.cli import settings_of

EXAMPLE = "loquet serve --config config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none beyond the common ones."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    from controller.cli.controller_runtime import serve_web

    serve_web(settings_of(args), with_hub=True)
    return 0
