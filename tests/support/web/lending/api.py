"""Loans of tools, for programs."""

from tests.support.lending import lending
from tests.support.lending.permissions import LEND
from tests.support.lending.shapes import Loan, LoanFields, NewLoan
from webui.api.crud import Nothing, Paged, reads, versioned, writes
from webui.api.route import Call, Reply, Route


class LoanQuery(Paged, frozen=True, kw_only=True):
    """`out`: those not given back, or the others."""

    out: bool | None = None


def _back(call: Call) -> Reply:
    return versioned(lending.give_back(call.db, call.path["id"], actor=call.actor, now=call.now))


ROUTES = [
    *reads("/loans", lending, Loan, LEND, what="loans of tools", query=LoanQuery),
    *writes("/loans", lending, Loan, LEND, new=NewLoan, fields=LoanFields, what="loans of tools"),
    Route(
        method="POST",
        path="/loans/{id}/back",
        handler=_back,
        body=Nothing,
        answers=Loan,
        permission=LEND,
        summary="Say that a tool is back",
    ),
]
