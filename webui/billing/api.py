"""Money, for programs: tariffs, charges, statements, payments."""

from controller.capabilities.billing import charges, payments, statements, tariffs
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE, MONEY_WRITE
from controller.capabilities.billing.shapes import (
    Charge,
    Closed,
    CloseMonth,
    NewCharge,
    NewPayment,
    NewTariff,
    Payment,
    Remission,
    Statement,
    Tariff,
)
from controller.kernel.paging import Page
from controller.kernel.rows import resolve_site
from webui.api.crud import Nothing, Paged, cursor_of, reads, versioned, writes
from webui.api.route import Call, Reply, Route


class MonthQuery(Paged, frozen=True, kw_only=True):
    """`month`: of the statement, as `2026-11`."""

    month: str | None = None


class PreviewQuery(Paged, frozen=True, kw_only=True):
    """Of one month of a site, as `2026-11`."""

    month: str
    site_id: str | None = None


def _previews(call: Call) -> Reply:
    site_id = resolve_site(call.db, call.actor, MONEY_READ, call.query.site_id)
    cursor = cursor_of(call.query)
    month = call.query.month
    return Reply(statements.previews(call.db, site_id, month, actor=call.actor, cursor=cursor))


def _close(call: Call) -> Reply:
    return Reply(statements.close(call.db, call.body, actor=call.actor, now=call.now))


def _remit(call: Call) -> Reply:
    key = call.path["id"]
    return versioned(charges.remit(call.db, key, call.body, actor=call.actor, now=call.now))


def _take_back(call: Call) -> Reply:
    return versioned(payments.take_back(call.db, call.path["id"], actor=call.actor, now=call.now))


_TARIFFS = "versions of the tariff"
_CHARGES = "charges"
_PAYMENTS = "payments"

ROUTES = [
    *reads("/tariffs", tariffs, Tariff, MONEY_READ, what=_TARIFFS),
    *writes("/tariffs", tariffs, Tariff, MONEY_WRITE, new=NewTariff, fields=None, what=_TARIFFS),
    *reads("/charges", charges, Charge, MONEY_READ, what=_CHARGES, query=MonthQuery),
    *writes("/charges", charges, Charge, MONEY_TAKE, new=NewCharge, fields=None, what=_CHARGES),
    Route(
        method="POST",
        path="/charges/{id}/remit",
        handler=_remit,
        body=Remission,
        answers=Charge,
        status=201,
        permission=MONEY_WRITE,
        summary="Take something off a charge, with a reason",
    ),
    Route(
        method="GET",
        path="/statements/preview",
        handler=_previews,
        query=PreviewQuery,
        answers=Page[Statement],
        permission=MONEY_READ,
        summary="Everybody's month as it stands, closed or not",
    ),
    *reads("/statements", statements, Statement, MONEY_READ, what="statements", query=MonthQuery),
    Route(
        method="POST",
        path="/statements/close",
        handler=_close,
        body=CloseMonth,
        answers=Closed,
        status=201,
        permission=MONEY_WRITE,
        summary="Freeze and number the statements of a month that is over",
    ),
    *reads("/payments", payments, Payment, MONEY_READ, what=_PAYMENTS, query=MonthQuery),
    *writes(
        "/payments", payments, Payment, MONEY_TAKE, new=NewPayment, fields=None, what=_PAYMENTS
    ),
    Route(
        method="POST",
        path="/payments/{id}/take-back",
        handler=_take_back,
        body=Nothing,
        answers=Payment,
        status=201,
        permission=MONEY_TAKE,
        summary="Take back a payment that was noted by mistake, by one the other way",
    ),
]
