"""Reads the compiled catalogues of what an agent says, once at its start."""

import logging
from pathlib import Path

import controller.domain.locale
from controller.domain.locale.catalogue import Catalogues

log = logging.getLogger(__name__)

FOLDERS = (Path(controller.domain.locale.__path__[0]), Path(__file__).parents[1] / "locale")


def read() -> Catalogues:
    """All languages that were compiled at the installation; without any, plain English remains."""
    found = [file for folder in FOLDERS for file in sorted(folder.glob("*.mo"))]
    if not found:
        log.warning("no compiled texts in %s: install again; speaking English", FOLDERS[0])
    return Catalogues((file.stem, file.read_bytes()) for file in found)
