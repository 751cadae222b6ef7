"""`loquet completion`: print a script with which bash or zsh completes commands and options."""

import argparse

from controller.cli import COMMANDS, parser_of

EXAMPLE = "loquet completion bash > /etc/bash_completion.d/loquet"


class CompletionError(Exception):
    """Raised with one line that names what is not installed."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell."""
    parser.add_argument("shell", choices=("bash", "zsh"))


def run(args: argparse.Namespace) -> int:
    """Print the script. Raises CompletionError where only an agent is installed."""
    try:
        import shtab

        parser = parser_of(COMMANDS)
    except ImportError as error:
        raise CompletionError(f"this needs the controller's packages: {error}") from error
    print(shtab.complete(parser, args.shell))
    return 0
