"""API of courses, their sessions, enrolments, outcomes and papers."""

import msgspec
from flask import Response

from controller.capabilities.training import certify_passed, course_sessions, courses, enrolments
from controller.capabilities.training import papers as course_papers
from controller.capabilities.training.shapes import (
    CourseFields,
    CourseSession,
    CourseSessionFields,
    Enrolment,
    NewEnrolment,
)
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.api.crud import Nothing, Paged, calls_service, read_routes, service_route, write_routes
from webui.api.route import Call, Reply, Route

_ANYONE, _OWN = Permission.RULES_READ, Permission.OWN_WRITE
_SESSION = "/course-sessions/{id}"
PDF = "application/pdf"


class SessionQuery(Paged, frozen=True, kw_only=True):
    """The query: sessions that overlap the time from `since` to `until`; of one course, or all."""

    since: Utc | None = None
    until: Utc | None = None
    course_id: str | None = None


class Enrolments(msgspec.Struct, frozen=True, kw_only=True):
    """All who take part or are on the waiting list; never more than one page."""

    items: list[Enrolment]
    next: str | None = None


def _list(call: Call) -> Reply:
    key = call.path["id"]
    session_enrolments = enrolments.of_session(call.db, key, actor=call.actor, now=call.now)
    return Reply(Enrolments(items=session_enrolments))


def _enrol(call: Call) -> Reply:
    key, member = call.path["id"], call.body.member_id
    return Reply(enrolments.enrol(call.db, key, member, actor=call.actor, now=call.now))


def _withdraw(call: Call) -> Reply:
    key, member = call.path["id"], call.path["member_id"]
    enrolments.withdraw(call.db, key, member, actor=call.actor, now=call.now)
    return Reply()


def _sheet(call: Call) -> Response:
    key = call.path["id"]
    pdf = course_papers.attendance_sheet(call.db, key, actor=call.actor, now=call.now)
    return Response(pdf, content_type=PDF)


def _certificate(call: Call) -> Response:
    key, member = call.path["id"], call.path["member_id"]
    pdf = course_papers.certificate(call.db, key, member, actor=call.actor, now=call.now)
    return Response(pdf, content_type=PDF)


ROUTES = [
    *read_routes("/courses", courses, _ANYONE, what="courses"),
    *write_routes("/courses", courses, Permission.RULES_WRITE, fields=CourseFields, what="courses"),
    *read_routes(
        "/course-sessions", course_sessions, _ANYONE, what="course sessions", query=SessionQuery
    ),
    *write_routes(
        "/course-sessions",
        course_sessions,
        _ANYONE,
        fields=CourseSessionFields,
        what="course sessions",
    ),
    Route(
        method="POST",
        path=f"{_SESSION}/cancel",
        handler=calls_service(course_sessions.cancel, "id", etag=True),
        body=Nothing,
        answers=CourseSession,
        permission=_ANYONE,
        summary="Cancel a course session",
    ),
    Route(
        method="GET",
        path=f"{_SESSION}/enrolments",
        handler=_list,
        answers=Enrolments,
        permission=_ANYONE,
        summary="List who takes part, and who is on the waiting list",
    ),
    Route(
        method="POST",
        path=f"{_SESSION}/enrolments",
        handler=_enrol,
        body=NewEnrolment,
        answers=Enrolment,
        status=201,
        permission=_OWN,
        summary="Enrol a member, or put them on the waiting list",
    ),
    Route(
        method="DELETE",
        path=f"{_SESSION}/enrolments/{{member_id}}",
        handler=_withdraw,
        status=204,
        permission=_OWN,
        summary="Withdraw a member's enrolment",
    ),
    service_route(
        "POST",
        f"{_SESSION}/attendance",
        enrolments.note_attendance,
        _ANYONE,
        "Record who is present, by badge",
    ),
    service_route(
        "PUT",
        f"{_SESSION}/outcomes/{{member_id}}",
        enrolments.set_outcome,
        _ANYONE,
        "Record a member's outcome",
    ),
    service_route(
        "POST", f"{_SESSION}/certify", certify_passed.certify, _ANYONE, "Certify all who passed"
    ),
    Route(
        method="GET",
        path=f"{_SESSION}/attendance-sheet",
        handler=_sheet,
        media=PDF,
        permission=_ANYONE,
        summary="The attendance sheet, to print",
    ),
    Route(
        method="GET",
        path=f"{_SESSION}/certificates/{{member_id}}",
        handler=_certificate,
        media=PDF,
        permission=_ANYONE,
        summary="A member's certificate of attendance",
    ),
]
