"""What people tell: faults and needs of users, codes to tell them with, handover notes."""

from controller.capabilities.user_reports import handover, needs, report_codes, user_reports
from controller.capabilities.user_reports.shapes import (
    HandoverFields,
    NeedFields,
    NeedState,
    Telling,
    TellPlace,
    Told,
    ToldState,
)
from controller.kernel.actor import Permission
from webui.api.crud import Paged, reads, serves, writes
from webui.api.route import Call, Reply, Route

_DESK, _ANYONE = Permission.DESK, Permission.RULES_READ
_READ, _WRITE = Permission.LIVE_READ, Permission.RULES_WRITE

TELL_PER_MINUTE, LOOK_PER_MINUTE = 5, 60
"""What one address may send, and look at, in a minute without an account."""


class ReportQuery(Paged, frozen=True, kw_only=True):
    """`state`: `new`, `taken` or `done`."""

    state: ToldState | None = None
    access_point: str | None = None


class NoteQuery(Paged, frozen=True, kw_only=True):
    """`current`: those to be read now, or the others."""

    current: bool | None = None


class NeedQuery(Paged, frozen=True, kw_only=True):
    """`state`: what became of them; `published`: those on the public page, or the others."""

    theme: str | None = None
    state: NeedState | None = None
    published: bool | None = None


def _place(call: Call) -> Reply:
    return Reply(report_codes.place(call.db, call.path["code"]))


def _tell(call: Call) -> Reply:
    return Reply(user_reports.create_by_code(call.db, call.path["code"], call.body, now=call.now))


_REPORT = "/reports-by-users"

ROUTES = [
    serves(
        "GET",
        f"{_REPORT}/mine",
        user_reports.list_own,
        _ANYONE,
        "What one told oneself, and what became of it",
        query=Paged,
    ),
    *reads(
        _REPORT, user_reports, _DESK, what="faults and needs that users told", query=ReportQuery
    ),
    serves(
        "POST",
        _REPORT,
        user_reports.create,
        Permission.OWN_WRITE,
        "Tell a fault or a need",
        status=201,
    ),
    serves(
        "POST", f"{_REPORT}/{{id}}/take", user_reports.take, _DESK, "Take care of what a user told"
    ),
    serves(
        "POST", f"{_REPORT}/{{id}}/done", user_reports.settle, _DESK, "Say what was done about it"
    ),
    Route(
        method="GET",
        path="/tell/{code}",
        handler=_place,
        answers=TellPlace,
        per_address=LOOK_PER_MINUTE,
        summary="What the code in a QR is for",
    ),
    Route(
        method="POST",
        path="/tell/{code}",
        handler=_tell,
        body=Telling,
        answers=Told,
        status=201,
        per_address=TELL_PER_MINUTE,
        summary="Tell a fault or a need at a QR, without an account",
    ),
    reads("/tell-codes", report_codes, _READ, what="codes in QRs")[0],
    serves("GET", "/tell-codes/{id}", report_codes.get, _READ, "Get one of codes in QRs"),
    serves(
        "POST",
        "/tell-codes",
        report_codes.create,
        _WRITE,
        "Make the code of a machine or a zone; the one before is void",
        status=201,
    ),
    serves("POST", "/tell-codes/{id}/revoke", report_codes.revoke, _WRITE, "End a code"),
    serves("GET", "/handover-notes", handover.page, _DESK, "List handover notes", query=NoteQuery),
    reads("/handover-notes", handover, _DESK, what="handover notes")[1],
    *writes("/handover-notes", handover, _DESK, fields=HandoverFields, what="handover notes"),
    serves(
        "POST", "/handover-notes/{id}/done", handover.mark_done, _DESK, "Say that a note is done"
    ),
    *reads("/needs", needs, _DESK, what="needs that people told", query=NeedQuery),
    *writes("/needs", needs, _DESK, fields=NeedFields, what="needs that people told"),
    serves(
        "POST", "/needs/{id}/told", needs.told_again, _DESK, "It was told once more, at the desk"
    ),
    serves(
        "POST",
        "/needs/{id}/reports",
        needs.sort,
        _DESK,
        "What somebody wrote tells this need once more",
    ),
]
