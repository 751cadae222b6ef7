"""`loquet program`: add an agent package to the controller, sign it, and have the agents run it."""

import argparse
import gzip
import hashlib
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from controller.settings import Settings
    from controller.wire.commands import Upgrade

EXAMPLE = "loquet program add loquet-agent_0.3.0_arm64.deb"
PACKAGE, INSIDE = "loquet-agent", "./usr/lib/loquet/agent/"
"""Name of the Debian package, and the folder of the program inside it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, and its package or number."""
    parser.add_argument("action", choices=sorted(_ACTIONS))
    parser.add_argument("what", nargs="?", help="add: the package; withdraw: the program's number")


def run(args: argparse.Namespace) -> int:
    """Run the action."""
    if (args.action == "list") is not (args.what is None):
        args.wrong("loquet program add FILE.deb, withdraw NUMBER, or list")
    _ACTIONS[args.action](args)
    return 0


def _add(args: argparse.Namespace) -> None:
    from controller.capabilities.agents.pki import Authority
    from controller.capabilities.programs import programs
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.wire.signatures import Signer

    with open_configured(args) as (settings, database):
        signer = Signer(Authority.load(Path(settings.site.keys)).key)
        now = wall_clock()
        program = _store(settings, Path(args.what), now.millis())
        with database.write() as db:
            row = programs.offer(db, program, signer, actor=Actor.system("cli"), now=now)
            live = {upgrade.serial for upgrade in programs.target_programs(db).values()}
        for path in programs.archive_path(settings, 0).parent.glob("*.tar.gz"):
            if path.name.removesuffix(".tar.gz") not in map(str, live):
                path.unlink()
    show(
        args,
        {"serial": row.serial, "version": row.version, "architecture": row.architecture},
        f"Program {row.serial}: {row.version} for {row.architecture}, signed. Agents get it one"
        " after the other, each when nobody uses anything there; the Agents page says how far.",
    )


def _withdraw(args: argparse.Namespace) -> None:
    from controller.capabilities.programs import programs
    from controller.cli.work import CommandFailed, open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    if not args.what.isdecimal():
        raise CommandFailed(f"{args.what} is not the number of a program; see loquet program list")
    with open_configured(args) as (_, database), database.write() as db:
        row = programs.withdraw(db, int(args.what), actor=Actor.system("cli"), now=wall_clock())
        serial = row.serial
    show(args, {"serial": serial}, f"Program {serial} is not sent to any more agents.")


def _list(args: argparse.Namespace) -> None:
    from controller.capabilities.programs import programs
    from controller.cli.work import open_configured, show, table

    with open_configured(args) as (_, database), database.read() as db:
        rows = [
            (
                program.serial,
                program.version,
                program.architecture,
                "no" if program.withdrawn_at else "yes",
            )
            for program in programs.all_programs(db)
        ]
    header = ("serial", "version", "architecture", "offered")
    show(args, [dict(zip(header, row, strict=True)) for row in rows], table(header, rows))


def _store(settings: "Settings", package: Path, serial: int) -> "Upgrade":
    """Store a package's program as an archive beside the keys, not signed yet.

    Raises CommandFailed.
    """
    from controller.capabilities.programs import programs
    from controller.wire.commands import Upgrade

    version, architecture = _read(package)
    file = programs.archive_path(settings, serial)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f"{serial}.part")
    try:
        with part.open("wb") as out:
            _repack(package, out)
            out.flush()
            os.fsync(out.fileno())
        with part.open("rb") as data:
            sha256 = hashlib.file_digest(data, "sha256").hexdigest()
        size = part.stat().st_size
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return Upgrade(
        serial=serial,
        version=version,
        architecture=architecture,
        sha256=sha256,
        size=size,
        sig=programs.UNSIGNED,
    )


def _read(package: Path) -> tuple[str, str]:
    """Return a package's version and architecture. Raises CommandFailed unless it is an agent's."""
    from controller.cli.work import CommandFailed

    fields = ("Package", "Version", "Architecture")
    try:
        process = subprocess.run(
            [
                "dpkg-deb",
                "--show",
                "--showformat",
                r"${Package}\n${Version}\n${Architecture}",
                str(package),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(
            "dpkg-deb is not installed here: run this on a Debian controller"
        ) from error
    values = process.stdout.split("\n")
    if process.returncode != 0 or len(values) != len(fields):
        message = " ".join(process.stderr.split())
        raise CommandFailed(f"{package} is not a Debian package: {message}")
    name, version, architecture = values
    if name != PACKAGE:
        raise CommandFailed(f"{package} is {name}; agents run {PACKAGE}")
    return version, architecture


def _repack(package: Path, out: IO[bytes]) -> None:
    """Write the files below INSIDE to an archive; the same package gives the same bytes."""
    from controller.cli.work import CommandFailed

    count = 0
    with (
        _members(package) as tar,
        gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as to,
    ):
        for member in tar:
            if member.name.startswith(INSIDE) and not member.issym():
                data = tar.extractfile(member) if member.isfile() else None
                member.name = member.name.removeprefix(INSIDE)
                to.addfile(member, data)
                count += 1
    if count == 0:
        raise CommandFailed(f"{package} contains no program below {INSIDE[1:]}")


@contextmanager
def _members(package: Path) -> Iterator[tarfile.TarFile]:
    from controller.cli.work import CommandFailed

    with tempfile.TemporaryFile() as unpacked:
        command = ["dpkg-deb", "--fsys-tarfile", str(package)]
        if subprocess.run(command, stdout=unpacked, check=False).returncode != 0:
            raise CommandFailed(f"{package} is incomplete")
        unpacked.seek(0)
        with tarfile.open(fileobj=unpacked) as tar:
            yield tar


_ACTIONS = {"add": _add, "list": _list, "withdraw": _withdraw}
