"""Links to a real Mosquitto with TLS 1.3 and client certificates."""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from controller.wire.link import IncomingMessage, PahoLink, UndeliveredMessage, Will
from controller.wire.signatures import Signer
from tests.support.broker import Authority, Broker

WAIT_S = 180.0
"""How long a test waits for what must happen, before it fails."""


@dataclass
class Heard:
    """What a link told, in queues that a test waits on."""

    messages: queue.Queue[IncomingMessage] = field(default_factory=queue.Queue)
    ups: queue.Queue[bool] = field(default_factory=queue.Queue)
    undelivered: queue.Queue[UndeliveredMessage] = field(default_factory=queue.Queue)

    def message(self) -> IncomingMessage:
        return self.messages.get(timeout=WAIT_S)

    def up(self) -> bool:
        return self.ups.get(timeout=WAIT_S)


@dataclass
class Place:
    """A broker, its CA, and the links of a test."""

    authority: Authority
    broker: Broker
    links: list[PahoLink] = field(default_factory=list)

    def link(
        self,
        name: str,
        *filters: str,
        will: Callable[[], Will] | None = None,
        signer: Signer | None = None,
        **more: Any,
    ) -> tuple[PahoLink, Heard]:
        """A started link with a certificate of that name."""
        folder = self.authority.folder
        if not (folder / f"{name}.pem").exists():
            self.authority.issue(name)
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.broker.port,
            "ca": self.authority.ca,
            "cert": folder / f"{name}.pem",
            "key": folder / f"{name}.key",
            "client_id": name,
        }
        link = PahoLink(will=will, signer=signer, **(values | more))
        heard = Heard()
        link.on_message(heard.messages.put)
        link.on_connection(heard.ups.put)
        link.on_undelivered(heard.undelivered.put)
        for topic_filter in filters:
            link.subscribe(topic_filter)
        self.links.append(link)
        link.start()
        return link, heard


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority = Authority(tmp_path)
    broker = Broker(tmp_path, authority)
    broker.start()
    place = Place(authority, broker)
    yield place
    for link in place.links:
        link.stop()
    broker.kill()
