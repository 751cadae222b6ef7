"""The authority that the place's pages show, where every user and program here can read it."""

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from controller.cli.installing.layout import Layout
from controller.cli.installing.rights import rights_of
from controller.cli.installing.steps import Step, Work
from controller.safe_files import NotPlain, read_plain
from controller.settings import SettingsError

_LARGEST = 65536


def authority_step(layout: Layout, source: Callable[[], Path], *, is_kept: bool = False) -> Step:
    """Copy it from the services' folder; `is_kept`: one that is here already counts."""
    to = layout.place_ca

    def lacking() -> bool:
        return not to.exists() or not (is_kept or _read(layout, source()) == to.read_bytes())

    def doing() -> bool:
        found = _read(layout, source()) if lacking() else b""
        if found:
            to.write_bytes(found)
            to.chmod(0o644)
        return bool(found)

    return Work(f"{to}, by which programs here know the pages", lacking, doing)


def _read(layout: Layout, file: Path) -> bytes:
    """The certificate and nothing else; empty where there is none. Raises SettingsError."""
    try:
        with rights_of(layout.user):
            pem = read_plain(file, _LARGEST)
        return load_pem_x509_certificate(pem).public_bytes(Encoding.PEM)
    except FileNotFoundError:
        return b""
    except (NotPlain, OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}; loquet doctor says what to do") from error
