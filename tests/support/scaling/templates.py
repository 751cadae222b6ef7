"""The configuration that `packaging/scaling` ships, filled in."""

import re
from pathlib import Path

from tests.support.tree import ROOT

FOLDER = ROOT / "packaging" / "scaling"
_MARK = re.compile("@([A-Z0-9_]+)@")


def filled(template: str, file: Path, **values: object) -> Path:
    """Write a file from its template. Every mark must be given, and everything given used."""
    text = (FOLDER / template).read_text()
    assert set(_MARK.findall(text)) == set(values), f"{template}: {set(_MARK.findall(text))}"
    file.write_text(_MARK.sub(lambda found: str(values[found[1]]), text))
    return file
