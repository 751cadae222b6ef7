"""Readers of the place that may be lent to the desk, and the one that this browser uses."""

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


def choose(point: str, *, stays: bool) -> None:
    """This browser's desk uses that reader; `stays`: and keeps it."""
    session[_KEY], session[_STAYS] = point, stays


def let_go() -> None:
    """It is not asked again by itself."""
    session[_STAYS] = False


def is_kept() -> bool:
    """Whether the reader is the desk's alone."""
    return bool(session.get(_STAYS))


def readers(db: Session) -> tuple[Reader, ...]:
    """The one of this desk, then doors, then machines; none for who may not use them."""
    if not (is_allowed(Permission.CREDENTIALS_WRITE) and is_allowed(Permission.COMMAND)):
        return ()
    found = reading.readers(db, site().id, actor=actor())
    chosen = session.get(_KEY)
    lines = [
        Reader(id=key, name=name.read(current()) or key, chosen=key == chosen)
        for key, name in found.items()
    ]
    return tuple(sorted(lines, key=lambda line: not line.chosen))


def dedicated_reader(found: tuple[Reader, ...]) -> WaitingReader | None:
    """The reader that is the desk's alone: it is asked again whenever the page opens."""
    chosen = next((reader for reader in found if reader.chosen), None)
    if chosen is None or not is_kept():
        return None
    return WaitingReader(id="", point=chosen.id, name=chosen.name, stage=Stage.OVER, again=True)
