"""Runs a command of Loquet as the user of the services, so that what it writes is theirs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from controller.cli.installing.layout import Layout
from controller.cli.installing.progress_output import strip_controls
from controller.settings import SettingsError


def loquet(layout: Layout, *words: str, typed: str = "") -> Any:
    """What it prints as JSON; `typed` comes on its standard input. Raises SettingsError."""
    command = [sys.executable, "-P", "-m", "controller.cli", *words, "--config", str(layout.config)]
    who: dict[str, Any] = {}
    if layout.user is not None:
        who = {"user": layout.user, "group": layout.user, "extra_groups": []}
    done = subprocess.run(
        [*command, "--json"],
        input=typed,
        capture_output=True,
        text=True,
        cwd=layout.state,
        start_new_session=True,  # it must not type into root's terminal
        **who,
    )
    if done.returncode != 0:
        raise SettingsError(strip_controls(_why(done.stderr) or f"loquet {words[0]} failed"))
    return json.loads(done.stdout)


def _why(said: str) -> str:
    """The sentence in what it told a program: with --json an error is an object on one line."""
    last = (said.strip().splitlines() or [""])[-1]
    try:
        return str(json.loads(last)["error"])
    except (ValueError, KeyError, TypeError):
        return last


def beside_python(name: str) -> Path:
    """A program of the environment that this runs in."""
    return Path(sys.executable).with_name(name)
