"""Writes loquet's man page and what shells complete, from the parsers: `… PACKAGE FOLDER`.

PACKAGE is `controller` or `agent`: an agent has none of the commands that need a database.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import shtab

from controller.cli import COMMANDS, Entry, parser_of
from tools.parsed_cli import commands, options_of, words_of

OF_AGENT = ("setup", "remove", "agent", "enrol", "commission", "status", "doctor", "tap")
COMMON = ("config", "json", "debug", "help")
SHELLS = {"bash": "completion.bash", "zsh": "completion.zsh"}
_HEAD = """\
.TH LOQUET 1 "" "Loquet {version}" "Loquet"
.SH NAME
loquet \\- access control for machines and doors in fablabs and makerspaces
.SH SYNOPSIS
.B loquet
.I COMMAND
[options]
.SH DESCRIPTION
Members tap their badge at a machine or a door. The agent next to it decides at once, from a signed
copy of the facts. The controller owns the facts and collects events. This page describes the
commands that are installed here. When root runs a command, it runs as the user
.BR loquet ,
unless it changes the computer.
.SH COMMANDS
"""
_TAIL = """\
.SH EXIT STATUS
0: done. 1: failed, with one line that says what to do. 2: wrong usage.
.SH FILES
.TP
.I config.toml
in the current folder, or else
.IR /etc/loquet/config.toml .
.TP
.I /var/lib/loquet
keys, database, journal.
.SH SEE ALSO
The documentation that the controller serves under
.IR /docs ,
and
.I /usr/share/doc/loquet-{package}
"""


def commands_of(package: str) -> Mapping[str, Entry]:
    """Those that work where that package alone is installed."""
    return (
        COMMANDS
        if package == "controller"
        else {command: COMMANDS[command] for command in OF_AGENT}
    )


def page(package: str) -> str:
    """The man page, in man's own language (man(7))."""
    parts = [_HEAD.format(version=_plain(version("loquet")))]
    for name in commands_of(package):
        parts += _command(name, commands()[name])
    parts += [".SH COMMON OPTIONS\n"]
    parts += (_term(action) for action in _common(commands()["doctor"]))
    return "".join((*parts, _TAIL.format(package=package)))


def completion(package: str, shell: str) -> str:
    """The script for `bash` or `zsh`."""
    known = commands_of(package)
    return shtab.complete(parser_of(known, known), shell)


def write(package: str, folder: Path) -> None:
    """`loquet.1` and a script for each shell."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "loquet.1").write_text(page(package), encoding="utf-8")
    for shell, name in SHELLS.items():
        (folder / name).write_text(completion(package, shell), encoding="utf-8")


def _command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    words = " ".join(_called(action) for action in words_of(parser))
    yield f".SS {_plain(f'loquet {name} {words}'.strip())}\n{_text(parser.description or '')}\n"
    common = set(_common(parser))
    for action in (*words_of(parser), *options_of(parser)):
        if action not in common and action.help is not argparse.SUPPRESS:
            yield _term(action)
    if parser.epilog:
        yield f".PP\n{_text(parser.epilog)}\n"


def _common(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in options_of(parser) if action.dest in COMMON]


def _called(action: argparse.Action) -> str:
    name = (
        "|".join(action.choices) if action.choices else str(action.metavar or action.dest).upper()
    )
    return f"[{name}]" if action.nargs in ("?", "*") else name


def _term(action: argparse.Action) -> str:
    if not action.option_strings:
        return f".TP\n.I {_plain(_called(action))}\n{_text(action.help or '')}\n"
    value = "" if action.nargs == 0 else f" {_called(action)}"
    names = ", ".join(action.option_strings)
    return f".TP\n.B {_plain(names + value)}\n{_text(_help_of(action))}\n"


def _help_of(action: argparse.Action) -> str:
    return (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")


def _plain(text: str) -> str:
    """Within a line: nothing of it is taken for a command of man's."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "".join(
        character if character.isascii() else f"\\[u{ord(character):04X}]" for character in text
    )


def _text(text: str) -> str:
    return "\n".join(
        "\\&" + _plain(line) if line[:1] in (".", "'") else _plain(line)
        for line in text.splitlines()
        if line.strip()
    )


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
