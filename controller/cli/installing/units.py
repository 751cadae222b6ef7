"""Install and start systemd units: those of the package, or copies from the source tree."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.progress_output import strip_controls
from controller.cli.installing.steps import FunctionStep, Step, WriteFile
from controller.settings import SettingsError

OF_TREE = Path(__file__).parents[3] / "systemd"
"""Folder of the units in the source tree."""
_PROGRAM, _CONFIG = "/opt/loquet/.venv/bin/loquet", "/var/lib/loquet/config.toml"


def unit_steps(layout: Layout, units: Sequence[str], manifest: Manifest) -> Iterator[Step]:
    """Yield the steps that write units that no package has brought, and enable and start them."""
    yield from write_units(layout, units, manifest)
    if layout.has_systemd:
        yield _enable_step(units, manifest)


def write_units(layout: Layout, units: Sequence[str], manifest: Manifest) -> Iterator[Step]:
    """Yield the steps that write the units that no package has brought."""
    for unit in _files(units):
        if not layout.packaged(unit) and (file := OF_TREE / unit).exists():
            text = file.read_text(encoding="utf-8").replace(_CONFIG, str(layout.config))
            text = text.replace(_PROGRAM, str(venv_program("loquet")))
            yield WriteFile(layout.units / unit, text, manifest)


def _files(units: Sequence[str]) -> Iterator[str]:
    """Yield the files of the units; a timer needs its service too."""
    for unit in units:
        yield unit
        if unit.endswith(".timer"):
            yield f"{unit.removesuffix('.timer')}.service"


def _enable_step(units: Sequence[str], manifest: Manifest) -> Step:
    def is_needed() -> bool:
        return not all(_has_state("is-enabled", unit) and is_active(unit) for unit in units)

    def apply() -> bool:
        lacked = is_needed()
        systemctl("daemon-reload")
        systemctl("enable", "--now", *units)
        manifest.units = sorted({*manifest.units, *units})
        return lacked

    return FunctionStep(f"{', '.join(units)} are running", is_needed, apply)


def systemctl(*words: str) -> None:
    """Run systemctl. Raises SettingsError with its error message."""
    result = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        error = " ".join(result.stderr.split()) or "it failed"
        raise SettingsError(f"systemctl {' '.join(words)}: {error}; journalctl -xe says more")


def is_active(unit: str) -> bool:
    """Return whether the unit is running."""
    return _has_state("is-active", unit)


def _has_state(query: str, unit: str) -> bool:
    words = ["systemctl", query, "--quiet", unit]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


# Runs a command of Loquet as the user of the services, so that the files it writes belong to it.


def loquet(layout: Layout, *words: str, typed: str = "") -> Any:
    """Return the command's JSON output; `typed` is its standard input. Raises SettingsError."""
    command = [sys.executable, "-P", "-m", "controller.cli", *words, "--config", str(layout.config)]
    identity: dict[str, Any] = {}
    if layout.user is not None:
        identity = {"user": layout.user, "group": layout.user, "extra_groups": []}
    result = subprocess.run(
        [*command, "--json"],
        input=typed,
        capture_output=True,
        text=True,
        cwd=layout.state,
        start_new_session=True,  # it must not be able to type into root's terminal
        **identity,
    )
    if result.returncode != 0:
        raise SettingsError(
            strip_controls(_error_text(result.stderr) or f"loquet {words[0]} failed")
        )
    return json.loads(result.stdout)


def _error_text(output: str) -> str:
    """Return the error message: with --json, an error is an object on the last line."""
    last = (output.strip().splitlines() or [""])[-1]
    try:
        return str(json.loads(last)["error"])
    except (ValueError, KeyError, TypeError):
        return last


def venv_program(name: str) -> Path:
    """Return the path of a program in this Python environment."""
    return Path(sys.executable).with_name(name)
