"""What a driver says of itself so that the contract can be tried on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.contract.pins import Pins
from devices.ports import FaultKind
from devices.registry import Port
from devices.sim.client import SimBench


@dataclass(frozen=True)
class Row:
    """A driver, options with which it works on the bench, and options that it must refuse."""

    port: Port[Any, Any]
    driver: str
    good: dict[str, Any]
    bad: dict[str, Any]
    outputs: tuple[int, ...] = ()
    use: Callable[[Any], None] = lambda device: None
    """Move every output."""
    off_level: int = 0
    unplugged: FaultKind | None = None
    pull: tuple[str, dict[str, Any], dict[str, Any]] | None = None
    """Operation that unplugs the device, its fields, and the fields that plug it in again."""
    cable: Callable[[Path, bool], None] | None = None
    """Unplugs (False) and plugs in what is not on the bench; given the bench's folder."""
    on_pins: bool = True
    """Whether it needs the pins process to be opened."""
    needs: str | None = None
    """A program without which it can't be brought back."""
    id: str = field(default="", kw_only=True)

    @property
    def name(self) -> str:
        """As the test is called."""
        return self.id or f"{self.port.table}-{self.driver}"

    def table(self, options: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Its table in config.toml, with `{folder}` filled in."""
        filled: dict[str, Any] = _filled(options, folder)
        return {"driver": self.driver, **filled}

    def plug(self, pins: Pins, bench: SimBench, plugged: bool) -> None:
        """Plug it in, or pull it out."""
        if self.cable is not None:
            self.cable(pins.folder, plugged)
        elif self.pull is not None:
            operation, pull, plug = self.pull
            bench.do(operation, **(plug if plugged else pull))


def _filled(value: Any, folder: Path) -> Any:
    match value:
        case str():
            return value.format(folder=folder)
        case dict():
            return {key: _filled(one, folder) for key, one in value.items()}
        case list():
            return [_filled(one, folder) for one in value]
    return value
