"""What people tell: faults and needs of users, codes to tell them with, handover notes."""

from controller.capabilities.user_reports import handover, needs, report_codes, user_reports
from controller.capabilities.user_reports.shapes import (
    Dealt,
    HandoverFields,
    HandoverNote,
    Need,
    NeedFields,
    NeedState,
    NewHandoverNote,
    NewNeed,
    NewTellCode,
    NewUserReport,
    Sorting,
    TellCode,
    Telling,
    TellPlace,
    Told,
    ToldState,
    UserReport,
)
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import Nothing, Paged, cursor_of, does, filters_of, reads, shows, writes
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


def _mine(call: Call) -> Reply:
    return Reply(user_reports.list_own(call.db, actor=call.actor, cursor=cursor_of(call.query)))


def _place(call: Call) -> Reply:
    return Reply(report_codes.place(call.db, call.path["code"]))


def _tell(call: Call) -> Reply:
    return Reply(user_reports.create_by_code(call.db, call.path["code"], call.body, now=call.now))


def _notes(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filters_of(call.query)
    found = handover.page(call.db, actor=call.actor, now=call.now, cursor=cursor, **filters)
    return Reply(found)


_REPORT = "/reports-by-users"

ROUTES = [
    Route(
        method="GET",
        path=f"{_REPORT}/mine",
        handler=_mine,
        query=Paged,
        answers=Page[Told],
        permission=_ANYONE,
        summary="What one told oneself, and what became of it",
    ),
    *reads(
        _REPORT,
        user_reports,
        UserReport,
        _DESK,
        what="faults and needs that users told",
        query=ReportQuery,
    ),
    Route(
        method="POST",
        path=_REPORT,
        handler=does(user_reports.create),
        body=NewUserReport,
        answers=Told,
        status=201,
        permission=Permission.OWN_WRITE,
        summary="Tell a fault or a need",
    ),
    Route(
        method="POST",
        path=f"{_REPORT}/{{id}}/take",
        handler=does(user_reports.take, "id", tag=True),
        body=Nothing,
        answers=UserReport,
        permission=_DESK,
        summary="Take care of what a user told",
    ),
    Route(
        method="POST",
        path=f"{_REPORT}/{{id}}/done",
        handler=does(user_reports.done, "id", tag=True),
        body=Dealt,
        answers=UserReport,
        permission=_DESK,
        summary="Say what was done about it",
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
    reads("/tell-codes", report_codes, TellCode, _READ, what="codes in QRs")[0],
    Route(
        method="GET",
        path="/tell-codes/{id}",
        handler=shows(report_codes.get, "id"),
        answers=TellCode,
        permission=_READ,
        summary="Get one of codes in QRs",
    ),
    Route(
        method="POST",
        path="/tell-codes",
        handler=does(report_codes.create),
        body=NewTellCode,
        answers=TellCode,
        status=201,
        permission=_WRITE,
        summary="Make the code of a machine or a zone; the one before is void",
    ),
    Route(
        method="POST",
        path="/tell-codes/{id}/revoke",
        handler=does(report_codes.revoke, "id"),
        body=Nothing,
        answers=TellCode,
        permission=_WRITE,
        summary="End a code",
    ),
    Route(
        method="GET",
        path="/handover-notes",
        handler=_notes,
        query=NoteQuery,
        answers=Page[HandoverNote],
        permission=_DESK,
        summary="List handover notes",
    ),
    reads("/handover-notes", handover, HandoverNote, _DESK, what="handover notes")[1],
    *writes(
        "/handover-notes",
        handover,
        HandoverNote,
        _DESK,
        new=NewHandoverNote,
        fields=HandoverFields,
        what="handover notes",
    ),
    Route(
        method="POST",
        path="/handover-notes/{id}/done",
        handler=does(handover.done, "id", tag=True),
        body=Nothing,
        answers=HandoverNote,
        permission=_DESK,
        summary="Say that a note is done",
    ),
    *reads("/needs", needs, Need, _DESK, what="needs that people told", query=NeedQuery),
    *writes(
        "/needs", needs, Need, _DESK, new=NewNeed, fields=NeedFields, what="needs that people told"
    ),
    Route(
        method="POST",
        path="/needs/{id}/told",
        handler=does(needs.told_again, "id", tag=True),
        body=Nothing,
        answers=Need,
        permission=_DESK,
        summary="It was told once more, at the desk",
    ),
    Route(
        method="POST",
        path="/needs/{id}/reports",
        handler=does(needs.sort, "id", tag=True),
        body=Sorting,
        answers=Need,
        permission=_DESK,
        summary="What somebody wrote tells this need once more",
    ),
]
