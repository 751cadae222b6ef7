"""A place with news, a receiver that answers as told, and a sender between them."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from controller.integrations.webhooks import webhooks
from controller.integrations.webhooks.sender import Sender, running_webhooks, sealer
from controller.integrations.webhooks.shapes import NewWebhook, WebhookMade
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.outbox_follower import FollowerThread
from controller.live import Live
from tests.support.clock import Clock
from tests.webui.conftest import SITE, database

__all__ = ["database"]

SYSTEM = Actor.system("test")
SECRET = "s" * 40


@dataclass
class Got:
    """A message as it came."""

    body: str
    headers: dict[str, str]


@dataclass
class Receiver:
    """Keeps what it is sent, and answers with the next of its statuses, then with the last."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [204])
    got: list[Got] = field(default_factory=list)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_answer: threading.Event = field(default_factory=threading.Event)

    def wait(self, count: int = 1) -> None:
        """Until so many more messages have come."""
        for _ in range(count):
            assert self.came.acquire(timeout=60), "no message came"


@pytest.fixture
def clock() -> Clock:
    """From now on: receivers take no message that was signed at another time."""
    return Clock(wall_clock())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiving() as found:
        yield found


class Receiving:
    """A real server on a port of its own, with TLS where there is a context for it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls

    def __enter__(self) -> Receiver:
        self.receiver = receiver = Receiver()
        receiver.may_answer.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.got.append(Got(body, {k.lower(): v for k, v in self.headers.items()}))
                receiver.came.release()
                receiver.may_answer.wait(60)
                more = len(receiver.statuses) > 1
                self.send_response(receiver.statuses.pop(0) if more else receiver.statuses[0])
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if self._tls is None else "https"
        receiver.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}/hook?a=1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return receiver

    def __exit__(self, *_error: object) -> None:
        self.receiver.may_answer.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def sender(database: Database, clock: Clock) -> Iterator[Sender]:
    with (
        following(database) as heard,
        running_webhooks(database, heard, SECRET, allow_private=True, clock=clock) as found,
    ):
        yield found


@contextmanager
def following(database: Database) -> Iterator[FollowerThread]:
    """What hears of news there, without a bell."""
    found = FollowerThread(database, Live("embedded"))
    yield found
    found.stop()


def make(database: Database, url: str, *types: str) -> WebhookMade:
    with database.edit() as db:
        new = NewWebhook(url=url, types=types, site_id=SITE)
        return webhooks.create(
            db, new, seal=sealer(SECRET), allow_private=True, actor=SYSTEM, now=wall_clock()
        )
