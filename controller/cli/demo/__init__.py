"""`loquet demo`: run La Fabrique, a whole place with simulated hardware."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.cli.demo.start import Demo

EXAMPLE = "loquet demo --state var/demo --port 8000"
DEFAULT_STATE = Path("var/demo")
"""Folder of the demo's data unless --state names another."""


class DemoError(Exception):
    """Raised with one line that says what to do."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder, the port, and what the demo does."""
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep everything under DIR")
    parser.add_argument("--port", type=int, help="port of the pages; 0 picks a free one")
    parser.add_argument(
        "--fresh", action="store_true", help="delete everything and start from scratch"
    )
    parser.add_argument("--quiet", action="store_true", help="no history and no simulated visitors")
    parser.add_argument("--script", action="store_true", help="go through the main tasks and exit")
    parser.add_argument(
        "--language", choices=("fr", "en"), help="language of the texts in a new demo"
    )
    parser.add_argument(
        "--ready-file",
        type=Path,
        metavar="F",
        help="write addresses and accounts to F as JSON; implies --quiet",
    )


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or, with --script, until the script is done."""
    from controller.capabilities.agents.pki import write_private
    from controller.cli.demo.day import Day
    from controller.cli.demo.incidents import Staff
    from controller.cli.demo.scene import set_scene
    from controller.cli.demo.start import start
    from controller.domain.facts import Language
    from controller.settings.reading import load

    for end in (signal.SIGTERM, signal.SIGHUP):  # the terminal was closed: stop all processes
        signal.signal(end, lambda *_: sys.exit(0))
    with ExitStack() as stack:
        state = args.state or _state(args, stack)
        if args.fresh:
            _forget(state)
        port = 0 if args.script and args.port is None else args.port
        # programs that use --ready-file control everything themselves
        living = not (args.quiet or args.script or args.ready_file)
        language = Language(args.language) if args.language else None
        demo = start(state, port, _say, past=living, language=language)
        stack.callback(demo.place.stop)
        if args.ready_file:
            write_private(args.ready_file, json.dumps(demo.ready(), indent=1).encode())
        if args.script:
            return _play(demo)
        if living:
            staff = Staff(demo.api, demo.secrets.members, demo.agents)
            day = Day(str(demo.layout.socket), staff=staff)
            set_scene(day, load(demo.layout.config))
            day.start()
        _invite(demo, state, living)
        signal.pause()
    return 0


def _state(args: argparse.Namespace, stack: ExitStack) -> Path:
    """Return the state folder: a temporary one for --script, otherwise the usual one."""
    if args.script:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loquet-demo-")))
    return DEFAULT_STATE


def _forget(state: Path) -> None:
    """Delete a demo's folder. Raises DemoError if it holds something else, or the demo runs."""
    from controller.cli.demo.start import is_running

    if state.exists() and not (state / "bench.toml").exists() and any(state.iterdir()):
        raise DemoError(f"{state} holds something other than a demo; name another with --state")
    if is_running(state):
        raise DemoError(f"the demo in {state} is running; end it, or name another with --state")
    shutil.rmtree(state, ignore_errors=True)


def _play(demo: "Demo") -> int:
    from controller.cli.demo.script import Script

    Script(demo, _say).play()
    _say("Everything held.")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _invite(demo: "Demo", state: Path, living: bool) -> None:
    from controller.cli.demo.people import AMINA, ZOE
    from controller.cli.demo.script import LASER, credential_called

    accounts = "\n".join(
        f"  {account.role:<9} {account.email:<32} {account.password}"
        for account in demo.secrets.accounts
    )
    manager = next(account.email for account in demo.secrets.accounts if account.role == "manager")
    sentence = ""
    if living:
        sentence = "Something happens here all day: Bench pauses it, --quiet starts without.\n"
    _say(f"""
La Fabrique is open: {demo.url}

{accounts}

{sentence}Try this:
  1. Sign in as the manager and open {demo.url}/bench: tap {AMINA} at the laser; watch its relay.
  2. Tap {ZOE}: she is refused; on her Members page, certify her; tap again.
  3. Or from a second terminal:
     ./run loquet tap {LASER} {credential_called(AMINA)} --config {state}/config.toml
  4. A token for the API, whose examples are in docs/api.md:
     ./run loquet token add --email {manager} --name try --config {state}/config.toml
  5. Kill any process: it comes back, and nothing is lost.

Ctrl-C ends everything.""")
