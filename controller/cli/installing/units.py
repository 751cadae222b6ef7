"""The units of systemd: a package's, or those of this tree where none brought them."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.running_loquet import beside_python
from controller.cli.installing.steps import Step, Work, WriteFile
from controller.settings import SettingsError

OF_TREE = Path(__file__).parents[3] / "systemd"
_PROGRAM, _CONFIG = "/opt/loquet/.venv/bin/loquet", "/var/lib/loquet/config.toml"


def unit_steps(layout: Layout, units: Sequence[str], manifest: Manifest) -> Iterator[Step]:
    """Write those that no package has brought, then have them run from now on."""
    yield from write_units(layout, units, manifest)
    if layout.has_systemd:
        yield _enabled(units, manifest)


def write_units(layout: Layout, units: Sequence[str], manifest: Manifest) -> Iterator[Step]:
    """Write those that no package has brought."""
    for unit in _files(units):
        if not layout.packaged(unit) and (file := OF_TREE / unit).exists():
            text = file.read_text(encoding="utf-8").replace(_CONFIG, str(layout.config))
            text = text.replace(_PROGRAM, str(beside_python("loquet")))
            yield WriteFile(layout.units / unit, text, manifest)


def _files(units: Sequence[str]) -> Iterator[str]:
    """A timer comes with what it starts."""
    for unit in units:
        yield unit
        if unit.endswith(".timer"):
            yield f"{unit.removesuffix('.timer')}.service"


def _enabled(units: Sequence[str], manifest: Manifest) -> Step:
    def lacking() -> bool:
        return not all(_is("is-enabled", unit) and is_active(unit) for unit in units)

    def doing() -> bool:
        lacked = lacking()
        systemctl("daemon-reload")
        systemctl("enable", "--now", *units)
        manifest.units = sorted({*manifest.units, *units})
        return lacked

    return Work(f"{', '.join(units)} run from now on", lacking, doing)


def systemctl(*words: str) -> None:
    """Raises SettingsError with its own words."""
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or "it failed"
        raise SettingsError(f"systemctl {' '.join(words)}: {said}; journalctl -xe says more")


def is_active(unit: str) -> bool:
    """Whether it runs."""
    return _is("is-active", unit)


def _is(what: str, unit: str) -> bool:
    words = ["systemctl", what, "--quiet", unit]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
