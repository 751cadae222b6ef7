"""Requests for a link to a new password: stored by pages, processed by a job.

The page writes one row for any login without looking it up, so that its response time does not
reveal whether the account exists.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import mailed_links, steps
from controller.capabilities.accounts.models import StepKind, StepRow
from controller.domain.time import Utc
from controller.kernel.crypto import SealBroken, Sealer

MAX_LOGIN_CHARACTERS = 254
"""Maximum length of a login; all are padded to it before they are encrypted."""
BATCH_SIZE = 20
"""Requests processed in one transaction."""
_PLACE = "reset request"


def add(db: Session, login: str, *, web_secret: str, now: Utc) -> None:
    """Store a request for a link; it expires after five minutes."""
    text = login[:MAX_LOGIN_CHARACTERS].encode("utf-8", "replace").ljust(4 * MAX_LOGIN_CHARACTERS)
    sealed = _sealer(web_secret).seal(text, _PLACE)
    steps.begin(db, StepKind.RESET, None, now=now, challenge=sealed)


def is_waiting(db: Session) -> bool:
    """Whether there are requests for `answer`."""
    return bool(db.scalar(select(exists().where(StepRow.kind == StepKind.RESET))))


def answer(db: Session, *, web_secret: str, site_id: str, now: Utc) -> None:
    """Process up to `BATCH_SIZE` requests: send a link to each account that has an address."""
    rows = db.scalars(
        select(StepRow)
        .where(StepRow.kind == StepKind.RESET)
        .order_by(StepRow.began_at)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        login = _login(row, web_secret)
        if login is not None and row.began_at >= now - steps.STEP_PERIOD:
            mailed_links.send_reset_link(db, login, web_secret=web_secret, site_id=site_id, now=now)
        db.delete(row)
    db.flush()


def _login(row: StepRow, web_secret: str) -> str | None:
    """Decrypt the login; None if the web server's secret has changed since."""
    try:
        return _sealer(web_secret).open(row.challenge or b"", _PLACE).decode().strip()
    except SealBroken:
        return None


def _sealer(web_secret: str) -> Sealer:
    return Sealer(web_secret.encode(), "loquet/1 reset requests")
