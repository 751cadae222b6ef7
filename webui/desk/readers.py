"""Readers that can be used at the desk, and which one this browser uses."""

from flask import session

from controller.capabilities.desk import reading
from controller.capabilities.desk.reading import Stage
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.desk.views import Reader, WaitingReader
from webui.guard import actor, is_allowed, site
from webui.i18n import current

_KEY = "desk_reader"
_STAYS = "desk_reader_stays"


def use_reader(point: str, *, stays: bool) -> None:
    """Use this reader in this browser; with `stays`, permanently."""
    session[_KEY], session[_STAYS] = point, stays


def release_reader() -> None:
    """Stop using the reader permanently."""
    session[_STAYS] = False


def has_dedicated_reader() -> bool:
    """Return whether this browser uses its reader permanently."""
    return bool(session.get(_STAYS))


def readers(db: Session) -> tuple[Reader, ...]:
    """Return the readers, that of this browser first; none without the permissions."""
    if not (is_allowed(Permission.CREDENTIALS_WRITE) and is_allowed(Permission.COMMAND)):
        return ()
    site_readers = reading.readers(db, site().id, actor=actor())
    chosen = session.get(_KEY)
    lines = [
        Reader(id=key, name=name.read(current()) or key, chosen=key == chosen)
        for key, name in site_readers.items()
    ]
    return tuple(sorted(lines, key=lambda line: not line.chosen))


def dedicated_reader(readers: tuple[Reader, ...]) -> WaitingReader | None:
    """Return the reader that this browser uses permanently; it waits again whenever the page opens.

    None if there is none.
    """
    chosen = next((reader for reader in readers if reader.chosen), None)
    if chosen is None or not has_dedicated_reader():
        return None
    return WaitingReader(id="", point=chosen.id, name=chosen.name, stage=Stage.OVER, again=True)
