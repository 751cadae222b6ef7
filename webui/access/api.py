"""API route that says whether a member's tap would be granted, and why."""

import msgspec

from controller.capabilities.access import explain
from controller.capabilities.machines.shapes import Explained
from controller.kernel.actor import Permission
from webui.api.route import Call, Reply, Route


class AccessQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query's parameters."""

    access_point: str


def _access(call: Call) -> Reply:
    explained = explain.explain_access(
        call.db, call.path["id"], call.query.access_point, actor=call.actor, now=call.now
    )
    return Reply(explained)


ROUTES = [
    Route(
        method="GET",
        path="/members/{id}/access",
        handler=_access,
        query=AccessQuery,
        answers=Explained,
        permission=Permission.MEMBERS_READ,
        summary="Whether a member may use an access point now, and why",
    )
]
