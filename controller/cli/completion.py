"""`loquet completion`: what bash or zsh needs to complete commands and options."""

import argparse

from controller.cli import COMMANDS, parser_of

EXAMPLE = "loquet completion bash > /etc/bash_completion.d/loquet"


class CompletionError(Exception):
    """What is not installed: one line."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell."""
    parser.add_argument("shell", choices=("bash", "zsh"))


def run(args: argparse.Namespace) -> int:
    """Print the script. Raises CompletionError where only an agent is installed."""
    try:
        import shtab

        parser = parser_of(COMMANDS)
    except ImportError as error:
        raise CompletionError(f"it needs all of the controller: {error}") from error
    print(shtab.complete(parser, args.shell))
    return 0
