"""Three bare Debians with systemd as PID 1, by the commands of the docs: from apt to purge.

Each test goes on where the one before ended. `atelier` becomes the controller and `pi` its box;
then `atelier` falls away, and `spare` brings the place back. Only what a reader would replace is
replaced: names, folders, a package's file.
"""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Playwright

from controller.capabilities.agents.web_authority import WebAuthority
from tests.proofs.packages import packages
from tests.proofs.setup import browser, first_account
from tests.support.bare import bare_debian, must
from tests.support.documented_hosts import (
    Hosts,
    Known,
    There,
    apt,
    documented,
    left,
    nginx_starts,
    ports,
    serves,
)
from tests.support.first_tap import BADGE, LOGIN, Controller
from tests.support.systemd_host import Host, booted, linked
from tests.support.until import until

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),
    *map(pytest.mark.needs, ("debootstrap", "certutil", "ip", "chromium")),
]
NEEDED = ("ca-certificates", "systemd", "systemd-sysv", "dbus", "iproute2", "procps", "curl")
ADDRESS, SPARE, PI, LATER = (f"10.98.0.{number}" for number in (1, 2, 3, 4))
TOWN, OTHER, LAST = "loquet.example.org", "fabrique.home.arpa", "new.local"
INSTALL, RUN = "docs/install.md", "docs/run.md"
CONTROLLER, AGENT, AWAY = "The controller", "An agent", "Uninstall"
DISK = "mnt/nas/loquet"
PYTHON = """\
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2] if sys.argv[2:] else None)
print(urllib.request.urlopen(sys.argv[1] + "/health/live", context=context).status)
"""
"""As any program has it: the defaults of Python's ssl, and a file of authorities or none."""


@pytest.fixture(scope="module")
def known() -> Known:
    return Known()


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """They find Debian's packages in apt's cache, and ours in root's folder."""
    folder = tmp_path_factory.mktemp("hosts")
    debs = packages(folder / "dist")
    with bare_debian(folder / "atelier", NEEDED) as root:
        (root / "etc/apt/apt.conf.d/docker-clean").unlink(missing_ok=True)
        for deb in debs:
            shutil.copy(deb, root / "root")
        inside = ("chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "TMPDIR=/tmp")
        must(*inside, "apt-get", "-q", "update")
        fetch = (*inside, "apt-get", "-q", "-y", "--download-only", "install")
        must(*fetch, *(f"/root/{deb.name}" for deb in debs))
    for name in ("spare", "pi"):
        must("cp", "-a", str(root), str(folder / name))
    with ExitStack() as stack:
        atelier, spare, pi = (
            stack.enter_context(booted(folder / name, folder / f"{name}.log", name))
            for name in ("atelier", "spare", "pi")
        )
        stack.enter_context(linked({ADDRESS: atelier, SPARE: spare, PI: pi}))
        yield Hosts(atelier, spare, pi)


def set_up(host: Host, known: Known, command: list[str], typed: str = "") -> None:
    """It has to succeed."""
    known.said = host.must(*command, typed=typed)
    print(known.said)


def reached(host: Host, known: Known) -> Controller:
    """Of the place that is there now."""
    return There(url="http://127.0.0.1:8000", root=host.root, token=known.token, host=host)


def tapped(hosts: Hosts, controller: Controller) -> None:
    """A badge at the box's machine is granted, and sooner or later the controller knows."""
    before = datetime.now(UTC)
    hosts.pi.must("loquet", "tap", "laser", BADGE)

    def is_known() -> bool:
        events = controller.ask("events")["items"]
        granted = (event["at"] for event in events if event["type"] == "access_granted")
        return any(datetime.fromisoformat(at) > before for at in granted)

    log = ("journalctl", "-u", "loquet-agent", "--no-pager")
    until(is_known, lambda: f"{hosts.pi.must(*log)}{controller.ask('events')}", 300)


def asked_by_curl(host: Host, known: Known, url: str, *, is_public: bool = False) -> str:
    """The sites, by the documented command."""
    words = documented(INSTALL, "Programs that use the API", "curl", "--cacert")
    if is_public:  # "nothing has to be named"
        at = words.index("--cacert")
        del words[at : at + 2]
    words = [word.replace("$LOQUET_TOKEN", known.token) for word in words]
    words = [word.replace("https://loquet.local", url) for word in words]
    found: str = json.loads(host.must(*words, "--silent", "--show-error"))["items"][0]["id"]
    return found


def test_apt_installs_it_and_doctor_says_what_comes_next(hosts: Hosts) -> None:
    apt(hosts.atelier, documented(INSTALL, CONTROLLER, "apt", "./loquet-controller_….deb"))
    assert "1883" in ports(hosts.atelier), "Debian's broker has not started"
    said = hosts.atelier.run("loquet", "doctor")
    assert said.returncode == 1
    assert "loquet setup controller" in said.stderr


@pytest.mark.parametrize(
    ("typo", "option"),
    [
        (("--time-zone", "Europe/Pariss"), "--time-zone"),
        (("--https", "44300000"), "--https"),
        (("--name", "https://fabrique"), "--name"),
    ],
)
def test_a_typo_is_one_sentence_and_nothing_is_written(
    hosts: Hosts, typo: tuple[str, str], option: str
) -> None:
    places = ("/etc", "/usr/local", "/var/lib/loquet", "/root")
    listed = ("find", *places, "-printf", "%p %s %C@\n")
    before = hosts.atelier.must(*listed)
    done = hosts.atelier.run(*documented(INSTALL, CONTROLLER, "loquet", "--place"), *typo)
    print(done.stderr)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert option in done.stderr
    assert "{" not in done.stderr
    assert hosts.atelier.must(*listed) == before
    assert not (hosts.atelier.root / "var/lib/loquet-root").exists()


def test_the_right_command_sets_it_up_and_debians_broker_is_gone_at_once(
    hosts: Hosts, known: Known
) -> None:
    set_up(hosts.atelier, known, documented(INSTALL, CONTROLLER, "loquet", "--place"))
    serves(hosts.atelier)
    assert {"80", "443", "8883", "8885"} <= ports(hosts.atelier)
    assert "1883" not in ports(hosts.atelier)
    set_up(hosts.atelier, known, documented(INSTALL, CONTROLLER, "loquet", "--place"))
    assert "= port 1883" in known.said


def test_chromium_that_trusts_the_place_makes_the_first_account(
    hosts: Hosts, known: Known, playwright: Playwright, tmp_path: Path
) -> None:
    with urllib.request.urlopen(f"{known.found('phone: (http:.*)')}/loquet.crt") as answer:  # noqa: S310
        authority = x509.load_der_x509_certificate(answer.read())
    file = tmp_path / "place.crt"
    file.write_bytes(authority.public_bytes(Encoding.PEM))
    said = {
        "url": known.found(r"Then open (.*)/first;"),
        "setup_code": known.found(r"first account:\n +(\S+)"),
    }
    assert said["url"] == f"https://{ADDRESS}"
    with browser(playwright, tmp_path, file) as chromium:
        first_account(chromium.new_page(), said)
    words = ("token", "add", "--email", LOGIN, "--name", "proof", "--json")
    known.token = json.loads(hosts.atelier.must("loquet", *words))["token"]


def test_the_file_that_setting_up_names_is_enough_for_curl_and_python(
    hosts: Hosts, known: Known
) -> None:
    url, file = f"https://{ADDRESS}", known.found(r"the certificate (\S+);")
    assert file in documented(INSTALL, "Programs that use the API", "curl", "--cacert")
    assert asked_by_curl(hosts.atelier, known, url)
    assert hosts.atelier.must("python3", "-c", PYTHON, url, file) == "200\n"
    stranger = hosts.pi.run("python3", "-c", PYTHON, url)
    assert stranger.returncode != 0


def test_the_boxes_port_shows_the_ed25519_chain_alone() -> None:
    words = ("openssl", "s_client", "-connect", f"{ADDRESS}:8885", "-showcerts", "-sigalgs")
    shown = must("sh", "-c", 'exec "$@" </dev/null', "sh", *words, "ed25519:ECDSA+SHA256")
    chain = x509.load_pem_x509_certificates(shown.encode())
    assert [type(certificate.public_key()).__name__ for certificate in chain] == [
        "Ed25519PublicKey"
    ] * 2
    assert isinstance(chain[0].public_key(), Ed25519PublicKey)
    with pytest.raises(AssertionError, match="alert"):
        must("sh", "-c", 'exec "$@" </dev/null', "sh", *words, "ECDSA+SHA256")


def test_a_box_joins_by_the_documented_line_and_a_badge_is_granted(
    hosts: Hosts, known: Known
) -> None:
    apt(hosts.pi, documented(INSTALL, AGENT, "apt", "./loquet-agent_….deb"))
    controller = reached(hosts.atelier, known)
    code = controller.make_machine_and_badge()
    url = known.found(r"Boxes join at (\S+),")
    assert url == f"https://{ADDRESS}:8885"
    words = documented(INSTALL, AGENT, "setup", "agent", "--simulated")
    print(hosts.pi.must(*words, "--url", url, typed=f"{code}\n"))
    until(controller.is_online, lambda: str(controller.ask("agents/atelier")))
    tapped(hosts, controller)


def test_a_public_certificate_needs_nothing_named_by_curl_python_and_chromium(
    hosts: Hosts, known: Known, playwright: Playwright, tmp_path: Path
) -> None:
    """The town's authority is known to whoever asks, the place's is not."""
    now = datetime.now(UTC)
    town = WebAuthority.create("The town", [TOWN], now)
    chain, key = town.issue([TOWN], now)
    (tmp_path / "town.crt").write_bytes(town.certificate.public_bytes(Encoding.PEM))
    shutil.copy(tmp_path / "town.crt", hosts.pi.root / "usr/local/share/ca-certificates")
    hosts.pi.must("update-ca-certificates")
    command = documented(INSTALL, "Use a public name or your own certificate", "--certificate")
    for option, text in (("--certificate", chain), ("--certificate-key", key.decode())):
        file = hosts.atelier.root / command[command.index(option) + 1].lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    hosts.named(TOWN, ADDRESS)
    set_up(hosts.atelier, known, command)
    serves(hosts.atelier)
    assert known.found("The pages: (.*)") == f"https://{TOWN}"
    assert asked_by_curl(hosts.pi, known, f"https://{TOWN}", is_public=True)
    assert hosts.pi.must("python3", "-c", PYTHON, f"https://{TOWN}") == "200\n"
    leads = f"--host-resolver-rules=MAP {TOWN} {ADDRESS}"
    with browser(playwright, tmp_path, tmp_path / "town.crt", leads) as chromium:
        opened = chromium.new_page().goto(f"https://{TOWN}/sign-in")
        assert opened is not None
        assert opened.ok
    tapped(hosts, reached(hosts.atelier, known))


def test_another_name_by_a_second_run(hosts: Hosts, known: Known) -> None:
    command = documented(INSTALL, CONTROLLER, "loquet", "setup", "controller", "--name")
    assert OTHER in command
    refused = hosts.atelier.run(*command)
    assert refused.returncode == 1
    assert "--certificate" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    set_up(hosts.atelier, known, [*command, "--no-certificate"])
    serves(hosts.atelier)
    hosts.named(OTHER, ADDRESS)
    file = known.found(r"the certificate (\S+);")
    assert asked_by_curl(hosts.atelier, known, f"https://{OTHER}")
    assert hosts.atelier.must("python3", "-c", PYTHON, f"https://{OTHER}", file) == "200\n"
    tapped(hosts, reached(hosts.atelier, known))


def test_a_backup_is_made_and_proved(hosts: Hosts, known: Known) -> None:
    disk = (hosts.atelier.root / DISK).parent
    command = documented(INSTALL, "Backups", "loquet", "--backups")
    unmounted = hosts.atelier.run(*command)
    assert unmounted.returncode == 1
    assert "there is no folder /mnt/nas: mount the disk" in unmounted.stderr
    disk.mkdir()
    set_up(hosts.atelier, known, command)
    known.password = known.found(r"store it somewhere other than on\n +this computer: (\S+)")
    print(hosts.atelier.must(*documented(RUN, "Backups", "loquet", "backup")))


def disk_goes(before: Host, after: Host) -> None:
    """The disk with the backups is attached to another computer."""
    shutil.rmtree(after.root / DISK, ignore_errors=True)
    (after.root / DISK).parent.mkdir(exist_ok=True)
    must("cp", "-a", str(before.root / DISK), str(after.root / DISK))


def test_the_place_comes_back_on_another_computer_with_its_address(
    hosts: Hosts, known: Known
) -> None:
    """The box comes back by itself."""
    disk_goes(hosts.atelier, hosts.spare)
    for host, address in ((hosts.atelier, LATER), (hosts.spare, ADDRESS)):
        host.must("ip", "address", "flush", "dev", "eth0")
        host.must("ip", "address", "add", f"{address}/24", "dev", "eth0")
    apt(hosts.spare, documented(INSTALL, CONTROLLER, "apt", "./loquet-controller_….deb"))
    command = documented(INSTALL, "Restore an installation on a new computer", "--from-backup")
    set_up(hosts.spare, known, command, typed=f"{known.password}\n")
    serves(hosts.spare)
    assert "1883" not in ports(hosts.spare)
    assert asked_by_curl(hosts.spare, known, f"https://{OTHER}")
    tapped(hosts, reached(hosts.spare, known))
    print(hosts.spare.must(*documented(RUN, "Backups", "loquet", "backup")))


def test_removing_and_purging_leave_nginx_at_work_and_nothing_of_ours(hosts: Hosts) -> None:
    """One step after the other, as documented; then it is as before it was installed."""
    host = hosts.atelier
    print(host.must(*documented(INSTALL, AWAY, "loquet", "remove")))
    nginx_starts(host)
    assert (host.root / "var/lib/loquet/var/loquet.db").exists()
    assert not (host.root / "etc/nginx/conf.d/loquet.conf").exists()
    apt(host, documented(INSTALL, AWAY, "apt", "remove"))
    nginx_starts(host)
    assert (host.root / "var/lib/loquet/var/loquet.db").exists()
    assert not (host.root / "usr/bin/loquet").is_symlink()
    apt(host, documented(INSTALL, AWAY, "apt", "purge"))
    nginx_starts(host)
    assert left(host) == []


def test_after_a_purge_it_is_installed_again_and_the_place_comes_back_by_another_name(
    hosts: Hosts, known: Known
) -> None:
    """The box is told by one command, and goes on."""
    disk_goes(hosts.spare, hosts.atelier)
    hosts.spare.must("ip", "link", "set", "eth0", "down")
    apt(hosts.atelier, documented(INSTALL, CONTROLLER, "apt", "./loquet-controller_….deb"))
    command = documented(
        INSTALL, "Restore an installation on a new computer", "--from-backup", "--name"
    )
    assert LAST in command
    set_up(hosts.atelier, known, command, typed=f"{known.password}\n")
    serves(hosts.atelier)
    hosts.named(LAST, LATER)
    again = documented(INSTALL, "Restore an installation on a new computer", "setup", "agent")
    print(hosts.pi.must(*again))
    assert asked_by_curl(hosts.atelier, known, f"https://{LAST}")
    tapped(hosts, reached(hosts.atelier, known))


def test_a_purge_alone_takes_everything_while_all_of_it_runs(hosts: Hosts) -> None:
    """Of a controller, and of a box with simulated hardware."""
    command = documented(INSTALL, AWAY, "apt", "purge")
    apt(hosts.spare, command)
    nginx_starts(hosts.spare)
    assert left(hosts.spare) == []
    apt(hosts.pi, [word.replace("loquet-controller", "loquet-agent") for word in command])
    assert left(hosts.pi) == []
