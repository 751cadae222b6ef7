"""Loans of tools, for programs."""

from tests.support.lending import lending
from tests.support.lending.permissions import LEND
from tests.support.lending.shapes import LoanFields
from webui.api.crud import Paged, read_routes, service_route, write_routes


class LoanQuery(Paged, frozen=True, kw_only=True):
    """`out`: those not given back, or the others."""

    out: bool | None = None


ROUTES = [
    *read_routes("/loans", lending, LEND, what="loans of tools", query=LoanQuery),
    *write_routes("/loans", lending, LEND, fields=LoanFields, what="loans of tools"),
    service_route("POST", "/loans/{id}/back", lending.give_back, LEND, "Say that a tool is back"),
]
