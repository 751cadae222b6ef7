"""The interface that all simulated badge readers of a bench share."""

from collections.abc import Mapping
from typing import Protocol

from devices.sim.iso14443_conversation import Application
from devices.sim.rf_reader import Listen, PtyReader, SpiReader
from devices.sim.serial_reader import SerialReader
from devices.sim.specs import ReaderSpec


class SimReader(Protocol):
    """What the bench can do with a reader. Times are monotonic seconds."""

    spec: ReaderSpec
    resting: str | None
    """Credential id of the card that rests on the reader; None: no card rests."""
    deadline: float | None
    """When the bench is to call `tick`; None: not needed."""

    @property
    def plugged(self) -> bool:
        """Whether the reader's cable is plugged in."""

    def plug(self) -> None:
        """Plug the cable in."""

    def unplug(self) -> None:
        """Pull the cable out."""

    def place(self, credential: str, rests: bool, at: float, iso_dep: bool | None = None) -> None:
        """Hold a card to the reader; with `rests` it stays there. Raises ValueError."""

    def lift(self) -> None:
        """Take the card away."""

    def tick(self, at: float) -> None:
        """Do what is due at this time, such as sending again or lifting the card."""

    def send(self, data: bytes) -> None:
        """Put any bytes on the reader's wire. Raises ValueError if the reader can't."""


def make_reader(
    spec: ReaderSpec, listen: Listen, cards: Mapping[str, Application] | None = None
) -> SimReader:
    """Create the reader that a spec describes.

    `cards` are the cards with keys, by credential id. Raises ValueError.
    """
    cards_by_id = {} if cards is None else cards
    if spec.model == "rc522":
        return SpiReader(spec, cards_by_id)
    if not spec.link:
        raise ValueError(f"reader {spec.name}: a {spec.model} needs a link")
    if spec.model == "pn532":
        return PtyReader(spec, listen, cards_by_id)
    return SerialReader(spec)
