"""On a Debian with systemd as PID 1: nothing that the service user plants moves root.

Controller and agent are installed as packages and set up. Then, as the user `loquet`, links,
orders, names and lists are planted in every folder that it owns, and each command of root's runs.
Root's secrets must not even be opened (their access time tells), root's files keep their content,
owner and mode, no other unit stops, and nginx gets no line and no certificate of theirs.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from controller.capabilities.agents.pki import Authority
from controller.capabilities.agents.web_authority import WebAuthority
from controller.wire.signatures import Signer
from tests.proofs.packages import packages
from tests.support.bare import bare_debian, must
from tests.support.program_archive import contents, order_of, pack
from tests.support.systemd_host import Host, booted
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
NEEDED = ("ca-certificates", "systemd", "systemd-sysv", "dbus", "iproute2", "procps")
STATE, CONFIG, PROGRAMS = "var/lib/loquet", "etc/loquet", "usr/local/lib/loquet/programs"
WORD = "root-alone-knows-this"
SECRETS = ("root/secret", "root/secret.crt", "root/secret.key", "root/secret.toml")
OTHERS = ("srv/canary/keys", "srv/canary/broker", "srv/canary/agent", "srv/canary/loquet.db")
CANARY = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
KEPT_FOLDERS = ("etc/cron.d", "etc/nginx", "etc/systemd", "etc/avahi", PROGRAMS, "root", "srv")
LOQUET = "/usr/bin/loquet"
AGENT_CODE = """\
import json, ssl, sys, urllib.request
token, address = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations("/var/lib/loquet-root/place-ca.crt")
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
body = json.dumps({"id": "atelier", "name": {"fr": "Atelier"}}).encode()
request = urllib.request.Request(f"{address}/api/v1/agents", body, headers)
print(json.load(urllib.request.urlopen(request, context=context))["claim_code"])
"""
OF_ROOT = (
    (LOQUET, "setup", "controller", "--json"),
    (LOQUET, "setup", "agent", "--simulated", "--json"),
    (LOQUET, "setup", "front", "--json"),
    (LOQUET, "setup", "controller", "--dry-run"),
    (LOQUET, "remove", "--data", "--dry-run"),
    ("systemctl", "start", "loquet-agent-program.service"),
    ("systemctl", "start", "loquet-renew.service"),
    ("systemctl", "start", "loquet-backup.service"),
    ("systemctl", "reload-or-restart", "nginx.service"),
    ("systemctl", "--no-block", "restart", "loquet-serve", "loquet-agent", "loquet-broker"),
    (LOQUET, "doctor"),
    ("sh", "-c", "systemctl stop 'loquet-*.service'"),
    (LOQUET, "upgrade"),
    (LOQUET, "db", "backup", "/var/lib/loquet/var/new.db"),
    (LOQUET, "db", "restore", "/var/lib/loquet/var/copy.db", "--yes"),
    (LOQUET, "backup"),
    (LOQUET, "program", "list"),
    ("sh", "-c", "exec dpkg --install /srv/loquet-*.deb"),
)
"""What root runs by hand, or systemd for root."""
TO_SECRETS = """\
cd /var/lib/loquet/var
ln -sf /root/secret.crt keys/web.crt; ln -sf /root/secret.key keys/web.key
ln -sf /root/secret.crt broker/server-chain.crt; ln -sf /root/secret.key broker/server.key
ln -sf /root/secret.crt agent/ca.crt; ln -sf /root/secret agent/enrolment.json
mkdir -p agent/program
for name in order.json choice.json failure.json archive.tar.gz; do
    ln -sf /root/secret agent/program/$name
done
echo 1 >agent/program/ready
"""
OWN_SIGNATURE = """\
cd /var/lib/loquet/var/agent
mkdir -p program
cp /srv/attack/ca.crt ca.crt; cp /srv/attack/order.json /srv/attack/archive.tar.gz program
echo '{"serial": 9, "beside": "0"}' >program/choice.json
echo 1 >program/ready
"""
LIST = """\
cp --remove-destination /srv/attack/setup.json /var/lib/loquet/setup.json
cp --remove-destination /srv/attack/setup.json /etc/loquet/setup.json
"""
NOTE_OF_A_SWAP = """\
cp --remove-destination /srv/attack/restore.swap /var/lib/loquet/var/restore.swap
cp --remove-destination /srv/attack/restore.swap /var/lib/loquet/restore.swap
"""
CONFIGURATION = """\
for name in new loquet-new before-loquet; do ln -sf /root/secret /etc/loquet/config.toml.$name; done
cp /srv/attack/config.toml /etc/loquet/config.toml
"""
NOT_THERE = """\
rm /etc/loquet/config.toml; ln -s /etc/cron.d/planted /etc/loquet/config.toml
ln -s /root/secret /etc/loquet/config.toml.new
"""
FOLDERS = """\
cd /var/lib/loquet
mv var real; ln -s /srv/canary var
ln -s /etc/systemd/system simulated; ln -s /root /etc/loquet/keys
"""
PIPES = """\
rm /etc/loquet/config.toml; mkdir -p /var/lib/loquet/var/agent/program
mkfifo -m 600 /etc/loquet/config.toml /var/lib/loquet/var/agent/program/order.json
"""
PLANTED = {
    "links to root's secrets": TO_SECRETS,
    "a configuration that is root's secret": "ln -sf /root/secret.toml /etc/loquet/config.toml",
    "a program that another authority has signed": OWN_SIGNATURE,
    "a list of what setup made": LIST,
    "a note of files that were to change places": NOTE_OF_A_SWAP,
    "a configuration with more than values": CONFIGURATION,
    "a configuration that leads to where there is none": NOT_THERE,
    "links in place of folders": FOLDERS,
    "a second configuration": "cp /srv/attack/config.toml /var/lib/loquet/config.toml",
    "pipes": PIPES,
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Controller and agent at work, set up by root as the documentation says."""
    debs = packages(tmp_path_factory.mktemp("dist"))
    folder = tmp_path_factory.mktemp("host")
    with bare_debian(folder / "root", NEEDED) as root:
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        for deb in debs:
            (root / "srv" / deb.name).write_bytes(deb.read_bytes())
        inside = ("chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "TMPDIR=/tmp")
        must(*inside, "apt-get", "-q", "update")
        install = ("apt-get", "-q", "-y", "--no-install-recommends", "install")
        must(*inside, *install, *(f"/srv/{deb.name}" for deb in debs))
        policy.unlink()
    with booted(folder / "root", folder / "console.log") as started:
        _set_up(started)
        _canaries(started)
        _attack(started)
        yield started


def _set_up(host: Host) -> None:
    said = json.loads(host.must(LOQUET, "setup", "controller", "--name", "127.0.0.1", "--json"))
    login = ("--email", "root@example.org")
    host.must(LOQUET, "user", "add", *login, "--role", "admin", typed="a long password\n")
    token = json.loads(host.must(LOQUET, "token", "add", *login, "--name", "x", "--json"))["token"]
    until(lambda: host.run("systemctl", "is-active", "loquet-serve").returncode == 0, "no serve")
    python = "/usr/lib/loquet/controller/bin/python3"
    code = host.must(python, "-c", AGENT_CODE, token, said["url"])
    simulated = ("--simulated", "--point", "laser", "--url", said["agents_url"], "--json")
    joined = json.loads(host.must(LOQUET, "setup", "agent", *simulated, typed=code))
    assert joined["agent_id"] == "atelier"
    shown = host.root / "var/lib/loquet-root/front/agents.pem"
    shown.unlink()
    host.must("systemctl", "start", "loquet-renew.service")
    assert "PRIVATE KEY" in shown.read_text(), "nginx has not got what was renewed"
    host.must(LOQUET, "db", "backup", "/var/lib/loquet/var/copy.db")
    host.must("sh", "-c", "systemctl stop 'loquet-*.service'")
    host.must("sh", "-c", "mkdir /srv/kept; cp -a /var/lib/loquet /srv/kept/state")
    host.must("sh", "-c", "cp -a /etc/loquet /srv/kept/config; chmod 700 /srv/kept")


def _canaries(host: Host) -> None:
    """What root alone may read, what others could be led to delete, and a unit."""
    now, names = datetime.now(UTC), ["of-root.example"]
    chain, key = WebAuthority.create("root's", names, now).issue(names, now)
    texts = (WORD, chain, key.decode(), f'# {WORD}\n[site]\nname = "{WORD}"\n')
    for name, text in zip(SECRETS, texts, strict=True):
        (host.root / name).write_text(text)
        (host.root / name).chmod(0o600)
    for name in OTHERS:
        file = host.root / name / "file" if "." not in name else host.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("of root's")
    (host.root / "srv/canary").chmod(0o755)
    (host.root / "etc/systemd/system/canary.service").write_text(CANARY)
    host.must("systemctl", "daemon-reload")
    host.must("systemctl", "enable", "--now", "canary.service")


def _attack(host: Host) -> None:
    """What the service user brings along, readable to it."""
    folder = host.root / "srv/attack"
    folder.mkdir()
    canaries = ["/etc/systemd/system/canary.service", "/srv/canary/loquet.db", "/root/secret"]
    listed = {
        "components": ["controller", "agent"],
        "files": {name: _digest(host.root / name.lstrip("/")) for name in canaries},
        "units": ["canary.service"],
        "chosen": {
            "name": "planted.example; include /srv/attack/planted",
            "certificate": "/root/secret.crt",
            "key": "/root/secret.key",
        },
    }
    (folder / "setup.json").write_text(json.dumps(listed))
    programs = f"/{PROGRAMS}/authority.pem"
    moves = [["/srv/attack/ca.crt", programs, f"{programs}.old"]]
    moves += [["/srv/attack/planted", "/etc/cron.d/planted", "/etc/cron.d/old"]]
    (folder / "restore.swap").write_text(json.dumps(moves))
    (folder / "planted").write_text("listen 6666; # planted")
    (folder / "config.toml").write_text(
        '[site]\nkeys = "/root"\n[web]\npublic_url = "https://planted</txt-record>"\n'
        'bind = "127.0.0.1:8000;#planted\\n}server{listen:6666"\n'
        '[agent]\nstate_dir = "/root"\nprograms = "/srv/attack/programs"\n'
    )
    must("sh", "-c", f"cd {folder} && chmod -R a+rX .")
    _signed_by_another(folder)


def _signed_by_another(folder: Path) -> None:
    """A program with a good signature, of an authority that is not this place's."""
    authority = Authority.create("planted", datetime.now(UTC))
    (folder / "ca.crt").write_text(authority.ca_pem)
    pack(contents("9.0.0"), folder / "archive.tar.gz")
    order = order_of(folder / "archive.tar.gz", 9, "9.0.0", Signer(authority.key))
    (folder / "order.json").write_bytes(msgspec.json.encode(order))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _rested(host: Host) -> None:
    """As it was set up, nothing running but nginx and the canary."""
    host.run(
        "sh", "-c", "systemctl stop 'loquet-*.service' 'loquet-*.path'; systemctl reset-failed"
    )
    host.must("sh", "-c", "rm -rf /var/lib/loquet; cp -a /srv/kept/state /var/lib/loquet")
    host.must("sh", "-c", "rm -rf /etc/loquet; cp -a /srv/kept/config /etc/loquet")
    host.must("systemctl", "start", "loquet-agent-program.path")


def _unread(host: Host) -> None:
    """Have the next reading of a secret show: relatime moves a time that is older than the file."""
    for name in SECRETS:
        os.utime(host.root / name, (1, 2))


def _state(host: Host) -> dict[str, str]:
    """Owner, mode and content of what the services have no business with."""
    found = {}
    for folder in KEPT_FOLDERS:
        for path in sorted((host.root / folder).rglob("*")):
            name = str(path.relative_to(host.root))
            if name.startswith(("srv/kept", *SECRETS)):
                continue
            at = path.lstat()
            content = str(path.readlink()) if path.is_symlink() else ""
            content = _digest(path) if path.is_file() and not path.is_symlink() else content
            found[name] = f"{at.st_uid}:{at.st_gid} {at.st_mode:o} {content}"
    return found


def _plant(host: Host, script: str) -> None:
    host.must("runuser", "-u", "loquet", "--", "sh", "-ec", script)


def _holds(host: Host) -> None:
    """Nothing of root's was opened, copied, exchanged, stopped or loaded."""
    read = [name for name in SECRETS if (host.root / name).stat().st_atime != 1]
    assert read == [], "root has opened them"
    for name in SECRETS:
        at = (host.root / name).stat()
        assert (at.st_uid, at.st_gid, at.st_mode & 0o777) == (0, 0, 0o600), name
    where = ("/var", "/etc", "/usr/local", "/tmp", "/run")
    copies = host.run("grep", "--recursive", "--files-with-matches", WORD, *where).stdout.split()
    assert copies == [], "it stands where others can read it"
    nginx = host.must("nginx", "-T")
    assert "planted" not in nginx
    assert "6666" not in nginx
    for what in ("is-active", "is-enabled"):
        assert host.must("systemctl", what, "canary.service").strip() in ("active", "enabled")
    for name in OTHERS:
        path = host.root / name
        assert (path if "." in name else path / "file").read_text() == "of root's"


def test_an_access_time_tells_of_a_reader(host: Host) -> None:
    """Else the other tests would look at nothing."""
    _unread(host)
    assert host.must("cat", "/root/secret") == WORD
    assert (host.root / "root/secret").stat().st_atime != 1


@pytest.mark.parametrize("planted", PLANTED)
def test_root_does_nothing_because_of(host: Host, planted: str) -> None:
    _rested(host)
    before = _state(host)
    _plant(host, PLANTED[planted])
    _unread(host)
    for words in OF_ROOT:
        done = host.run("timeout", "--kill-after=5", "100", *words)
        print(
            f"{done.returncode:3} {' '.join(words)}: {(done.stderr or done.stdout)[-200:].strip()}"
        )
        assert done.returncode not in (124, 137), f"{words} waits for ever"
    unpacker = ("systemctl", "show", "--value", "--property=Result", "loquet-agent-program.service")
    print(host.must(*unpacker))
    _holds(host)
    after = _state(host)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == set()


def test_every_folder_of_the_service_user_is_known(host: Host) -> None:
    """A new one has to be looked at: what does root do there? Then it is added to the table."""
    _rested(host)
    find = ("find", "/", "-xdev", "-path", "/srv", "-prune", "-o", "-user", "loquet", "-type", "d")
    found = host.must(*find, "-print").split()
    tops = {name for name in found if str(Path(name).parent) not in found}
    assert tops <= {"/var/lib/loquet", "/etc/loquet", "/run/loquet-agent"}
    roots = [host.root / "var/lib/loquet-root", host.root / PROGRAMS]
    for path in (path for root in roots for path in (root, *root.rglob("*"))):
        at = path.lstat()
        assert (at.st_uid, at.st_mode & 0o022) == (0, 0), path
    assert (roots[0] / "front").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "words",
    [
        ("dpkg", "--purge", "--force-depends", "loquet-controller"),
        ("dpkg", "--purge", "--force-depends", "loquet-agent"),
    ],
)
def test_a_purge_of_one_package_deletes_nothing_by_way_of_a_link(
    host: Host, words: tuple[str, ...]
) -> None:
    _rested(host)
    _plant(host, FOLDERS)
    _unread(host)
    print(host.must(*words))
    _holds(host)
    host.must("sh", "-c", "exec dpkg --install /srv/loquet-*.deb")
    _rested(host)
    host.must(LOQUET, "setup", "controller", "--name", "127.0.0.1", "--json")
    host.must(LOQUET, "setup", "agent", "--simulated", "--json")


def test_removing_with_data_takes_no_more_than_was_set_up(host: Host) -> None:
    _rested(host)
    _plant(host, LIST + CONFIGURATION + FOLDERS)
    _unread(host)
    said = json.loads(host.must(LOQUET, "remove", "--data", "--yes", "--json"))
    assert "/etc/nginx/conf.d/loquet.conf" in said["removed"]
    _holds(host)
    for name in (STATE, "var/lib/loquet-root", "etc/nginx/conf.d/loquet.conf"):
        assert not (host.root / name).exists(), name


def test_it_can_be_set_up_again_after_all_that(host: Host) -> None:
    host.must(LOQUET, "setup", "controller", "--name", "127.0.0.1", "--json")
    serves = ("systemctl", "is-active", "loquet-serve", "nginx")
    until(lambda: host.run(*serves).returncode == 0, lambda: host.run(*serves).stdout)
    host.must("dpkg", "--purge", "loquet-controller", "loquet-agent")
    for name in (STATE, CONFIG, "var/lib/loquet-root"):
        assert not (host.root / name).exists(), name
