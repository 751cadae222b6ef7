"""`loquet program`: an agent's package is kept and signed here, and is what an agent unpacks."""

import json
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.programs import programs
from controller.cli import main
from controller.kernel.database import Database, wall_clock
from controller.live import Live
from controller.safe_files import UnsafeFile
from controller.settings.reading import load
from controller.store.engine import open_database
from controller.wire.base64url import b64encode
from controller.wire.commands import Upgrade
from controller.wire.signatures import Signer
from devices.agent.enrolment.identity import IdentityFiles
from devices.agent.program.program_store import ProgramStore
from devices.agent.program.unpack import NotUnpacked, unpack
from devices.agent.program.upgrader import architecture
from tests.cli.init import CONFIG
from tests.support.applications import an_application
from tests.support.program_archive import SITE, contents
from webui.context import WebContext

NAME = "loquet-agent"


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Of a place that is made."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    assert main(["init", "--config", str(file)]) == 0
    capsys.readouterr()
    return file


def package(folder: Path, name: str = NAME, inside: str = "usr/lib/loquet/agent") -> Path:
    """A Debian package with a program in it."""
    stage = folder / "stage"
    for path, text in contents("9.0.0").items():
        file = stage / inside / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (stage / inside / "bin").mkdir()
    (stage / inside / "bin/python3").symlink_to("/usr/bin/python3.13")
    (stage / "DEBIAN").mkdir()
    (stage / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: 9.0.0\nArchitecture: {architecture()}\n"
        "Maintainer: Loquet <loquet@example.org>\nDescription: a program\n"
    )
    made = folder / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--build", "-Zgzip", str(stage), str(made)], check=True)
    return made


def test_what_is_kept_here_is_what_an_agent_unpacks(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deb = package(tmp_path)
    capsys.readouterr()
    assert main(["program", "add", str(deb), "--config", str(config), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["version"], made["architecture"]) == ("9.0.0", architecture())
    settings = load(config)
    program_store = _at_an_agent(tmp_path / "pi", config, made["serial"])
    unpack(program_store)
    folder = program_store.folder(made["serial"])
    assert (folder / f"{SITE}/loquet-9.0.0.dist-info/METADATA").exists()
    assert (folder / "bin/python3").resolve() != Path("/usr/bin/python3.13x")
    words = [str(folder / "bin/python3"), "-I", "-m", "controller.cli", "--version"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "loquet 9.0.0\n"
    assert main(["program", "withdraw", str(made["serial"]), "--config", str(config)]) == 0
    assert main(["program", "add", str(deb), "--config", str(config), "--json"]) == 0
    kept = [path.name for path in programs.archive_path(settings, 0).parent.iterdir()]
    assert len(kept) == 1, "those that nobody is to run any more go"
    capsys.readouterr()
    assert main(["program", "list", "--config", str(config), "--json"]) == 0
    assert [item["offered"] for item in json.loads(capsys.readouterr().out)] == ["yes", "no"]


def _at_an_agent(folder: Path, config: Path, serial: int) -> ProgramStore:
    """What one has that was told, and has fetched it over the API."""
    program_store = ProgramStore(folder / "programs", folder / "state/program")
    for path in (program_store.programs, program_store.notes):
        path.mkdir(parents=True)
    settings = load(config)
    IdentityFiles(folder / "state").ca.write_bytes(Path(settings.mqtt.ca).read_bytes())
    program_store.authority.write_bytes(Path(settings.mqtt.ca).read_bytes())
    engine = open_database(settings.database.url)
    database = Database(engine, house=HOUSE)
    own = Signer.generate()
    with database.write() as db:
        order: Upgrade = programs.target_programs(db)[architecture()]
        site = db.query(SiteRow).one()
        db.add(
            AgentRow(
                id="pi",
                site_id=site.id,
                name={"fr": "pi"},
                created_at=wall_clock(),
                public_key=b64encode(own.public_key_bytes),
            )
        )
    program_store.note(order)
    context = WebContext(
        settings=settings,
        database=database,
        live=Live("embedded"),
        secret="s" * 40,
        credential_keys={},
        own_key=b"w" * 32,
    )
    client = an_application(context).test_client()
    made = own.sign("agents/pi/program", str(serial).encode())
    body = {"serial": serial, "kid": made.kid, "sig": made.sig}
    answer = client.post("/api/v1/agents/pi/program", json=body)
    assert answer.status_code == 200, answer.get_data()
    program_store.archive.write_bytes(answer.get_data())
    answer.close()
    refused = client.post("/api/v1/agents/pi/program", json=body | {"sig": "A" * 86})
    assert refused.status_code == 403
    context.live.close()
    engine.dispose()
    return program_store


@pytest.fixture
def brought(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ProgramStore:
    """At an agent that has fetched a signed program, which is not unpacked yet."""
    assert main(["program", "add", str(package(tmp_path)), "--config", str(config), "--json"]) == 0
    serial = json.loads(capsys.readouterr().out.partition("{")[2].join(("{", "")))["serial"]
    return _at_an_agent(tmp_path / "pi", config, serial)


@pytest.mark.parametrize("changed", [lambda whole: whole[:-1], lambda whole: whole + b"\0"])
def test_root_unpacks_nothing_that_was_changed(
    brought: ProgramStore, changed: Callable[[bytes], bytes]
) -> None:
    """Neither another archive nor half of one, and nothing of it stays."""
    kept = brought.programs / "1"
    kept.mkdir()
    whole = brought.archive.read_bytes()
    brought.archive.write_bytes(changed(whole))
    with pytest.raises(NotUnpacked, match="not the one that was signed"):
        unpack(brought)
    assert sorted(brought.programs.iterdir()) == [kept, brought.authority]
    brought.archive.write_bytes(whole)
    unpack(brought)
    order = brought.order()
    assert order is not None
    assert sorted(brought.programs.iterdir()) == [brought.folder(order.serial), brought.authority]


def test_root_takes_no_authority_from_the_agents_folder(brought: ProgramStore) -> None:
    brought.authority.unlink()
    with pytest.raises(NotUnpacked, match="nobody may sign programs yet"):
        unpack(brought)
    assert not list(brought.programs.iterdir())


@pytest.mark.parametrize("name", ["archive.tar.gz", "order.json", "choice.json"])
def test_root_unpacks_nothing_by_way_of_a_planted_link(brought: ProgramStore, name: str) -> None:
    """The agent's user owns its folders, and points to what it can't read itself."""
    kept = brought.programs / "1"
    kept.mkdir()
    secret = brought.programs.parent / "of-root"
    planted = brought.notes / name
    if planted.exists():
        planted.rename(secret)
    secret.touch(0o600)
    planted.symlink_to(secret)
    _is_the_agents(brought)
    with pytest.raises(UnsafeFile, match=f"{name} is a link"):
        unpack(brought)
    assert sorted(brought.programs.iterdir()) == [kept, brought.authority]


def _is_the_agents(program_store: ProgramStore) -> None:
    """Its folders belong to another user than the one who unpacks."""
    nobody = pwd.getpwnam("nobody")
    folder = program_store.notes.parent
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def test_root_unpacks_what_the_agent_really_has(brought: ProgramStore) -> None:
    """Also from folders of another user, whatever else the agent's configuration may say."""
    _is_the_agents(brought)
    words = ["agent", "--unpack-program", str(brought.notes.parent), str(brought.programs)]
    assert main(words) == 0
    order = brought.order()
    assert order is not None
    assert brought.folder(order.serial).is_dir()


@pytest.mark.parametrize(
    ("name", "inside", "says"),
    [
        ("loquet-controller", "usr/lib/loquet/controller", "agents run loquet-agent"),
        (NAME, "opt/agent", "contains no program"),
    ],
)
def test_another_package_is_refused_in_one_line(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    inside: str,
    says: str,
) -> None:
    deb = package(tmp_path, name, inside)
    capsys.readouterr()
    assert main(["program", "add", str(deb), "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    (tmp_path / "no.deb").write_bytes(b"nothing")
    assert main(["program", "add", str(tmp_path / "no.deb"), "--config", str(config)]) == 1
    assert "is not a Debian package" in capsys.readouterr().err
    assert main(["program", "withdraw", "seven", "--config", str(config)]) == 1
    assert "is not the number of a program" in capsys.readouterr().err
