"""What the latest changes will add to what a member owes, in words."""

from controller.capabilities.billing import pending_charges
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.formatting import euros
from webui.i18n import _


def pending_text(db: Session, site_id: str, member_id: str, now: Utc) -> str:
    """Return what is not on the member's statement at a site yet; empty: nothing.

    Charges follow a booking, a cancellation or a use within seconds.
    """
    cents = pending_charges.pending_cents(db, site_id, member_id, now)
    if not cents:
        return ""
    return _("Not counted yet: %(amount)s. It follows in a few seconds.", amount=euros(cents))
