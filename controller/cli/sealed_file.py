"""Encrypt a file with age for several recipients, and decrypt it with the key of one of them."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from controller.cli.backup.make import scratch
from controller.cli.work import CommandFailed
from controller.settings import Settings

_HEAD = b"age-encryption.org/"


def seal(settings: Settings, write: Callable[[Path], object], file: Path, recipients: Path) -> None:
    """Have `write` write a file, and store it encrypted. Raises CommandFailed."""
    if file.exists():
        raise CommandFailed(f"{file} exists already; name a new file")
    if not file.parent.is_dir():
        raise CommandFailed(f"{file} cannot be written: make the folder {file.parent} first")
    with scratch(settings, "seal") as folder:
        plain = folder / file.name
        write(plain)
        file.touch(mode=0o600)
        try:
            _age(["--recipients-file", str(recipients), "--output", str(file), str(plain)])
        except CommandFailed:
            file.unlink()
            raise


@contextmanager
def opened_file(settings: Settings, file: Path, identity: Path | None) -> Iterator[Path]:
    """Yield the file, decrypted during the block if it is encrypted. Raises CommandFailed."""
    if not _is_sealed(file):
        yield file
        return
    if identity is None:
        raise CommandFailed(f"{file} is encrypted by age: name the key with --identity FILE")
    with scratch(settings, "seal") as folder:
        plain = folder / file.name
        plain.touch(mode=0o600)
        _age(["--decrypt", "--identity", str(identity), "--output", str(plain), str(file)])
        yield plain


def _is_sealed(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as start:
        return start.read(len(_HEAD)) == _HEAD


def _age(words: Sequence[str]) -> None:
    try:
        process = subprocess.run(
            ["age", *words], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise CommandFailed("age is not installed: apt install age") from error
    if process.returncode:
        lines = process.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise CommandFailed(f"age: {lines[0].removeprefix('age: error: ')}")
