"""Measure how many bytes Live sends to a browser, and how soon something of it is painted."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from controller.cli.bench.browser import Tab, chromium
from controller.cli.bench.figure import Figure, percentile, percentile_figure
from controller.cli.bench.pages import LOGIN, PASSWORD
from controller.settings import Settings

# A proxy between a browser and a server on this computer that counts the bytes.


class CountingProxy:
    """A port that forwards to the server."""

    def __init__(self, server: int) -> None:
        self.received = 0
        """Bytes from the server to the browser so far."""
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "CountingProxy":
        threading.Thread(target=self._accept, name="wire", daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # until the listener is closed
            while True:
                browser, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                for ends in ((browser, server, False), (server, browser, True)):
                    threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if counted:
                    self.received += len(data)
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


LOADS = 20
"""Number of loads of each kind."""
_SIGN_IN = """
document.querySelector("#login").value = "{login}";
document.querySelector("#password").value = "{password}";
document.querySelector("form.sheet").submit();
"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def measure(settings: Settings, folder: Path, loads: int = LOADS) -> list[Figure]:
    """Measure Live's kilobytes with an empty and a full browser cache, and its first paint."""
    with _server(settings) as port, CountingProxy(port) as wire, chromium(folder) as tab:
        live = f"http://127.0.0.1:{wire.port}/"
        tab.open(f"{live}sign-in")
        tab.run(_SIGN_IN.format(login=LOGIN, password=PASSWORD))
        tab.settle()
        cold = [_weight(tab, wire, live, cold=True) for _ in range(loads)]
        warm = [_weight(tab, wire, live, cold=False) for _ in range(loads)]
        painted = [_first_paint_ms(tab, f"http://127.0.0.1:{port}/") for _ in range(loads)]
    paint = percentile_figure("first_paint", "ms", painted)
    p95 = percentile(painted, 95)
    return [
        Figure("live_weight_cold", "kB", value=max(cold), note=f"the most of {loads}"),
        Figure("live_weight_warm", "kB", value=max(warm), note=f"the most of {loads}"),
        Figure(
            "first_paint",
            "ms",
            p50=paint.p50,
            p99=paint.p99,
            max=paint.max,
            value=p95,
            note="p95 of Live, nothing cached",
        ),
    ]


def _weight(tab: Tab, wire: CountingProxy, url: str, *, cold: bool) -> float:
    """Return the kilobytes of one load, headers included."""
    tab.open("about:blank")  # ends the event stream
    if cold:
        tab.do("Network.clearBrowserCache")
    before = wire.received
    tab.open(url)
    return (wire.received - before) / 1000


def _first_paint_ms(tab: Tab, url: str) -> float:
    tab.open("about:blank")
    tab.do("Network.clearBrowserCache")
    tab.open(url)
    return float(tab.run(_PAINTED))


@contextmanager
def _server(settings: Settings) -> Iterator[int]:
    """Start only the web server, as a process; yields its port."""
    command = [sys.executable, "-m", "controller.cli.bench.page_process", str(settings.source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else "")
        finally:
            process.terminate()
