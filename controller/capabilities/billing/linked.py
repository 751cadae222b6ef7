"""An organisation's statement by the link in the letter that told of it: no sign-in."""

import hmac

from sqlalchemy.orm import Session

from controller.capabilities.billing import mailing, statements
from controller.capabilities.billing.models import InvoicingRow, StatementRow
from controller.capabilities.billing.shapes import Statement
from controller.capabilities.messages.links import secret_of
from controller.kernel.errors import NotFound


def read(db: Session, statement_id: str, secret: str, *, web_secret: str) -> Statement:
    """As long as the organisation has the mailbox to which that letter went. Raises NotFound."""
    row = db.get(StatementRow, statement_id)
    to = db.get(InvoicingRow, row.organisation_id) if row and row.organisation_id else None
    if row is None or to is None or not to.email:
        raise NotFound("statement", statement_id)
    ours = secret_of(web_secret, mailing.key_of(row.id, to.email))
    if not hmac.compare_digest(ours.encode(), secret.encode()):
        raise NotFound("statement", statement_id)
    return statements.frozen(db, [row])[0]
