"""The command line: each command is one module, imported only when it is called."""

import argparse
import gc
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from controller.cli.plain_output import without_controls
from controller.settings import Settings, SettingsError
from controller.settings.reading import load


class Command(Protocol):
    """The attributes that a command's module must have."""

    EXAMPLE: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the command and return its exit code: 0 done, 1 failed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command's module is, and its summary in `loquet --help`."""

    module: str
    summary: str


OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Threshold of the garbage collector for young objects.

Python's default of 700 would take a fifth of the start-up time: imported objects stay, and each
collection inspects them again.
"""
INSTALLED = Path("/etc/loquet/config.toml")
"""The configuration file that `loquet setup` writes."""
PACKAGES = ("controller", "devices", "firmware_bridge", "webui")
"""The top-level names that Loquet installs."""
COMMANDS = {
    "demo": Entry("demo", "run a whole place with simulated hardware"),
    "setup": Entry("setup", "set up this computer as a controller or an agent"),
    "remove": Entry("remove", "remove what setup installed on this computer"),
    "init": Entry("init", "create keys, certificates, the broker's configuration and the database"),
    "serve": Entry("serve", "run the controller: hub and web in one process"),
    "web": Entry("web", "run only the pages and the HTTP API"),
    "hub": Entry("hub", "run only the MQTT side of the controller"),
    "agent": Entry("agent", "run the agent on a Pi"),
    "enrol": Entry("enrol", "enrol this Pi with a claim code"),
    "commission": Entry(
        "commission", "go through a new access point's checks and put it into service"
    ),
    "status": Entry("status", "show what runs, the last backup, active alarms and boxes"),
    "doctor": Entry("doctor", "check this computer for problems, and say how to fix them"),
    "tap": Entry("tap", "tap a credential on a simulated reader"),
    "db": Entry(
        "db", "upgrade, check, rebuild, back up or restore the database, or apply retention"
    ),
    "clock": Entry("clock", "check whether the controller's date can be trusted, or confirm it"),
    "member": Entry("member", "import members from a spreadsheet, or export them as CSV"),
    "import": Entry(
        "import_command", "import people, rights and machines from fab-manager or FabOMatic"
    ),
    "backup": Entry(
        "backup", "back up the whole place, encrypted and verified; list and restore backups"
    ),
    "upgrade": Entry("upgrade", "upgrade the database to this version, or leave it unchanged"),
    "program": Entry("program", "update the agents' program, one agent after the other"),
    "badge": Entry(
        "badge", "write keys to cards so that they can't be copied; create and list master keys"
    ),
    "site-key": Entry("site_key", "change the key by which a site's boxes recognise badges"),
    "report": Entry("report", "print a usage report"),
    "money": Entry("money", "recalculate and compare all charges; export accounting entries"),
    "audit": Entry("audit", "verify the audit log's chain"),
    "schema": Entry("schema", "print the AsyncAPI, OpenAPI or configuration schema"),
    "user": Entry("user", "add, list, revoke or reset accounts that can sign in"),
    "token": Entry("token", "add, list or revoke API tokens"),
    "watch": Entry("watch", "print changes at the place as lines of JSON"),
    "bench": Entry("bench", "measure performance figures"),
    "completion": Entry("completion", "print a shell completion script"),
}
"""All commands, by the name that users type."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Errors are printed as one line; --debug adds the traceback.
    """
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    words = list(sys.argv[1:] if argv is None else argv)
    with without_controls():
        try:
            _check_packages()
            args = _parse(words)
        except ImportError as error:
            print(f"loquet: {_one_line(error)}", file=sys.stderr)
            return 1
        return _run(args)


def _check_packages() -> None:
    """Raise ImportError if another program's package hides one of ours by its name."""
    root = Path(__file__).parents[2]
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin and Path(spec.origin).parents[1] != root:
            raise ImportError(
                f"{Path(spec.origin).parent} belongs to another program and hides Loquet's package"
                f" {name!r}: install Loquet in an environment of its own, such as with pipx",
                name=name,
            )


def _run(args: argparse.Namespace) -> int:
    try:
        command: Command = args.command
        return command.run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001  the outermost place: a person reads one line
        if args.debug:
            traceback.print_exc()
        print(_error_text(args, error), file=sys.stderr)
        return 1


def settings_of(args: argparse.Namespace) -> Settings:
    """Return the settings from --config, else ./config.toml, else /etc/loquet. Raises
    SettingsError.

    If a database restore was interrupted, it is finished first.
    """
    settings = load(config_of(args))
    if settings.unfinished_swap.exists():
        from controller.cli.database_restore import finish

        finish(settings)
    return settings


def config_of(args: argparse.Namespace) -> Path:
    """Return the path of the configuration file. Raises SettingsError."""
    chosen: Path | None = args.config
    if chosen is not None:
        return chosen
    for file in (Path("config.toml"), INSTALLED):
        if os.access(file, os.F_OK):  # false too if the folder is not readable
            return file
    if INSTALLED.parent.is_dir() and not os.access(INSTALLED.parent, os.X_OK):
        raise SettingsError(f"{INSTALLED} can't be read by this user: use sudo")
    raise SettingsError(
        f"no config.toml in this folder, and no {INSTALLED}; set up this computer with sudo loquet"
        " setup controller or sudo loquet setup agent, or name a file with --config FILE"
    )


def _parse(words: list[str]) -> argparse.Namespace:
    """Parse the arguments.

    Only the named command's module is loaded, so an agent starts without Flask.
    """
    commands = {word: COMMANDS[word] for word in words[:1] if word in COMMANDS}
    parser = parser_of(commands, commands or COMMANDS)
    if words and not words[0].startswith("-") and not commands:
        parser.error(_unknown_command(words[0]))  # exits with code 2
    return parser.parse_args(words)


def _unknown_command(word: str) -> str:
    return f"there is no command {word!r}; {_hint(word, COMMANDS, 'loquet --help lists them')}"


def _hint(word: str, choices: Iterable[str], otherwise: str) -> str:
    """Return the known words that are close to a mistyped one, as a question."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(choices), n=2, cutoff=0.7)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


class _Parser(argparse.ArgumentParser):
    """A parser whose errors name the word that was probably meant."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, but refuse unknown options here, where their command is known."""
        result, unknown = super().parse_known_args(args, namespace)
        for word in unknown:
            if word.startswith("-"):
                option = word.partition("=")[0]
                choices = {name for action in self._actions for name in action.option_strings}
                hint = _hint(option, sorted(choices), f"{self.prog} --help lists them")
                self.error(f"there is no option {option}; {hint}")
        return result, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = [str(choice) for choice in action.choices or ()]
        if choices and str(value) not in choices:
            hint = _hint(str(value), choices, f"choose from {', '.join(choices)}")
            option = action if action.option_strings else None
            raise argparse.ArgumentError(option, f"{str(value)!r} is unknown; {hint}")


def parser_of(
    filled: Collection[str], commands_by_name: Mapping[str, Entry] = COMMANDS
) -> argparse.ArgumentParser:
    """Return the parser of these commands; those in `filled` get their own arguments too."""
    parser = _Parser(
        prog="loquet",
        description="Machine and access controller for fablabs.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example: loquet demo\n\nEach command has its own --help with an example.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    for name, entry in commands_by_name.items():
        sub = commands.add_parser(
            name,
            help=entry.summary,
            description=f"{entry.summary[0].upper()}{entry.summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            conflict_handler="resolve",
        )
        if name in filled:
            _fill(sub, entry)
    return parser


class _Version(argparse.Action):
    """Prints the version; it is looked up only on demand, so that other starts stay fast."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"loquet {version('loquet')}")
        parser.exit()


def _fill(parser: argparse.ArgumentParser, entry: Entry) -> None:
    command: Command = importlib.import_module(f"controller.cli.{entry.module}")
    parser.epilog = f"Example: {command.EXAMPLE}"
    common(parser)
    command.arguments(parser)  # the later one wins: a command may redefine --json
    parser.set_defaults(command=command, wrong=parser.error)  # exits with code 2


def common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    group = parser.add_argument_group("common options")
    group.add_argument("--config", type=Path, metavar="FILE", help="configuration file")
    group.add_argument("--json", action="store_true", help="print data as JSON")
    group.add_argument("--debug", action="store_true", help="show a traceback on failure")


def _error_text(args: argparse.Namespace, error: Exception) -> str:
    line = _one_line(error)
    if args.json is not True:  # for bench, --json is a file name
        return f"loquet {args.verb}: {line}"
    import json

    result: dict[str, Any] = {"command": args.verb, "error": line}
    if problems := getattr(error, "problems", ()):  # of a file to import
        result["problems"] = [
            {"line": problem.line, "column": problem.column, "message": problem.message}
            for problem in problems
        ]
    return json.dumps(result, ensure_ascii=False)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ImportError) and error.name in PACKAGES:
        return text
    if isinstance(error, ModuleNotFoundError):
        return (
            f"{text}; install Loquet with what its controller and agents need:"
            " pipx install 'loquet[controller,agent,bridge]'"
        )
    expected = type(error).__module__.split(".")[0] in PACKAGES
    return text if expected else f"{type(error).__name__}: {text} (more with --debug)"
