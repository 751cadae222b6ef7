"""An organisation's statement through the link in its e-mail, without signing in."""

import hmac

from sqlalchemy.orm import Session

from controller.capabilities.billing import statement_mail, statements
from controller.capabilities.billing.models import InvoicingRow, StatementRow
from controller.capabilities.billing.shapes import Statement
from controller.capabilities.messages.queue import secret_of
from controller.domain.time import Utc
from controller.kernel.errors import NotFound


def read(db: Session, statement_id: str, secret: str, *, web_secret: str, now: Utc) -> Statement:
    """Return the statement, as long as the organisation has the address to which the link was sent.

    Raises NotFound.
    """
    row = db.get(StatementRow, statement_id)
    to = db.get(InvoicingRow, row.organisation_id) if row and row.organisation_id else None
    if row is None or to is None or not to.email:
        raise NotFound("statement", statement_id)
    expected = secret_of(web_secret, statement_mail.key_of(row.id, to.email))
    if not hmac.compare_digest(expected.encode(), secret.encode()):
        raise NotFound("statement", statement_id)
    return statements.frozen_statements(db, [row], now)[0]
