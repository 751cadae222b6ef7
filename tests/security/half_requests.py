"""Sockets that send half a request and wait; run it to see how long pages take meanwhile.

python -m tests.security.half_requests
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from tests.support.web_server import SITE, ask, install, port_of, running, sign_in

HEAD = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept"
BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=a"
)
API_BODY = (
    b"POST /api/v1/members HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400\r\n"
    b'Content-Type: application/json\r\n\r\n{"display_name":'
)
KINDS = {"heads": HEAD, "bodies": BODY, "API bodies": API_BODY}
SOCKETS = 150
"""Nine for each thread of the server."""
STREAMS = 8
"""As many as a server of 16 threads lets be open."""
PAGES, PATHS = 200, ("/", "/members", "/api/v1/openapi.json")


@contextmanager
def waiting(port: int, half: bytes, sockets: int = SOCKETS) -> Iterator[list[socket.socket]]:
    """Sockets that have sent this much and nothing more."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(sockets)
        ]
        for line in lines:
            line.sendall(half)
        yield lines


@contextmanager
def streams(port: int, cookie: str) -> Iterator[None]:
    """Open pages that are told of changes, as many as may be."""
    with ExitStack() as stack:
        for _ in range(STREAMS):
            answer = stack.enter_context(ask(port, "GET", f"/live?site={SITE}", cookie))
            assert answer.status == 200, answer.status
        yield


def times_ms(port: int, cookie: str) -> list[float]:
    """How long each of some pages takes, one after the other."""
    found = []
    for number in range(PAGES):
        began = time.perf_counter()
        with ask(port, "GET", PATHS[number % len(PATHS)], cookie) as page:
            page.read()
            assert page.status == 200, page.status
        found.append(1000 * (time.perf_counter() - began))
    return found


def main() -> None:
    """Print the p50 and p95 of pages, without and with half requests of each kind."""
    with TemporaryDirectory() as folder, running(install(Path(folder))) as process:
        port = port_of(process)
        cookie = sign_in(port)
        with streams(port, cookie):
            _print("none", times_ms(port, cookie))
            for kind, half in KINDS.items():
                with waiting(port, half):
                    _print(f"{SOCKETS} {kind}", times_ms(port, cookie))


def _print(what: str, found: list[float]) -> None:
    cut = quantiles(found, n=20)
    print(f"{what}: p50 {cut[9]:.1f} ms, p95 {cut[18]:.1f} ms, worst {max(found):.1f} ms")


if __name__ == "__main__":
    main()
