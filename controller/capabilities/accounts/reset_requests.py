"""Requests for a link to a new password: noted by the pages, answered by who sends the mail.

The pages look nothing up and write one row, whoever is asked for: the answer to an unknown login
takes the same time as to a known one.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import mailed_links, steps
from controller.capabilities.accounts.models import StepKind, StepRow
from controller.domain.time import Utc
from controller.kernel.crypto import SealBroken, Sealer

LONGEST = 254
"""Letters of a login: longer ones exist nowhere, and short ones are sealed to the same length."""
BATCH_SIZE = 20
_PLACE = "reset request"


def add(db: Session, login: str, *, web_secret: str, now: Utc) -> None:
    """Note that somebody asks for a link; it waits for five minutes at most."""
    text = login[:LONGEST].encode("utf-8", "replace").ljust(4 * LONGEST)
    sealed = _sealer(web_secret).seal(text, _PLACE)
    steps.begin(db, StepKind.RESET, None, now=now, challenge=sealed)


def is_waiting(db: Session) -> bool:
    """Whether there is something for `answer`."""
    return bool(db.scalar(select(exists().where(StepRow.kind == StepKind.RESET))))


def answer(db: Session, *, web_secret: str, site_id: str, now: Utc) -> None:
    """Write a link to each account that was asked for and has an address, twenty at a time."""
    rows = db.scalars(
        select(StepRow)
        .where(StepRow.kind == StepKind.RESET)
        .order_by(StepRow.began_at)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        login = _login(row, web_secret)
        if login is not None and row.began_at >= now - steps.LASTS:
            mailed_links.ask(db, login, web_secret=web_secret, site_id=site_id, now=now)
        db.delete(row)
    db.flush()


def _login(row: StepRow, web_secret: str) -> str | None:
    """None: sealed before the secret of the pages was changed."""
    try:
        return _sealer(web_secret).open(row.challenge or b"", _PLACE).decode().strip()
    except SealBroken:
        return None


def _sealer(web_secret: str) -> Sealer:
    return Sealer(web_secret.encode(), "loquet/1 reset requests")
