"""What a month's page says of a form that was refused and is no longer there to say it."""

from webui.billing.till_view import TillView
from webui.billing.views import PaymentLine, StatementView
from webui.i18n import _


def refused_text(form: str, opened: StatementView | None, till: TillView) -> str:
    """Return why nothing was recorded; empty if the form is shown, and says it itself.

    `form`: the id of the form, as `month_actions` sends it back. It is gone if somebody else was
    faster.
    """
    kind, _dash, key = form.partition("-")
    if kind == "amount" and not (opened and opened.can_be_paid):
        return _("Nothing was recorded: nothing is left to pay here.")
    if kind == "refunded" and not (opened and opened.can_be_refunded):
        return _("Nothing was recorded: no overpayment is left to refund.")
    if kind == "remitted" and not (opened and opened.remittable):
        return _("Nothing was recorded: nothing is left to remit here.")
    if kind == "handed" and till.cash_cents <= 0:
        return _("Nothing was recorded: no cash is left to hand over.")
    if kind in ("counted", "float", "difference") and till.closed:
        return _("Today’s till is already closed.")
    if kind in ("why", "unpaid", "unremitted") and not _may_cancel(kind, key, opened):
        return _("Nothing was recorded: it has been cancelled already, or it can’t be any more.")
    return ""


def _may_cancel(kind: str, key: str, opened: StatementView | None) -> bool:
    """Return whether the statement has the form that cancels this payment or remission."""
    if opened is None:
        return False
    if kind == "unremitted":
        return opened.may_unremit and any(line.remission == key for line in opened.lines)
    return any(line.id == key and _has_form(kind, line) for line in opened.paid)


def _has_form(kind: str, line: PaymentLine) -> bool:
    if kind == "unpaid":
        return line.may_undo and line.is_sale and line.is_owed_again
    return line.may_undo and (not line.is_sale or line.may_cancel_sale)
