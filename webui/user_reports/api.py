"""API of user reports: faults and needs, codes to report them with, and handover notes."""

from controller.capabilities.user_reports import handover, needs, report_codes, user_reports
from controller.capabilities.user_reports.shapes import (
    Discard,
    HandoverFields,
    NeedFields,
    NeedState,
    Telling,
    TellPlace,
    Told,
    ToldState,
)
from controller.kernel.actor import Permission
from webui.api.crud import Nothing, Paged, calls_service, read_routes, service_route, write_routes
from webui.api.route import Call, Reply, Route

_DESK, _ANYONE = Permission.DESK, Permission.RULES_READ
_READ, _WRITE = Permission.LIVE_READ, Permission.RULES_WRITE

TELL_PER_MINUTE, LOOK_PER_MINUTE = 5, 60
"""How many reports one address may send, and codes it may look up, per minute without an
account."""


class ReportQuery(Paged, frozen=True, kw_only=True):
    """The query; `state` is `new`, `taken` or `done`."""

    state: ToldState | None = None
    access_point: str | None = None


class NoteQuery(Paged, frozen=True, kw_only=True):
    """The query; `current` selects the notes to be read now, or the others."""

    current: bool | None = None


class NeedQuery(Paged, frozen=True, kw_only=True):
    """The query.

    `state` selects by state, `published` the needs on the public page.
    """

    theme: str | None = None
    state: NeedState | None = None
    published: bool | None = None


def _place(call: Call) -> Reply:
    return Reply(report_codes.location_of_code(call.db, call.path["code"]))


def _create_report(call: Call) -> Reply:
    return Reply(user_reports.create_by_code(call.db, call.path["code"], call.body, now=call.now))


_REPORT = "/reports-by-users"

ROUTES = [
    service_route(
        "GET",
        f"{_REPORT}/mine",
        user_reports.list_own,
        _ANYONE,
        "List one's own reports, and what became of them",
        query=Paged,
    ),
    *read_routes(
        _REPORT, user_reports, _DESK, what="faults and needs that users told", query=ReportQuery
    ),
    service_route(
        "POST",
        _REPORT,
        user_reports.create,
        Permission.OWN_WRITE,
        "Report a fault or a need",
        status=201,
    ),
    service_route(
        "POST", f"{_REPORT}/{{id}}/take", user_reports.take, _DESK, "Take care of a user's report"
    ),
    service_route(
        "POST",
        f"{_REPORT}/{{id}}/label",
        user_reports.publish_label,
        _DESK,
        "Say at the QR code what a report is about",
    ),
    service_route(
        "POST",
        f"{_REPORT}/{{id}}/done",
        user_reports.settle,
        _DESK,
        "Record what was done about a report",
    ),
    Route(
        method="POST",
        path=f"{_REPORT}/{{id}}/discard",
        handler=calls_service(needs.discard, "id"),
        body=Discard,
        status=204,
        permission=_DESK,
        summary="Discard a need that is not sorted; its text is emptied five minutes later",
    ),
    Route(
        method="POST",
        path=f"{_REPORT}/{{id}}/restore",
        handler=calls_service(needs.restore, "id"),
        body=Nothing,
        status=204,
        permission=_DESK,
        summary="Undo a discard, before its text is emptied",
    ),
    Route(
        method="GET",
        path="/tell/{code}",
        handler=_place,
        answers=TellPlace,
        per_address=LOOK_PER_MINUTE,
        summary="Get the machine or zone that a report code is for",
    ),
    Route(
        method="POST",
        path="/tell/{code}",
        handler=_create_report,
        body=Telling,
        answers=Told,
        status=201,
        per_address=TELL_PER_MINUTE,
        summary="Report a fault or a need by a report code, without an account",
    ),
    read_routes("/tell-codes", report_codes, _READ, what="codes in QRs")[0],
    service_route("GET", "/tell-codes/{id}", report_codes.get, _READ, "Get one report code"),
    service_route(
        "POST",
        "/tell-codes",
        report_codes.create,
        _WRITE,
        "Create a report code of a machine or a zone; the one before becomes void",
        status=201,
    ),
    service_route(
        "POST", "/tell-codes/{id}/revoke", report_codes.revoke, _WRITE, "Revoke a report code"
    ),
    service_route(
        "GET", "/handover-notes", handover.page, _DESK, "List handover notes", query=NoteQuery
    ),
    read_routes("/handover-notes", handover, _DESK, what="handover notes")[1],
    *write_routes("/handover-notes", handover, _DESK, fields=HandoverFields, what="handover notes"),
    service_route(
        "POST", "/handover-notes/{id}/done", handover.mark_done, _DESK, "Mark a note as done"
    ),
    *read_routes("/needs", needs, _DESK, what="needs that people told", query=NeedQuery),
    *write_routes("/needs", needs, _DESK, fields=NeedFields, what="needs that people told"),
    service_route(
        "POST",
        "/needs/{id}/told",
        needs.count_in_person,
        _DESK,
        "Count a need once more, as asked for at the desk",
    ),
    service_route(
        "POST",
        "/needs/{id}/reports",
        needs.sort,
        _DESK,
        "Add a user's report to this need, which counts it once more",
    ),
    service_route(
        "POST",
        "/needs/{id}/merge",
        needs.merge_into,
        _WRITE,
        "Merge a need into another, which gets its counts and reports",
    ),
    Route(
        method="DELETE",
        path="/needs/{id}",
        handler=calls_service(needs.delete, "id"),
        status=204,
        permission=_DESK,
        summary="Delete a need that nobody but its author asked for, without a reply",
    ),
]
