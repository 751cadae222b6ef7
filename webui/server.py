"""Serves the application with waitress: a thread per open stream, and a quick, clean stop."""

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from controller.systemd import STOPPING, notify

INITIAL_THREADS = 8
"""How many threads start at once; more are started as they are needed."""
GRACE_S = 2.0
"""How many seconds a stop waits for responses that are being sent."""
MAX_BODY_BYTES = 2 * 1_048_576
"""Largest request body in bytes; Flask's own limit is lower, and answers with the API's error."""
SETTINGS = {
    "connection_limit": 1000,
    "asyncore_use_poll": True,  # select() knows no descriptor beyond 1023
    # Seconds after which an incomplete request or an idle connection is closed.
    "channel_timeout": 20,
    "cleanup_interval": 5,
    # Listen while an answer is written, so that a reader who leaves is noticed.
    "channel_request_lookahead": 1,
    "max_request_header_size": 65_536,
    "max_request_body_size": MAX_BODY_BYTES,
    "inbuf_overflow": 65_536,
    "clear_untrusted_proxy_headers": False,  # app.py trusts as many proxies as [web] says
    "log_socket_errors": False,
    "ident": None,
}
"""waitress's settings."""


class Workers(ThreadedTaskDispatcher):  # type: ignore[misc]  # without types
    """waitress's thread pool, which starts a thread only when all are busy; each takes 60 kB."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self.set_thread_count(min(INITIAL_THREADS, most))

    def add_task(self, task: Any) -> None:
        """Queue the task, and start another thread if none is free."""
        super().add_task(task)
        with self.lock:
            count = len(self.threads) - self.stop_count
            is_short = len(self.queue) > count - self.active_count
        if is_short and 0 < count < self._most:
            self.set_thread_count(count + 1)


class Heartbeat:
    """A task that shows that the server's loop and its threads work: it calls `round_done`."""

    def __init__(self, round_done: Callable[[], None]) -> None:
        self.service = round_done

    def cancel(self) -> None:
        """Do nothing: the server stops."""


def serve(
    app: Flask, listener: socket.socket, threads: int, round_done: Callable[[], None] = lambda: None
) -> None:
    """Serve until SIGTERM or SIGINT, in the main thread; return within seconds of the signal.

    `round_done` is called by one of the threads, at the start and then every few seconds.
    """
    server = _make_server(app, listener, threads)
    _beat_at_each_tidying(server, round_done)
    stopping = Thread(target=_stop_for_good, args=(server, app), name="web-stop")

    def stop(_number: int, _frame: object) -> None:
        if stopping.ident is None:
            stopping.start()  # in a thread, because a signal must not wait for a lock

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run()


@contextmanager
def serve_while(app: Flask, listener: socket.socket, threads: int) -> Iterator[None]:
    """Serve in another thread until the block ends, while the main thread waits for something.

    The listener is closed at the end: pass a duplicate if the socket is needed afterwards.
    """
    server = _make_server(app, listener, threads)
    thread = Thread(target=server.run, name="web")
    thread.start()
    try:
        yield
    finally:
        _stop(server, app)
        thread.join()


def _make_server(app: Flask, listener: socket.socket, threads: int) -> Any:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short wait is not worth a line
    workers = Workers(threads)
    return create_server(app, sockets=[listener], threads=threads, _dispatcher=workers, **SETTINGS)


def _beat_at_each_tidying(server: Any, round_done: Callable[[], None]) -> None:
    """Queue a `Heartbeat` whenever waitress looks for idle connections, the first time at once."""
    tidy = server.maintenance

    def maintenance(now: float) -> None:
        tidy(now)
        server.task_dispatcher.add_task(Heartbeat(round_done))

    server.maintenance = maintenance


def _stop_for_good(server: Any, app: Flask) -> None:
    notify(STOPPING)
    _stop(server, app)


def _stop(server: Any, app: Flask) -> None:
    """End the streams at once, let other responses be sent, then close everything."""
    end = time.monotonic() + GRACE_S
    server.accepting = False
    app.extensions["broadcast"].close()
    server.task_dispatcher.shutdown(timeout=end - time.monotonic())
    while _has_unsent(server) and time.monotonic() < end:
        time.sleep(0.01)
    server.trigger.pull_trigger(lambda: _close(server))


def _has_unsent(server: Any) -> bool:
    return any(channel.total_outbufs_len for channel in list(server.active_channels.values()))


def _close(server: Any) -> None:
    """Close all connections, in the server's own thread, whose run() then returns."""
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.close()
