"""`loquet web`: the pages and the HTTP API alone; the hub is another process."""

import argparse

from controller.cli import settings_of

EXAMPLE = "loquet web --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: the common options are enough."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    from controller.cli.controller_runtime import serve_web

    serve_web(settings_of(args), with_hub=False)
    return 0
