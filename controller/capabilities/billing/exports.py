"""Exports the entries of a period as a FEC file, with the description that the law requires."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from controller.capabilities.billing import books, fec, providers
from controller.domain.time import Utc
from controller.kernel.actor import Actor

_TIME_STAMP = (1980, 1, 1, 0, 0, 0)
"""Fixed time stamp in the archive, so that the same entries give the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The exported files by name, and the number of entries in them."""

    files: Mapping[str, bytes]
    entries: int

    def archive(self) -> bytes:
        """Return a ZIP archive of the files."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files.items():
                archive.writestr(zipfile.ZipInfo(name, _TIME_STAMP), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def make(db: Session, site_id: str, since: date, until: date, *, actor: Actor, now: Utc) -> Export:
    """Export the entries of a period, which the audit records.

    Raises Forbidden, Invalid; Conflict until the provider has a SIRET.
    """
    entries = books.entries(db, site_id, since, until, actor=actor)
    siren = books.siren(db, site_id)
    books.note_export(db, site_id, since, until, actor=actor, now=now)
    name = fec.name(siren, until)
    place = providers.seller(db, site_id).name
    description = fec.description(siren, place, since, until)
    files = {name: fec.fec(entries), name.replace(".txt", "-description.txt"): description}
    return Export(files=files, entries=len(entries))
