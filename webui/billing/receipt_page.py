"""The receipt of a payment, for printing or reading aloud, and the cancelling of its sale."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import payments, sales
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE, MONEY_WRITE
from controller.capabilities.billing.shapes import TakeBack
from controller.kernel.errors import Conflict, Forbidden, Invalid
from webui.billing.formatting import long_day
from webui.billing.pages import pages
from webui.billing.sheet import DUE_FIRST
from webui.billing.sold_lines import cancelled_text, local_day, sold_lines
from webui.context import context
from webui.guard import actor, is_allowed
from webui.i18n import _
from webui.members.member_action import reason
from webui.undo import flash_done


@pages.post("/sales/<payment>/take-back", MONEY_TAKE)
def take_back(payment: str) -> ResponseReturnValue:
    """Cancel a sale that was a mistake: the payment and the sold item."""
    web, may_be_used, awaits_boxes = context(), False, False
    try:
        with web.database.edit() as db:
            why = TakeBack(reason=reason())
            row = payments.receipt(db, payment, actor=actor())
            is_sale = bool(sales.find_sales(db, [row]))
            (line,) = sold_lines(db, [row], row.day)
            may_be_used = sales.may_be_used(db, payment)
            may, _needs = payments.may_take_back(db, payment, actor=actor(), now=web.clock())
            awaits_boxes = may and sales.awaits_boxes(db, payment, web.clock())
            reversal = sales.take_back_payment(db, payment, why, actor=actor(), now=web.clock())
    except (Forbidden, Invalid) as error:
        flash(_refusal(error, may_be_used=may_be_used, awaits_boxes=awaits_boxes), "wrong")
        return redirect(url_for("money.receipt", payment=payment), 303)
    except Conflict:
        flash(
            _(
                "This can no longer be cancelled: it has been cancelled or refunded already, or "
                "a day of the pass has been used."
            ),
            "wrong",
        )
        return redirect(url_for("money.receipt", payment=payment), 303)
    flash_done(cancelled_text(line, is_sale=is_sale))
    if request.form.get("back") == "sales":
        return redirect(url_for("money.sale"), 303)
    return redirect(url_for("money.receipt", payment=reversal.id), 303)


def _refusal(error: Forbidden | Invalid, *, may_be_used: bool, awaits_boxes: bool) -> str:
    """Return why it was not cancelled; `awaits_boxes`: agents are still receiving the sale."""
    if awaits_boxes:
        return _("Not cancelled yet: the boxes are being told of the sale. Try again in a moment.")
    if isinstance(error, Invalid):
        if may_be_used:
            return _(
                "Enter a reason: it has opened something, or a box that is offline may still "
                "report that it has."
            )
        return _(
            "Enter a reason: the sale is somebody else’s, or its till is closed or holds too "
            "little cash."
        )
    if may_be_used:
        return _(
            "It has opened something, or a box that is offline may still report that it has: only "
            "the treasurer can cancel the sale."
        )
    return _(
        "Only the treasurer can cancel somebody else’s sale, one from another day, or one for "
        "more cash than the till holds."
    )


@pages.get("/sales/<payment>", MONEY_TAKE)
def receipt(payment: str) -> ResponseReturnValue:
    """Show the receipt."""
    now = context().clock()
    with context().database.read() as db:
        payment_row = payments.receipt(db, payment, actor=actor())
        may, needs_reason = payments.may_take_back(db, payment, actor=actor(), now=now)
        (line,) = sold_lines(db, [payment_row], payment_row.day)
        is_spent = bool(sales.spent_passes(db, [payment_row]))
        may_be_used = not is_spent and sales.may_be_used(db, payment)
        awaits_boxes = may_be_used and sales.awaits_boxes(db, payment, now)
        is_open = not is_spent and not payments.final_payments(db, [payment_row])
        reads = is_allowed(MONEY_READ)
        by = payments.recorder_name(db, payment, actor=actor()) if reads else None
    return render_template(
        "money/receipt.html",
        line=line,
        day=long_day(local_day(payment_row)),
        may_undo=may and is_open and (not may_be_used or is_allowed(MONEY_WRITE)),
        is_open=is_open,
        is_spent=is_spent,
        may_be_used=may_be_used,
        awaits_boxes=may and awaits_boxes,
        needs_reason=needs_reason or may_be_used,
        is_due_first=payment_row.amount_cents >= DUE_FIRST,
        has_statements=reads,
        by=by,
    )
