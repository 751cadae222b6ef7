"""The web server as it is run: one line for what is wrong, many streams, a quick stop."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.web_server import CONFIG, ask, port_of, running, sign_in, web_config

__all__ = ["web_config"]

ALIVE = b"WATCHDOG=1"
STREAMS = 8
"""Of 16 threads: 8 stay free for pages."""
BIG_BYTES = 8_000_000
"""More than the kernel takes of an answer that nobody reads."""
SERVE_BIG = f"""
from flask import Flask
from webui.live.broadcast import Broadcast
from webui.listener import listen
from webui.server import serve

app = Flask("big")
app.extensions["broadcast"] = Broadcast([], 1)
app.add_url_rule("/", view_func=lambda: b"x" * {BIG_BYTES})
listener = listen("127.0.0.1:0")
print(listener.getsockname()[1], flush=True)
serve(app, listener, 16)
"""

SERVE_HELD = """
import threading
from flask import Flask
from controller.systemd import Watchdog
from webui import listener as listeners, server
from webui.live.broadcast import Broadcast

app = Flask("held")
app.extensions["broadcast"] = Broadcast([], 1)
held, let_go = threading.Event(), threading.Event()
app.add_url_rule("/hold", "hold", lambda: (held.set(), let_go.wait(60), "held")[2])
server.SETTINGS["cleanup_interval"] = 0
listener = listeners.listen("127.0.0.1:0")
print(listener.getsockname()[1], flush=True)
threading.Thread(target=lambda: (input(), let_go.set()), daemon=True).start()
server.serve(app, listener, 1, Watchdog().loop("web"))
"""
SILENT_S = 2.5
"""Its loop goes round each second."""


def test_full_of_streams_it_serves_pages_and_stops_at_once(web_config: Path) -> None:
    with running(web_config) as process:
        port = port_of(process)
        cookie = sign_in(port)
        streams = [ask(port, "GET", "/live", cookie) for _ in range(STREAMS)]
        assert {stream.status for stream in streams} == {200}
        assert streams[0].readline() == b"retry: 2000\n"
        with ask(port, "GET", "/live", cookie) as refused:
            assert refused.status == 503
            assert refused.getheader("Retry-After") == "5"
        with ask(port, "GET", "/", cookie) as page:
            assert page.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "stopped\n"
        for stream in streams:
            stream.close()


def test_the_places_of_readers_that_left_are_given_to_others(web_config: Path) -> None:
    with running(web_config) as process:
        port = port_of(process)
        cookie = sign_in(port)
        for stream in [ask(port, "GET", "/live", cookie) for _ in range(STREAMS)]:
            stream.close()
        given = 503
        while given == 503:  # noticed at the latest when something is written to them
            with ask(port, "GET", "/live", cookie) as answer:
                given = answer.status
        assert given == 200


def test_an_answer_on_its_way_is_sent_before_it_stops() -> None:
    command = [sys.executable, "-m", "tests.support.program", SERVE_BIG]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        with ask(port_of(process), "GET", "/") as answer:
            process.send_signal(signal.SIGTERM)
            assert len(answer.read()) == BIG_BYTES
        assert process.wait(60) == 0


def test_a_killed_server_leaves_its_port_to_the_next(web_config: Path) -> None:
    with running(web_config) as process:
        port = port_of(process)
        with ask(port, "GET", "/health/live") as answer:
            assert answer.status == 200
        process.kill()
        process.wait(60)
    with running(web_config, port) as again:
        assert port_of(again) == port
        with ask(port, "GET", "/health/live") as answer:
            assert answer.status == 200


def test_a_taken_port_is_one_line(web_config: Path) -> None:
    with running(web_config) as first:
        port = port_of(first)
        with running(web_config, port) as second:
            assert second.stderr is not None
            last = second.stderr.read().strip().splitlines()[-1]
    assert f"can't listen on 127.0.0.1:{port}: Address already in use" in last


def test_what_stops_it_from_starting_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace("threads = 16", 'threads = 16\nbind = "127.0.0.1:0"'))
    command = [sys.executable, "-m", "controller.cli", "serve", "--config", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.startswith("loquet serve: database ")
    assert len(ended.stderr.splitlines()) == 1


def test_tries_are_counted_by_who_came_through_the_proxy(web_config: Path) -> None:
    """The server hands the header on; how many of its addresses are believed is [web] proxies."""
    file = web_config.with_name("proxied.toml")
    file.write_text(web_config.read_text().replace("threads = 16", "threads = 16\nproxies = 1"))
    with running(file) as process:
        port = port_of(process)

        def status(came: str) -> int:
            """Of a call with a wrong token, as a proxy hands it on."""
            with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
                head = f"GET /api/v1/zones HTTP/1.0\r\nX-Forwarded-For: {came}\r\n"
                line.sendall(f"{head}Authorization: Bearer wrong\r\n\r\n".encode())
                return int(line.makefile("rb").readline().split()[1])

        guesses = [status("198.51.100.66, 203.0.113.1") for _ in range(21)]
        assert guesses == [401] * 20 + [429]
        assert status("203.0.113.1, 198.51.100.66") == 401


def test_systemd_hears_it_only_while_its_threads_answer(tmp_path: Path) -> None:
    """The loop alone is no sign of life: it would go round while nobody is served."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(
            [sys.executable, "-m", "tests.support.program", SERVE_HELD],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert [systemd.recv(100) for _ in range(3)] == [b"READY=1", ALIVE, ALIVE]
            with socket.create_connection(("127.0.0.1", port_of(process))) as held:
                held.sendall(b"GET /hold HTTP/1.1\r\nHost: here\r\n\r\n")
                falls_silent(systemd)
                assert process.stdin is not None
                process.stdin.write("let go\n")
                process.stdin.flush()
                assert systemd.recv(100) == ALIVE
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        while systemd.recv(100) != b"STOPPING=1":
            pass


def test_hub_and_pages_in_one_are_ready_when_both_are(web_config: Path, tmp_path: Path) -> None:
    """The hub goes round first; what systemd stops at once then still ends in an orderly way."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "LOQUET_WEB_BIND": "127.0.0.1:0"}
        serve = [sys.executable, "-m", "controller.cli", "serve", "--config", str(web_config)]
        with subprocess.Popen(serve, env=os.environ | told) as process:
            assert systemd.recv(100) == b"READY=1"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def falls_silent(systemd: socket.socket) -> None:
    systemd.settimeout(SILENT_S)
    with suppress(TimeoutError):
        while True:
            systemd.recv(100)
    systemd.settimeout(20)
