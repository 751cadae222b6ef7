"""API of certifications, and of who holds them."""

import msgspec

from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import CertificationFields, Held, Reason
from controller.kernel.actor import Permission
from webui.api.crud import read_routes, service_route, write_routes
from webui.api.route import Call, Reply, Route

_HELD = "/members/{id}/certifications"


_ONE = _HELD + "/{certification_id}"


class HeldList(msgspec.Struct, frozen=True, kw_only=True):
    """All certifications of a member; never more than one page."""

    items: list[Held]
    next: str | None = None


def _list(call: Call) -> Reply:
    return Reply(
        HeldList(items=member_certifications.of_member(call.db, call.path["id"], actor=call.actor))
    )


def _suspend(call: Call) -> Reply:
    certification = member_certifications.suspend(
        call.db,
        call.path["id"],
        call.path["certification_id"],
        call.body.reason,
        actor=call.actor,
        now=call.now,
    )
    return Reply(certification)


def _restore(call: Call) -> Reply:
    certification = member_certifications.restore(
        call.db,
        call.path["id"],
        call.path["certification_id"],
        call.body.reason,
        actor=call.actor,
        now=call.now,
    )
    return Reply(certification)


ROUTES = [
    *read_routes(
        "/certifications",
        certifications,
        Permission.RULES_READ,
        what="certifications and documents",
    ),
    *write_routes(
        "/certifications",
        certifications,
        Permission.RULES_WRITE,
        fields=CertificationFields,
        what="certifications and documents",
    ),
    Route(
        method="GET",
        path=_HELD,
        handler=_list,
        answers=HeldList,
        permission=Permission.MEMBERS_READ,
        summary="List the certifications of a member",
    ),
    service_route(
        "GET",
        _ONE,
        member_certifications.get,
        Permission.MEMBERS_READ,
        "One certification of a member",
    ),
    service_route(
        "PUT",
        _ONE,
        member_certifications.grant,
        Permission.RULES_READ,
        "Certify a member; for trainers of that certification and managers",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/suspend",
        handler=_suspend,
        body=Reason,
        answers=Held,
        permission=Permission.RULES_READ,
        summary="Suspend a member's certification, with a reason",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/restore",
        handler=_restore,
        body=Reason,
        answers=Held,
        permission=Permission.RULES_READ,
        summary="Restore a member's certification, with a reason",
    ),
]
