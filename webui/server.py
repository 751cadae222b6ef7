"""Serve the application with gunicorn: one worker process, many threads, a quick and clean stop."""

import ctypes
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

GRACEFUL_S = 3
APP_LOAD_ERROR = 4
"""The exit code on which gunicorn's master gives up instead of starting the worker again."""
_PR_SET_PDEATHSIG = 1


class BindError(Exception):
    """The address can't be listened on; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """What one worker runs: the application, and how to stop all that was started beside it."""

    app: Flask
    stop: Callable[[], None]
    """Called once, when the worker begins to stop; the last answers may still be on their way."""


def listen(bind: str) -> socket.socket:
    """A listening socket for `HOST:PORT`; port 0 picks a free one. Raises BindError."""
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), int(port)))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise BindError(
            f"[web] bind: can't listen on {bind}: {reason}; free it, or choose another port"
        ) from error
    return listener


def serve(make: Callable[[], Running], listener: socket.socket, threads: int) -> None:
    """Serve until SIGTERM or SIGINT; then exits the process.

    `make` runs in the worker, after the fork: it opens the database and may start the hub's
    threads. If it raises, its message is printed on one line and the process exits with 1.
    """
    logging.getLogger("gunicorn.error").addFilter(_not_said_already)
    master = os.getpid()
    try:
        _Server(make, listener, threads).run()
    except SystemExit as end:
        failed = os.getpid() == master and end.code == APP_LOAD_ERROR  # the worker comes by too
        sys.exit(1 if failed else end.code)


def _not_said_already(record: logging.LogRecord) -> bool:
    """False for what gunicorn's master adds when the worker has said why it could not be built."""
    added = (f"exited with code {APP_LOAD_ERROR}", "Shutting down: Master", "App failed to load")
    return not any(text in record.getMessage() for text in added)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn, configured in code only: no file, environment or argument changes it."""

    def __init__(self, make: Callable[[], Running], listener: socket.socket, threads: int) -> None:
        self._make = make
        self._listener = listener
        self._threads = threads
        self._running: Running | None = None
        self._stopping: Thread | None = None
        super().__init__()

    def load_config(self) -> None:
        """What traps.md measured: one worker, threads for the streams, no control socket."""
        shared_memory = Path("/dev/shm")  # noqa: S108  gunicorn's heartbeat, off the SD card
        values: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": 1,
            "worker_class": _Worker,
            "threads": self._threads,
            "graceful_timeout": GRACEFUL_S,
            "control_socket_disable": True,
            "loglevel": "error",
            "worker_tmp_dir": str(shared_memory) if shared_memory.is_dir() else None,
            "post_fork": _die_with_parent,
            "worker_exit": self._stopped,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build everything, in the worker."""
        try:
            self._running = self._make()
        except Exception as error:  # noqa: BLE001  the process's edge: a person reads one line
            print(f"loquet: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
            sys.exit(APP_LOAD_ERROR)
        return self._running.app

    def stop(self) -> None:
        """Begin to stop, in a thread, because a signal must not wait for a lock.

        It does not wait for the last answers: a client that does not hang up has gunicorn kill the
        worker after its grace, and what runs beside must have ended in order by then.
        """
        if self._running is not None and self._stopping is None:
            self._stopping = Thread(target=_stop, args=(self._running,), name="web-stop")
            self._stopping.start()

    def _stopped(self, _arbiter: object, _worker: object) -> None:
        self.stop()
        if self._stopping is not None:
            self._stopping.join()


def _stop(running: Running) -> None:
    running.app.extensions["broadcast"].close()
    running.stop()


class _Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, which ends open streams at once when it is told to stop."""

    def handle_exit(self, sig: int, frame: object) -> None:
        """Ctrl-C and SIGTERM alike: finish what is being answered, which no stream ever is."""
        self.app.stop()
        super().handle_exit(sig, frame)

    handle_quit = handle_exit


def _die_with_parent(_arbiter: object, _worker: object) -> None:
    """A master that is killed takes the worker along, so that the port is free for the next one."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
