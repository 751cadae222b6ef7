"""Start the demo's place: broker, controller, simulated hardware and agents, each as a process."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from controller.capabilities.agents.pki import write_private
from controller.cli.demo.history import add_box_history, add_history, reopen
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.place import AGENTS, POINTS, SITE_ID
from controller.cli.demo.processes import Process, Processes, ProcessFailed, loquet
from controller.cli.demo.seed import Secrets, seed
from controller.cli.demo.texts import set_language
from controller.cli.http import Api, Browser, HttpFailed
from controller.cli.init import initialise
from controller.domain.facts import Language
from controller.settings.reading import load

DEFAULT_PORT = 8000
"""Port of the pages in a new demo, unless another is asked for."""
_PORTS = "ports.json"
Say = Callable[[str], None]
"""Reports progress, a line at a time."""


@dataclass
class Demo:
    """A running demo."""

    layout: Layout
    ports: Ports
    secrets: Secrets
    place: Processes
    broker: Process
    pins: Process
    serve: Process
    agents: dict[str, Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the pages."""
        return f"http://127.0.0.1:{self.ports.web}"

    @property
    def api(self) -> Api:
        """A client of the API with the admin's token."""
        return Api(self.url, self.secrets.admin_token)

    def ready(self) -> dict[str, Any]:
        """Return the content of `--ready-file` (interfaces.md)."""
        return {
            "web_url": self.url,
            "admin_token": self.secrets.admin_token,
            "accounts": [
                {"role": account.role, "email": account.email, "password": account.password}
                for account in self.secrets.accounts
            ],
            "mqtt": {
                "host": "127.0.0.1",
                "port": self.ports.broker,
                "ca": str(self.layout.state / "keys" / "ca.crt"),
            },
            "site_id": SITE_ID,
            "access_points": [
                {
                    "id": wired.point.id,
                    "kind": wired.point.kind.value,
                    "agent_id": wired.point.agent,
                    "reader": wired.point.id,
                }
                for wired in POINTS
            ],
            "pids": {
                "broker": self.broker.pid,
                "serve": self.serve.pid,
                "agents": {name: process.pid for name, process in self.agents.items()},
                "pins": self.pins.pid,
            },
            "pins_socket": str(self.layout.socket),
        }


def start(
    state: Path,
    port: int | None,
    say: Say,
    *,
    gone_after_ms: int = 400,
    past: bool = False,
    language: Language | None = None,
) -> Demo:
    """Start everything; creates the folder if it is missing. Raises errors with one line.

    `gone_after_ms`: silence after which a reader counts a card as removed. `past`: a new place gets
    a year of history, with texts in `language` (None: French).
    """
    mosquitto = find_mosquitto()
    layout = Layout.under(state, gone_after_ms)
    set_language(_language(layout, language))
    ports = _ports(layout, port)
    layout.write(ports)
    say("Keys, certificates, database")
    settings = load(layout.config)
    (layout.state / "broker" / "mosquitto.conf").unlink(missing_ok=True)
    initialise(settings)
    is_new = not (layout.state / "secrets.json").exists()
    audit_entries: list[Any] = []
    secrets = seed(settings, layout.state / "secrets.json", audit_entries if past else None)
    if past and is_new:
        say("A year of history")
        add_history(settings, audit_entries)
        (layout.state / "past").touch()
    elif past and (layout.state / "past").exists():
        reopen(settings)
    place = Processes(layout.state / "logs", say)
    try:
        demo = _start_server(layout, ports, secrets, place, mosquitto, say)
        _start_agents(demo, say)
        if past and is_new:
            add_box_history(settings)
    except BaseException:
        place.stop()
        raise
    return demo


def _language(layout: Layout, wanted_language: Language | None) -> Language:
    """Return the language of the first start, else the requested one; None: French."""
    file = layout.state / "language"
    language = Language(file.read_text() if file.exists() else wanted_language or Language.FR)
    file.write_text(language)
    return language


def find_mosquitto() -> str:
    """Return the path of Mosquitto. Raises ProcessFailed."""
    configured = os.environ.get("LOQUET_MOSQUITTO")
    path = configured or shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if path is None or not Path(path).exists():
        raise ProcessFailed("no Mosquitto found; ./run demo installs it, or: apt install mosquitto")
    return path


def _start_server(
    layout: Layout, ports: Ports, secrets: Secrets, place: Processes, mosquitto: str, say: Say
) -> Demo:
    say("Simulated hardware: pins, readers, meters, doors")
    pins = place.add(
        "pins",
        [
            sys.executable,
            "-m",
            "devices.sim.pins",
            "--socket",
            str(layout.socket),
            "--bench",
            str(layout.bench),
        ],
    )
    say(f"Broker on 127.0.0.1:{ports.broker}")
    broker = place.add("broker", [mosquitto, "-c", str(layout.state / "broker/mosquitto.conf")])
    place.wait_for(pins, layout.socket.exists)
    place.wait_for(broker, lambda: answers(ports.broker))
    say(f"Controller on http://127.0.0.1:{ports.web}")
    serve = place.add("serve", loquet("serve", "--config", str(layout.config)))
    demo = Demo(layout, ports, secrets, place, broker, pins, serve)
    place.wait_for(serve, lambda: is_ready(demo.url))
    return demo


def _start_agents(demo: Demo, say: Say) -> None:
    from devices.agent.enrolment.enrol import enrol

    for agent in AGENTS:
        folder = demo.layout.agent_config(agent).parent / "state"
        if not (folder / "agent.crt").exists():
            code = demo.api.call("POST", f"/agents/{agent}/claim-code")["claim_code"]
            enrol(demo.url, code, folder)
    say(f"{len(AGENTS)} agents")
    for agent in AGENTS:
        command = loquet("agent", "--config", str(demo.layout.agent_config(agent)))
        demo.agents[agent] = demo.place.add(
            f"agent-{agent}", command, afterwards=[*command, "--outputs-off"]
        )
    for agent, process in demo.agents.items():
        demo.place.wait_for(process, partial(_in_step, demo.api, agent))


def _in_step(api: Api, agent: str) -> bool:
    """Return whether the agent is online and has reported that it holds a policy."""
    state = api.get(f"/agents/{agent}")
    return bool(state["online"]) and bool(state["policy_version"])


def is_ready(url: str) -> bool:
    """Return whether a controller's pages and database answer."""
    try:
        return bool(Browser(url).get("/health/ready"))
    except HttpFailed:
        return False


def answers(port: int) -> bool:
    """Return whether something listens on that port of this computer."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ports(layout: Layout, requested: int | None) -> Ports:
    """Return the ports of the first start, which agents know, else the requested or free ones."""
    file = layout.state / _PORTS
    if file.exists() and requested is None:
        ports = Ports(**json.loads(file.read_text()))
    elif file.exists():
        ports = Ports(free_port(requested), json.loads(file.read_text())["broker"])
    else:
        ports = Ports(free_port(DEFAULT_PORT if requested is None else requested), free_port(0))
    for port in (ports.web, ports.broker):
        free_port(port)
    write_private(file, json.dumps({"web": ports.web, "broker": ports.broker}).encode())
    return ports


def is_running(state: Path) -> bool:
    """Return whether the demo in this folder is running: its broker's port is taken."""
    try:
        free_port(json.loads((state / _PORTS).read_text())["broker"])
    except FileNotFoundError:
        return False
    except ProcessFailed:
        return True
    return False


def free_port(port: int | None) -> int:
    """Return the port if it is free; 0 or None: any free port. Raises ProcessFailed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port or 0))
        except OSError as error:
            raise ProcessFailed(
                f"port {port} on 127.0.0.1 is taken; choose another with --port, or --port 0"
            ) from error
        number: int = probe.getsockname()[1]
        return number
