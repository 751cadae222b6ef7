"""The Debian packages: the same bytes twice, and on a bare Debian 13 their units come up."""

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Row, connect

import pytest

from tests.contract.agent_only import BENCH, CONFIG, enrol
from tests.proofs.packages import ALONE, packages
from tests.support.bare import bare_debian, must
from tests.support.programs import free_port
from tests.support.units import Unit, started
from tests.support.until import until

pytestmark = pytest.mark.long
FOLDER = "/var/lib/loquet"
CONTROLLER = ("loquet-broker", "loquet-serve", "loquet-hub", "loquet-web")


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Agent and controller."""
    return packages(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, debs: list[Path]) -> Iterator[Path]:
    """A Debian with both installed, over the configuration of an installation by hand."""
    with bare_debian(tmp_path_factory.mktemp("bare"), ("ca-certificates",)) as root:
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        state = root / FOLDER.lstrip("/")
        state.mkdir()
        (state / "config.toml").write_text(configuration())
        for deb in debs:
            (root / "srv" / deb.name).write_bytes(deb.read_bytes())
        names = [f"/srv/{deb.name}" for deb in debs]
        inside(root, "apt-get", "-q", "update")
        install = ("apt-get", "-q", "-y", "--no-install-recommends", "install", *names)
        print(inside(root, *install, "valkey-server")[-1500:])
        yield root


def configuration() -> str:
    """Ports of this computer's that are free."""
    agent = CONFIG.format(folder=f"{FOLDER}/bench").replace("{{", "{").replace("}}", "}")
    return (
        f'[mqtt]\nport = {free_port()}\n[web]\nbind = "127.0.0.1:{free_port()}"\n'
        + agent.replace('state_dir = "state"', 'state_dir = "var/agent"')
    )


def inside(root: Path, *command: str) -> str:
    """Run it there, without questions."""
    return must("chroot", str(root), "env", *ALONE, *command)


def test_two_builds_in_two_folders_give_the_same_bytes(debs: list[Path], tmp_path: Path) -> None:
    again = packages(tmp_path, TZ="Asia/Tokyo", LC_ALL="C", HOME=str(tmp_path))
    assert [path.name for path in again] == [deb.name for deb in debs]
    assert [path.read_bytes() for path in again] == [deb.read_bytes() for deb in debs]


def test_the_command_is_there_and_its_units_enabled(bare: Path) -> None:
    assert inside(bare, "loquet", "--version").startswith("loquet ")
    assert inside(bare, "id", "-un", "loquet") == "loquet\n"
    wanted = bare / "etc/systemd/system/multi-user.target.wants"
    enabled = {path.name for path in wanted.glob("loquet-*")}
    services = {f"loquet-{name}.service" for name in ("agent", "broker", "serve")}
    assert enabled == {*services, "loquet-agent-program.path"}
    for timer in ("loquet-backup.timer", "loquet-renew.timer"):
        assert (wanted.with_name("timers.target.wants") / timer).is_symlink()
    assert (bare / "etc/loquet/config.toml").readlink() == Path(FOLDER, "config.toml")


def test_the_controller_brings_the_documentation_and_the_agent_does_not(bare: Path) -> None:
    folders = {name: bare / f"usr/lib/loquet/{name}" for name in ("controller", "agent")}
    found = {
        name: {page.name for page in folder.glob("**/webui/documentation/site/*.html")}
        for name, folder in folders.items()
    }
    assert {"index.html", "install.html"} <= found["controller"]
    assert not found["agent"]


def test_systemd_finds_no_fault_in_what_was_installed(bare: Path) -> None:
    units = [f"/usr/lib/systemd/system/{name}.service" for name in (*CONTROLLER, "loquet-agent")]
    assert inside(bare, "systemd-analyze", "verify", "--man=no", *units) == ""


def test_every_library_of_both_can_be_loaded(bare: Path) -> None:
    """What a wheel links to is there without shlibdeps."""
    for name in ("controller", "agent"):
        libraries = f"find /usr/lib/loquet/{name} -name '*.so*' -exec ldd {{}} + 2>/dev/null"
        assert "not found" not in inside(bare, "sh", "-c", libraries)


def test_broker_and_controller_come_up_and_say_so(bare: Path) -> None:
    print(inside(bare, "loquet", "init"))
    with started(Unit(bare, "loquet-broker")) as broker:
        broker.hears("READY=1")
        with started(Unit(bare, "loquet-serve")) as serve:
            serve.hears("READY=1")
            assert is_live(bare)
            serve.hears("WATCHDOG=1")
            assert serve.stop() == 0
            serve.hears("STOPPING=1")
        assert broker.stop() == 0


def test_hub_and_web_come_up_apart(bare: Path) -> None:
    port = str(free_port())
    redis = {"LOQUET_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    quiet = ("--port", port, "--save", "", "--daemonize", "no")
    with subprocess.Popen(["chroot", str(bare), "valkey-server", *quiet]) as valkey:
        try:
            until(lambda: listens(int(port)), "valkey does not listen")
            with (
                started(Unit(bare, "loquet-broker")) as broker,
                started(Unit(bare, "loquet-hub"), **redis) as hub,
                started(Unit(bare, "loquet-web"), **redis) as web,
            ):
                for process in (broker, hub, web):
                    process.hears("READY=1")
                assert is_live(bare)
                for process in (hub, web):
                    process.hears("WATCHDOG=1")
                    assert process.status("CapEff", "CapBnd", "NoNewPrivs") == [
                        "0" * 16,
                        "0" * 16,
                        "1",
                    ]
                keys = f"{FOLDER}/var/keys"
                assert web.sees(f"{keys}/ca.key") != b""
                assert hub.sees(f"{keys}/hub.key") != b""
                assert hub.sees(f"{keys}/ca.key") == b"", "the hub makes no agents"
                assert [process.stop() for process in (web, hub, broker)] == [0, 0, 0]
        finally:
            valkey.terminate()


def test_a_secret_comes_from_systemds_store(bare: Path) -> None:
    secret = bare / FOLDER.lstrip("/") / "var/keys/web.secret"
    kept = bare / "etc/credstore/loquet.web.secret"
    kept.parent.mkdir(exist_ok=True)
    secret.rename(kept)
    try:
        with started(Unit(bare, "loquet-serve")) as serve:
            serve.hears("READY=1")
            assert serve.stop() == 0
    finally:
        kept.rename(secret)


def test_the_agent_comes_up_and_its_outputs_go_off_after_it(bare: Path) -> None:
    bench = bare / FOLDER.lstrip("/") / "bench"
    bench.mkdir(exist_ok=True)
    (bench / "bench.toml").write_text(BENCH.format(folder=f"{FOLDER}/bench"))
    enrol(bench, free_port())
    (bench / "state").rename(bench.parent / "var/agent")
    inside(bare, "chown", "-R", "loquet:", FOLDER)
    with pins_at_work(bare), started(Unit(bare, "loquet-agent")) as agent:
        agent.hears("READY=1")
        agent.hears("WATCHDOG=1")
        assert agent.stop() == 0


@contextmanager
def pins_at_work(bare: Path) -> Iterator[None]:
    """The simulated hardware of the bench."""
    bench = f"{FOLDER}/bench"
    python = "/usr/lib/loquet/agent/bin/python3"
    pins = ["-m", "devices.sim.pins", "--socket", f"{bench}/pins", "--bench", f"{bench}/bench.toml"]
    command = ["chroot", str(bare), "runuser", "-u", "loquet", "--", python, *pins]
    reader = bare / bench.lstrip("/") / "reader"
    reader.unlink(missing_ok=True)
    with subprocess.Popen(command) as simulated:
        try:
            until(reader.is_symlink, "no simulated reader")
            yield
        finally:
            simulated.terminate()


def test_root_unpacks_what_the_controller_signed_and_the_agent_becomes_it(
    bare: Path, debs: list[Path]
) -> None:
    """The very package that was installed, as a program of the controller's."""
    deb = next(deb.name for deb in debs if deb.name.startswith("loquet-agent"))
    made = json.loads(inside(bare, "loquet", "program", "add", f"/srv/{deb}", "--json"))
    state = bare / FOLDER.lstrip("/")
    notes = state / "var/agent/program"
    notes.mkdir()
    (notes / "archive.tar.gz").write_bytes(
        (state / f"var/programs/{made['serial']}.tar.gz").read_bytes()
    )
    program = json.loads(inside(bare, "loquet", "program", "list", "--json"))[0]
    assert program["serial"] == made["serial"]
    with closing(connect(state / "var/loquet.db")) as db:
        db.row_factory = Row
        row = dict(db.execute("SELECT * FROM agent_program").fetchone())
    del row["withdrawn_at"]
    (notes / "order.json").write_text(json.dumps(row))
    pinned = bare / "usr/local/lib/loquet/programs/authority.pem"
    pinned.write_bytes((state / "var/keys/ca.crt").read_bytes())
    inside(bare, "chown", "-R", "loquet:", FOLDER)
    with started(Unit(bare, "loquet-agent-program")) as unpacks:
        assert unpacks.process.wait(300) == 0
    folder = bare / f"usr/local/lib/loquet/programs/{made['serial']}"
    assert folder.stat().st_uid == 0
    version = inside(bare, "loquet", "--version").split()[1]
    choice = {"serial": made["serial"], "beside": version, "on_trial": False}
    (notes / "choice.json").write_text(json.dumps(choice))
    inside(bare, "chown", "-R", "loquet:", FOLDER)
    with pins_at_work(bare), started(Unit(bare, "loquet-agent")) as agent:
        agent.hears("READY=1")
        words = Path(f"/proc/{agent.process.pid}/cmdline").read_bytes()
        assert f"/programs/{made['serial']}/bin/python3".encode() in words
        assert agent.stop() == 0


def test_removing_keeps_the_data_and_purging_does_not(bare: Path) -> None:
    database = bare / FOLDER.lstrip("/") / "var/loquet.db"
    remove = ("apt-get", "-q", "-y")
    inside(bare, *remove, "remove", "loquet-controller", "loquet-agent")
    assert database.exists()
    assert not (bare / "usr/bin/loquet").is_symlink()
    inside(bare, *remove, "purge", "loquet-controller", "loquet-agent")
    assert not database.exists()


def is_live(root: Path) -> bool:
    """Whether the pages answer where the configuration says."""
    address = inside(
        root, "sed", "-n", 's/^bind = "\\(.*\\)"/\\1/p', f"{FOLDER}/config.toml"
    ).strip()
    with urllib.request.urlopen(f"http://{address}/health/live", timeout=20) as answer:
        return bool(answer.status == 200)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
