"""API of billing: tariffs, charges, statements, payments, bookkeeping exports."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from flask import Response

from controller.capabilities.billing import (
    charges,
    exports,
    payments,
    pre_invoices,
    providers,
    sales,
    statements,
    tariffs,
)
from controller.capabilities.billing.en16931 import PreInvoice
from controller.capabilities.billing.parties import InvoicingFields, Provider, ProviderFields
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE, MONEY_WRITE
from controller.capabilities.billing.shapes import Statement
from controller.kernel.paging import Page
from controller.kernel.rows import resolve_site
from controller.kernel.shapes import Shape, Slug
from webui.api.crud import (
    Paged,
    calls_service,
    cursor_of,
    patch_route,
    read_routes,
    service_route,
    with_etag,
    write_routes,
)
from webui.api.route import Call, Reply, Route
from webui.billing.accounts_page import ZIP, as_zip
from webui.billing.csv_files import CSV
from webui.billing.sheet import StatementContext
from webui.billing.statement_pages import api_file, as_csv, as_pdf
from webui.paper import PDF


class Period(Shape, frozen=True, kw_only=True):
    """From one day to another in the same year, both included."""

    since: date
    until: date
    site_id: Slug | None = None


class MonthQuery(Paged, frozen=True, kw_only=True):
    """The query of lists; `month` is the statement's month, as `2026-11`."""

    month: str | None = None


class PreviewQuery(Paged, frozen=True, kw_only=True):
    """The query of previews: a month, as `2026-11`, and a site."""

    month: str
    site_id: str | None = None


def _previews(call: Call) -> Reply:
    site_id = resolve_site(call.db, call.actor, MONEY_READ, call.query.site_id)
    cursor, month = cursor_of(call.query), call.query.month
    previews = statements.previews(
        call.db, site_id, month, actor=call.actor, now=call.now, cursor=cursor
    )
    return Reply(previews)


def _file_handler(
    make: Callable[[StatementContext, str, ZoneInfo], Response],
) -> Callable[[Call], Response]:
    """Return a handler that sends a statement as a file."""

    def handler(call: Call) -> Response:
        statement = statements.get(call.db, call.path["id"], actor=call.actor, now=call.now)
        return api_file(call.db, statement, call.now, make)

    return handler


def _change_provider(call: Call) -> Reply:
    key, version = call.path["site_id"], call.if_match
    return with_etag(
        providers.change(call.db, key, call.body, version=version, actor=call.actor, now=call.now)
    )


def _export(call: Call) -> Response:
    site_id = resolve_site(call.db, call.actor, MONEY_READ, call.body.site_id)
    since, until = call.body.since, call.body.until
    export = exports.make(call.db, site_id, since, until, actor=call.actor, now=call.now)
    return as_zip(export)


_TARIFFS = "versions of the tariff"
_CHARGES = "charges"
_PAYMENTS = "payments"

ROUTES = [
    *read_routes("/tariffs", tariffs, MONEY_READ, what=_TARIFFS),
    *write_routes("/tariffs", tariffs, MONEY_WRITE, fields=None, what=_TARIFFS),
    *read_routes("/charges", charges, MONEY_READ, what=_CHARGES, query=MonthQuery),
    *write_routes("/charges", charges, MONEY_TAKE, fields=None, what=_CHARGES),
    service_route(
        "POST",
        "/charges/{id}/remit",
        charges.remit,
        MONEY_WRITE,
        "Remit a part of a charge, with a reason",
        status=201,
    ),
    Route(
        method="GET",
        path="/statements/preview",
        handler=_previews,
        query=PreviewQuery,
        answers=Page[Statement],
        permission=MONEY_READ,
        summary="List a month's statements so far, closed or not",
    ),
    read_routes("/statements", statements, MONEY_READ, what="statements", query=MonthQuery)[0],
    Route(
        method="GET",
        path="/statements/{id}",
        handler=calls_service(statements.get, "id", etag=True),
        answers=Statement,
        files={
            PDF: _file_handler(as_pdf),
            CSV: _file_handler(lambda found, _place, _zone: as_csv(found)),
        },
        permission=MONEY_READ,
        summary="Get one of statements; as tagged PDF or CSV by Accept",
    ),
    Route(
        method="GET",
        path="/statements/{id}/pre-invoice",
        handler=calls_service(pre_invoices.get, "id"),
        answers=PreInvoice,
        permission=MONEY_READ,
        waits=True,
        summary="Get an organisation's statement in the terms of EN 16931",
    ),
    service_route(
        "GET",
        "/providers/{site_id}",
        providers.get,
        MONEY_READ,
        "Get who issues statements at a site, and its bookkeeping accounts",
    ),
    Route(
        method="PATCH",
        path="/providers/{site_id}",
        handler=_change_provider,
        patch_of=ProviderFields,
        answers=Provider,
        permission=MONEY_WRITE,
        summary="Change who issues statements; version 0 if nobody is set yet",
    ),
    service_route(
        "GET",
        "/organisations/{id}/invoicing",
        providers.invoicing,
        MONEY_READ,
        "Get an organisation's invoicing details",
    ),
    patch_route(
        "/organisations/{id}/invoicing",
        providers.change_invoicing,
        InvoicingFields,
        MONEY_WRITE,
        "Change an organisation's invoicing details",
    ),
    Route(
        method="POST",
        path="/entries",
        handler=_export,
        body=Period,
        media=ZIP,
        permission=MONEY_READ,
        summary="Export the entries of a period in the columns of the FEC, with a description",
    ),
    service_route(
        "POST",
        "/statements/close",
        statements.close,
        MONEY_WRITE,
        "Close a month that is over: number its statements",
        status=201,
    ),
    *read_routes("/payments", payments, MONEY_READ, what=_PAYMENTS, query=MonthQuery),
    *write_routes("/payments", payments, MONEY_WRITE, fields=None, what=_PAYMENTS),
    service_route(
        "POST",
        "/payments/{id}/take-back",
        sales.take_back_payment,
        MONEY_TAKE,
        "Cancel a payment that was recorded by mistake, by a reverse payment",
        status=201,
    ),
]
