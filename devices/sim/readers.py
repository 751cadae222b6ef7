"""The simulated readers of a bench, whatever their kind."""

from collections.abc import Mapping
from typing import Protocol

from devices.sim.iso14443_conversation import Application
from devices.sim.rf_reader import Listen, PtyReader, SpiReader
from devices.sim.serial_reader import SerialReader
from devices.sim.specs import ReaderSpec


class SimReader(Protocol):
    """What the bench does with a reader. Times are monotonic seconds."""

    spec: ReaderSpec
    resting: str | None
    deadline: float | None

    @property
    def plugged(self) -> bool:
        """Whether its cable is in."""

    def plug(self) -> None:
        """Put the cable in."""

    def unplug(self) -> None:
        """Pull it."""

    def place(self, credential: str, rests: bool, at: float, iso_dep: bool | None = None) -> None:
        """Hold a card to it. Raises ValueError."""

    def lift(self) -> None:
        """Take the card away."""

    def tick(self, at: float) -> None:
        """Time passed."""

    def send(self, data: bytes) -> None:
        """Put any bytes on its wire. Raises ValueError."""


def make_reader(
    spec: ReaderSpec, listen: Listen, cards: Mapping[str, Application] | None = None
) -> SimReader:
    """The reader that a spec describes; `cards`: those with keys. Raises ValueError."""
    known = {} if cards is None else cards
    if spec.model == "rc522":
        return SpiReader(spec, known)
    if not spec.link:
        raise ValueError(f"reader {spec.name}: a {spec.model} needs a link")
    if spec.model == "pn532":
        return PtyReader(spec, listen, known)
    return SerialReader(spec)
