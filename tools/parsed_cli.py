"""What Loquet's command line takes, read from its real parsers: for man pages and for what the
documents say."""

import argparse
from collections.abc import Iterator
from functools import cache

from controller.cli import COMMANDS, parser_of


@cache
def commands() -> dict[str, argparse.ArgumentParser]:
    """Each command's parser, which knows its own arguments."""
    (found,) = (
        action
        for action in parser_of(COMMANDS)._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(found.choices)


def options_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What begins with a dash."""
    return (action for action in parser._actions if action.option_strings)


def words_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What has its place, without a dash."""
    return (action for action in parser._actions if not action.option_strings)
