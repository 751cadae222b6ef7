"""What a network of places stands on, as processes: PostgreSQL under Patroni, Valkey, HAProxy."""

import csv
import json
import os
import signal
import socket
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from controller.cli.demo.processes import Process, Processes
from tests.support.programs import free_port
from tests.support.scaling.debian import as_nobody, environment, owned
from tests.support.scaling.lan import HERE, NETWORK, Lan
from tests.support.scaling.templates import filled
from tests.support.until import until

PG, CHECK, NODES = 5432, 8008, ("pg1", "pg2")
WEBS = ("web1", "web2", "web3")
PASSWORDS = {name: f"{name}-of-the-proof" for name in ("superuser", "replication", "rewind")}
LOQUET = "loquet-of-the-proof"
BIN = "usr/lib/postgresql/17/bin"


@dataclass
class Cluster:
    """Its programs, where they listen, and the processes by name."""

    folder: Path
    root: Path
    lan: Lan
    place: Processes
    processes: dict[str, Process] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """Everything but Loquet; once a standby follows, and the role and its database are made."""
        names = ("database", "valkey", "pages", "pgbouncer", *WEBS, "valkey1", "valkey2")
        self.ports = {name: free_port() for name in names}
        self._etcd()
        for node in NODES:
            self._patroni(node)
        self._valkey()
        self._haproxy()
        self.settled()
        self._make_database()
        self._pgbouncer()

    def at(self, name: str) -> str:
        """HOST:PORT on this computer."""
        return f"{HERE}:{self.ports[name]}"

    def run(self, name: str, command: Sequence[str], **more: str) -> Process:
        """Start a program of these packages, and keep it running."""
        given = environment(self.root) | {"HOME": str(self.folder)} | more
        self.processes[name] = self.place.add(name, command, **given)
        return self.processes[name]

    def primary(self) -> str | None:
        """The node that says that it is; None: none does."""
        return next((node for node in NODES if _ask(self._check(node), "/primary")), None)

    def valkey_primary(self) -> str:
        """Which one HAProxy sends to; empty: none, or both."""
        found = [name for name in ("valkey1", "valkey2") if self.state("valkey", name) == "UP"]
        return found[0] if len(found) == 1 else ""

    def state(self, backend: str, server: str) -> str:
        """How HAProxy finds a server, in the words of its statistics; empty: it does not say."""
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(self.folder / "stats"))
            asked.sendall(b"show stat\n")
            rows = csv.DictReader(asked.makefile())
            found = [row["status"] for row in rows if _is(row, backend, server)]
        return found[0] if found else ""

    def settled(self) -> None:
        """Wait until there is a primary, and the other follows in step with it."""
        until(lambda: self._standby() is not None, lambda: f"no standby: {self._members()}", 180)

    def leave(self, node: str) -> None:
        """kill -9 of all of PostgreSQL and Patroni there; nobody starts them again."""
        self.processes[node].stays_down = True
        self._signal(node, signal.SIGKILL)

    def hang(self, node: str) -> None:
        """They stand still, with their connections open."""
        self._signal(node, signal.SIGSTOP)

    def go_on(self, node: str) -> None:
        """They move again, or are started again."""
        self._signal(node, signal.SIGCONT)
        self.processes[node].stays_down = False

    def _signal(self, node: str, number: int) -> None:
        for process in self._family(node):
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, number)

    def _family(self, node: str) -> list[psutil.Process]:
        """Patroni, which comes first so that it mends nothing, the postmaster, and its children."""
        found, pids = [], []
        popen = self.processes[node].popen
        if popen is not None and popen.poll() is None:
            pids.append(popen.pid)
        with suppress(FileNotFoundError, ValueError, IndexError):
            pids.append(int((self._data(node) / "postmaster.pid").read_text().split()[0]))
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                found += [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return found

    def _data(self, node: str) -> Path:
        return self.folder / node / "data"

    def _check(self, node: str) -> str:
        return f"{self.addresses[node]}:{CHECK}"

    def _members(self) -> list[dict[str, Any]]:
        primary = self.primary()
        told = _ask(self._check(primary), "/cluster") if primary else None
        return told["members"] if told else []

    def _standby(self) -> str | None:
        follows = [member for member in self._members() if member["role"] == "sync_standby"]
        return next(
            (standby["name"] for standby in follows if standby["state"] == "streaming"), None
        )

    def _etcd(self) -> None:
        clients, peers = ([free_port() for _ in range(3)] for _ in range(2))
        cluster = ",".join(f"e{n}=http://{HERE}:{port}" for n, port in enumerate(peers))
        self.etcd = ", ".join(f'"{HERE}:{port}"' for port in clients)
        for n in range(3):
            data = owned(self.folder / f"etcd{n}")
            file = filled(
                "etcd.yml",
                self.folder / f"etcd{n}.yml",
                NODE=f"e{n}",
                DATA=data,
                CLIENT=f"{HERE}:{clients[n]}",
                PEER=f"{HERE}:{peers[n]}",
                CLUSTER=cluster,
            )
            command = [str(self.root / "usr/bin/etcd"), "--config-file", str(file)]
            self.run(f"etcd{n}", as_nobody(*command))

    def _patroni(self, node: str) -> None:
        address = self.addresses[node] = self.lan.add(node)
        home = owned(self.folder / node)
        file = filled(
            "patroni.yml",
            home / "patroni.yml",
            NODE=node,
            CHECK=f"{address}:{CHECK}",
            ETCD=self.etcd,
            LISTEN=f"{address}:{PG}",
            DATA=home / "data",
            BIN=self.root / BIN,
            PGPASS=home / "pgpass",
            SOCKETS=home,
            NETWORK=NETWORK,
            SHARED_BUFFERS="128MB",
            WATCHDOG="off",
            **{f"{name.upper()}_PASSWORD": word for name, word in PASSWORDS.items()},
        )
        command = as_nobody("/usr/bin/python3", str(self.root / "usr/bin/patroni"), str(file))
        self.run(node, self.lan.inside(node, *command), HOME=str(home))

    def _valkey(self) -> None:
        for number, name in enumerate(("valkey1", "valkey2")):
            first = f"replicaof {HERE} {self.ports['valkey1']}" if number else ""
            file = filled(
                "valkey.conf",
                self.folder / f"{name}.conf",
                HOST=HERE,
                PORT=self.ports[name],
                DATA=owned(self.folder / name),
                REPLICA=first,
            )
            os.chown(file, 65534, 65534)
            self.run(name, as_nobody(str(self.root / "usr/bin/valkey-server"), str(file)))
        for number in range(3):
            home = owned(self.folder / f"sentinel{number}")
            file = filled(
                "sentinel.conf",
                home / "sentinel.conf",
                HOST=HERE,
                PORT=free_port(),
                DATA=home,
                VALKEY1_HOST=HERE,
                VALKEY1_PORT=self.ports["valkey1"],
            )
            os.chown(file, 65534, 65534)
            command = as_nobody(str(self.root / "usr/bin/valkey-sentinel"), str(file))
            self.run(f"sentinel{number}", command)

    def _haproxy(self) -> None:
        values = {name.upper(): self.at(name) for name in self.ports if name != "pgbouncer"}
        for node in NODES:
            values[node.upper()] = f"{self.addresses[node]}:{PG}"
            values[f"{node.upper()}_HOST"] = self.addresses[node]
            values[f"{node.upper()}_CHECK"] = str(CHECK)
        values["PAGES"] = f"127.0.0.1:{self.ports['pages']}"
        values |= {"USER": "nobody", "GROUP": "nogroup", "STATS": str(self.folder / "stats")}
        file = filled("haproxy.cfg", self.folder / "haproxy.cfg", **values)
        self.run("haproxy", [str(self.root / "usr/sbin/haproxy"), "-db", "-f", str(file)])

    def _make_database(self) -> None:
        password = PASSWORDS["superuser"]
        primary = self.addresses[self.primary() or NODES[0]]
        server = f"host={primary} user=postgres dbname=postgres"
        with psycopg.connect(server, password=password, autocommit=True) as db:
            db.execute(f"CREATE ROLE loquet LOGIN PASSWORD '{LOQUET}'".encode())
            db.execute("CREATE DATABASE loquet OWNER loquet")
        passwords = self.folder / "pgpass"
        passwords.write_text(f"*:*:*:loquet:{LOQUET}\n")
        passwords.chmod(0o600)

    def _pgbouncer(self) -> None:
        users = self.folder / "users.txt"
        users.write_text(f'"loquet" "{LOQUET}"\n')
        users.chmod(0o600)
        os.chown(users, 65534, 65534)
        file = filled(
            "pgbouncer.ini",
            self.folder / "pgbouncer.ini",
            DATABASE_HOST=HERE,
            DATABASE_PORT=self.ports["database"],
            LISTEN_HOST=HERE,
            LISTEN_PORT=self.ports["pgbouncer"],
            USERS=users,
        )
        self.run("pgbouncer", as_nobody(str(self.root / "usr/sbin/pgbouncer"), str(file)))


def _is(row: dict[str, str], backend: str, server: str) -> bool:
    return (row["# pxname"], row["svname"]) == (backend, server)


def _ask(where: str, path: str) -> Any:
    """What Patroni says there; None: no, or nothing."""
    try:
        with urllib.request.urlopen(f"http://{where}{path}", timeout=1.5) as answer:
            return json.loads(answer.read() or b"{}") or True
    except (OSError, ValueError):
        return None
