"""A bare Debian 13, the two packages, and a command for each: HTTPS, and the first granted tap.

On this computer's processor, and on a Pi's as qemu-user has it, each instruction in software.

No systemd runs there: units are started as they are written (tests/support/units.py).
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.proofs.packages import ALONE, packages
from tests.support.bare import bare_debian
from tests.support.first_tap import BADGE, LOGIN, PASSWORD, Controller, status, token_of
from tests.support.programs import free_port
from tests.support.units import Unit, started
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
CONFIG = Path("/etc/loquet/config.toml")


@pytest.fixture(scope="module", params=["amd64", "arm64"])
def bare(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """With the packages of the last commit beside it, and nothing installed."""
    architecture: str = request.param
    debs = packages(tmp_path_factory.mktemp("dist"), architecture)
    folder = tmp_path_factory.mktemp("bare")
    with bare_debian(folder, ("ca-certificates",), architecture) as root:
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        for deb in debs:
            (root / "srv" / deb.name).write_bytes(deb.read_bytes())
        inside(root, "apt-get", "-q", "update")
        yield root


def inside(root: Path, *command: str, typed: str = "") -> str:
    """Run it there, as root, without questions."""
    words = ["chroot", str(root), "env", *ALONE, *command]
    done = subprocess.run(words, input=typed, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_two_commands_lead_to_the_first_tap(bare: Path) -> None:
    """One for each machine, after apt has installed what it is named."""
    install = ("apt-get", "-q", "-y", "--no-install-recommends", "install")
    debs = [f"/srv/{path.name}" for path in (bare / "srv").glob("*.deb")]
    began = time.monotonic()
    inside(bare, *install, *debs)
    installed = time.monotonic()
    https, agents, http, web, mqtt = (str(free_port()) for _ in range(5))
    ports = (
        "--https",
        https,
        "--agents-port",
        agents,
        "--http",
        http,
        "--web-port",
        web,
        "--mqtt-port",
        mqtt,
    )
    setup = ("loquet", "setup", "--json")
    name = ("--name", "127.0.0.1")
    said = json.loads(inside(bare, *setup, "controller", *name, *ports))
    assert said["url"] == f"https://127.0.0.1:{https}"
    inside(
        bare, "loquet", "user", "add", "--email", LOGIN, "--role", "admin", typed=f"{PASSWORD}\n"
    )
    with ExitStack() as stack:
        for unit in ("loquet-broker", "loquet-serve"):
            stack.enter_context(started(Unit(bare, unit))).hears("READY=1")
        front = ["chroot", str(bare), "nginx", "-g", "daemon off;"]
        nginx = stack.enter_context(subprocess.Popen(front))
        stack.callback(nginx.terminate)
        answers = lambda: status(f"http://127.0.0.1:{http}/trust/loquet.crt") == 200  # noqa: E731
        until(answers, "the pages do not answer", 60)
        loquet = ("chroot", str(bare), "loquet")
        controller = Controller(said["url"], bare, token_of(CONFIG, loquet))
        code = controller.make_machine_and_badge()
        agent = ("agent", "--simulated", "--point", "laser", "--url", said["agents_url"])
        assert json.loads(inside(bare, *setup, *agent, typed=f"{code}\n"))["agent_id"] == "atelier"
        stack.enter_context(started(Unit(bare, "loquet-simulated")))
        reader = bare / "var/lib/loquet/var/simulated/laser"
        until(reader.is_symlink, "no simulated reader")
        stack.enter_context(started(Unit(bare, "loquet-agent"))).hears("READY=1")
        controller.granted([*loquet, "tap", "laser", BADGE])
        seconds = time.monotonic() - began
        print(f"apt {installed - began:.0f} s; all {seconds:.0f} s, of which two of loquet's own")
        assert _complaints(bare) <= {"the clock is kept by NTP"}
        refused = subprocess.run([*loquet, *setup[1:], "agent", "--read-only"], capture_output=True)
        assert b"a controller too" in refused.stderr


def _complaints(bare: Path) -> set[str]:
    """What doctor does not find good; whether NTP keeps this clock is not ours to say."""
    told = subprocess.run(
        ["chroot", bare, "loquet", "doctor", "--json"], capture_output=True, text=True
    )
    return {finding["what"] for finding in json.loads(told.stdout) if not finding["good"]}
