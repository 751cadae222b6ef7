"""Reads the compiled catalogues of the agent's texts, once at its start."""

import logging
from pathlib import Path

import controller.domain.locale
from controller.domain.locale.catalogue import Catalogues

log = logging.getLogger(__name__)

FOLDERS = (Path(controller.domain.locale.__path__[0]), Path(__file__).parents[1] / "locale")
"""Folders with compiled catalogues: the shared ones and the agent's own."""


def read_catalogues() -> Catalogues:
    """Return the catalogues of all languages that were compiled; without any, texts are in
    English."""
    files = [file for folder in FOLDERS for file in sorted(folder.glob("*.mo"))]
    if not files:
        log.warning("no compiled texts in %s: install again; speaking English", FOLDERS[0])
    return Catalogues((file.stem, file.read_bytes()) for file in files)
