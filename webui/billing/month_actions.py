"""Actions on the page of a month: payment, remission, closing the month or the till, handover."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    book_updates,
    charges,
    months,
    payments,
    sales,
    statements,
    till,
)
from controller.capabilities.billing.cents import format_amount, parse_amount
from controller.capabilities.billing.charges import TooMuch
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_WRITE
from controller.capabilities.billing.shapes import (
    CloseMonth,
    CountTill,
    NewHandover,
    NewPayment,
    Refund,
    Remission,
    TakeBack,
)
from controller.domain.locale.time import of_month
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.validate import parse
from webui.billing.formatting import euros
from webui.billing.pages import KEPT_FIELDS, month_in_address, pages
from webui.billing.sale_page import form_id
from webui.billing.sold_lines import cancelled_text, sold_lines
from webui.context import context
from webui.guard import actor, site, site_zone
from webui.i18n import _, translator
from webui.i18n.dates import month_name
from webui.members.member_action import reason
from webui.undo import done_with_undo, flash_done


@pages.post("/statements/pay", MONEY_WRITE)
def pay() -> ResponseReturnValue:
    """Record a payment, which can be undone."""
    month, key, payer, data = _read_payer_form()
    if (amount := _unusual_amount(month, payer)) is not None:
        anchor, sure = f"p-{key}", format_amount(amount)
        back = url_for(
            "money.show", month=month, open=key, sure=sure, _anchor=anchor, **_typed_values()
        )
        return redirect(back, 303)

    def service(db: Session, now: Utc) -> None:
        new = parse(data, NewPayment)
        payment = payments.create(db, new, once=form_id(request.form), actor=actor(), now=now)
        done_with_undo(
            _(
                "%(amount)s recorded, receipt %(n)s.",
                amount=euros(payment.amount_cents),
                n=payment.receipt,
            ),
            "money.unpay",
            payment=payment.id,
            month=month,
            payer=key,
        )

    return _run_action(service, month, key, form="amount", **_typed_values())


def _read_payer_form() -> tuple[str, str, PayerKey, dict[str, Any]]:
    """Return the month, the payer and the values of a form in a payer's row.

    404 without a payer.
    """
    month, key = month_in_address(request.form.get("month")), request.form.get("payer", "")
    payer = PayerKey.parse(key)
    if payer is None:
        abort(404)
    data = {
        "means": request.form.get("means", ""),
        "amount_cents": _amount("amount"),
        "month": month,
        "site_id": site().id,
        f"{payer.kind}_id": payer.id,
    }
    if reference := request.form.get("reference", "").strip():
        data["reference"] = reference
    return month, key, payer, data


@pages.post("/statements/refund", MONEY_WRITE)
def refund() -> ResponseReturnValue:
    """Record the refund of an overpayment."""
    month, key, _payer, data = _read_payer_form()
    data["reason"] = request.form.get("why", "").strip()

    def service(db: Session, now: Utc) -> None:
        new = parse(data, Refund)
        payment = payments.refund(db, new, once=form_id(request.form), actor=actor(), now=now)
        values = {"amount": euros(-payment.amount_cents), "n": payment.receipt}
        flash_done(_("%(amount)s refunded, receipt %(n)s.", **values))

    return _run_action(service, month, key, form="refunded", **_typed_values())


def _unusual_amount(month: str, payer: PayerKey) -> int | None:
    """Return the amount if it exceeds what is owed and has not been confirmed; otherwise None."""
    amount = _amount("amount")
    if amount is None or request.form.get("sure") == format_amount(amount):
        return None
    try:
        with context().database.read() as db:
            if payments.find_payment(db, site().id, form_id(request.form)) is not None:
                return None  # the form was sent twice
            statement = statements.get_for_payer(
                db, site().id, month, payer, actor=actor(), now=context().clock()
            )
    except NotFound:
        return amount if amount > 0 else None
    return amount if amount > statement.left_cents else None


@pages.post("/statements/payments/<payment>/take-back", MONEY_WRITE)
def unpay(payment: str) -> ResponseReturnValue:
    """Cancel a payment that was recorded by mistake or never arrived, by a reverse entry.

    For a sale, what was sold is cancelled too, unless the form says that it stays owed.
    """
    month, key = month_in_address(request.form.get("month")), request.form.get("payer", "")
    why = TakeBack(reason=reason(), keeps_sale=request.form.get("keeps_sale") == "yes")

    def service(db: Session, now: Utc) -> None:
        row = payments.receipt(db, payment, actor=actor())
        is_whole = not why.keeps_sale and bool(sales.find_sales(db, [row]))
        (line,) = sold_lines(db, [row], row.day)
        sales.take_back_payment(db, payment, why, actor=actor(), now=now)
        flash_done(cancelled_text(line, is_sale=is_whole))

    late = _(
        "This can no longer be cancelled: it has been cancelled or refunded already, or a day of "
        "the pass has been used."
    )
    form = f"{'unpaid' if why.keeps_sale else 'why'}-{payment}"
    return _run_action(service, month, key, late=late, form=form, **_typed_values())


@pages.post("/statements/remit", MONEY_WRITE)
def remit() -> ResponseReturnValue:
    """Grant a remission, with a reason."""
    month, key = month_in_address(request.form.get("month")), request.form.get("payer", "")
    data = {"amount_cents": _amount("amount"), "reason": request.form.get("reason", "").strip()}

    def service(db: Session, now: Utc) -> None:
        charge = request.form.get("charge", "")
        remission = charges.remit(db, charge, parse(data, Remission), actor=actor(), now=now)
        text = _("Remission of %(amount)s granted.", amount=euros(-remission.amount_cents))
        if remission.month != month:
            text = _(
                "Remission of %(amount)s granted, on the statement %(of_month)s.",
                amount=euros(-remission.amount_cents),
                of_month=of_month(remission.month, translator()),
            )
        undo: dict[str, Any] = {"entry": remission.source_id, "month": month, "payer": key}
        done_with_undo(text, "money.take_remission_back", **undo)

    return _run_action(service, month, key, form="remitted", **_typed_values())


@pages.post("/statements/remissions/<entry>/take-back", MONEY_WRITE)
def take_remission_back(entry: str) -> ResponseReturnValue:
    """Cancel a remission that was a mistake, so that the amount is owed again."""
    month, key = month_in_address(request.form.get("month")), request.form.get("payer", "")

    def service(db: Session, now: Utc) -> None:
        charges.take_back(db, entry, reason(), actor=actor(), now=now)
        flash_done(_("Remission cancelled: the amount is owed again."))

    late = _("This remission can no longer be cancelled: its month is closed.")
    return _run_action(service, month, key, late, form=f"unremitted-{entry}", **_typed_values())


@pages.post("/statements/close", MONEY_WRITE)
def close() -> ResponseReturnValue:
    """Close the month and number its statements, once the form has confirmed the total."""
    month, web = month_in_address(request.form.get("month")), context()
    book_updates.catch_up(web.database, site().id, web.clock())
    with web.database.read() as db:
        totals = statements.sums(db, site().id, month, actor=actor(), now=web.clock())
        obstacle = statements.obstacle(db, site().id, month, web.clock())
    if obstacle is statements.Obstacle.CLOSED:
        flash(_("This month is closed already: nothing was changed."), "wrong")
        return redirect(url_for("money.show", month=month), 303)
    sure = request.form.get("sure")
    if sure != format_amount(sum(total.total_cents for total in totals)):
        if sure:
            flash(_("Not closed: the amount has changed in the meantime. Check it."), "wrong")
        return redirect(url_for("money.show", month=month, closing="yes", _anchor="close"), 303)

    def service(db: Session, now: Utc) -> None:
        new = CloseMonth(month=month, site_id=site().id)
        closed = statements.close(db, new, actor=actor(), now=now)
        values = {"month": month_name(month).capitalize(), "amount": euros(closed.total_cents)}
        flash_done(_("%(month)s is closed: %(amount)s.", **values))

    return _run_action(service, month, "")


@pages.post("/statements/till", MONEY_WRITE)
def close_till() -> ResponseReturnValue:
    """Record the counted cash and close the till for the day."""
    month = month_in_address(request.form.get("month"))
    amounts = {name: _amount(name) for name in ("counted", "float")}
    counted = amounts["counted"]
    if counted is not None and 0 <= counted < (amounts["float"] or 0):
        fields = {"form": "float", **_typed_values()}
        return redirect(url_for("money.show", month=month, _anchor="float", **fields), 303)
    data = {
        "counted_cents": counted,
        "float_cents": amounts["float"],
        "reason": reason("difference"),
    }

    def service(db: Session, now: Utc) -> None:
        new, seen = parse(data, CountTill), request.form.get("seen")
        cents = till.close_day(db, site().id, new, seen=seen, actor=actor(), now=now)
        difference = (
            _("a difference of %(amount)s", amount=euros(cents)) if cents else _("no difference")
        )
        flash_done(_("Day closed: %(said)s.", said=difference))

    wrong = [name for name, amount in amounts.items() if amount is None or amount < 0]
    field = (*wrong, "difference")[0]
    late = _("Today’s till is already closed.")
    try:
        return _run_action(service, month, "", late, form=field, **_typed_values())
    except Stale:
        changed = url_for(
            "money.show", month=month, _anchor="till", form="changed", **_typed_values()
        )
        return redirect(changed, 303)


@pages.post("/statements/handover", MONEY_WRITE)
def hand_over() -> ResponseReturnValue:
    """Record that cash was handed over to the treasurer."""
    month = month_in_address(request.form.get("month"))
    data: dict[str, Any] = {"amount_cents": _amount("amount")}
    if reference := request.form.get("reference", "").strip():
        data["reference"] = reference
    amount = data["amount_cents"]
    if (
        request.form.get("sure") != format_amount(amount or 0)
        and 0 < (amount or 0) <= _till_now().cash_cents
    ):
        fields = {"form": "handed", "sure": format_amount(amount), **_typed_values()}
        return redirect(url_for("money.show", month=month, _anchor="handed", **fields), 303)

    def service(db: Session, now: Utc) -> None:
        handover_id = till.hand_over(
            db, site().id, parse(data, NewHandover), actor=actor(), now=now
        )
        done_with_undo(
            _("Handover recorded."), "money.take_handover_back", handover=handover_id, month=month
        )

    return _run_action(service, month, "", form="handed", **_typed_values())


def _till_now() -> till.Till:
    web = context()
    day = months.day_of(web.clock(), site_zone())
    with web.database.read() as db:
        return till.till_of_day(db, site().id, day, actor=actor())


@pages.post("/statements/handover/<handover>/take-back", MONEY_WRITE)
def take_handover_back(handover: str) -> ResponseReturnValue:
    """Cancel a handover that was recorded by mistake, by a reverse entry."""
    month = month_in_address(request.form.get("month"))

    def service(db: Session, now: Utc) -> None:
        till.take_handover_back(db, site().id, handover, actor=actor(), now=now)
        flash_done(_("Handover cancelled: a reverse entry was recorded."))

    return _run_action(service, month, "", _why_handover_stays)


def _why_handover_stays(error: Conflict) -> str:
    if isinstance(error, till.HandoverCancelled):
        return _("This handover has already been cancelled.")
    return _(
        "You can only cancel your own last handover of the day, as long as the till has not been "
        "counted since."
    )


def _typed_values() -> dict[str, Any]:
    """Return the form's values as query parameters, with which the form is shown again."""
    return {
        name: text for name in KEPT_FIELDS if (text := request.form.get(name, "").strip()[:400])
    }


def _amount(name: str) -> int | None:
    return parse_amount(request.form.get(name, ""))


def _run_action(
    service: Callable[[Session, Utc], None],
    month: str,
    payer: str,
    late: str | Callable[[Conflict], str] = "",
    *,
    form: str = "",
    **typed: str,
) -> ResponseReturnValue:
    """Run a service and show the month again; after an error the form keeps its values.

    `form` is the id of the form that shows its own error; `late` says why the action is no longer
    possible.
    """
    web, form_values = context(), dict[str, Any]()
    anchor = f"p-{payer}" if payer else None
    try:
        with web.database.edit() as db:
            service(db, web.clock())
    except Invalid:
        form_values = typed
        if form:
            form_values, anchor = {**typed, "form": form}, form
        else:
            flash(_("The form was not understood. Check what you entered."), "wrong")
    except TooMuch as refused:
        form_values, anchor = {**typed, "form": form, "most": euros(refused.left)}, form
    except Forbidden:
        text = _(
            "Nothing was done. You, or an organisation or project of yours, owe this. If your "
            "account isn’t linked to a member record and has the payer’s name, ask an admin to "
            "link it."
        )
        flash(text, "wrong")
    except Conflict as error:
        text = late(error) if callable(late) else late
        flash(text or _("This has changed in the meantime. Check what is shown now."), "wrong")
    back = url_for("money.show", month=month, open=payer or None, _anchor=anchor, **form_values)
    return redirect(back, 303)
