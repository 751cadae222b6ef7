"""API of badges: give, suspend, mark as lost, replace and return them."""

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import CredentialFields
from controller.kernel.actor import Permission
from webui.api.crud import MemberQuery, Nothing, patch_route, read_routes, service_route
from webui.api.route import Call, Reply, Route

_READ, _BADGES = Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE


def _return_badge(call: Call) -> Reply:
    credentials.return_badge(call.db, call.path["id"], actor=call.actor, now=call.now)
    return Reply()


ROUTES = [
    *read_routes("/credentials", credentials, _READ, what="badges", query=MemberQuery),
    service_route(
        "POST", "/credentials", credentials.create, _BADGES, "Give a badge to a member", status=201
    ),
    patch_route(
        "/credentials/{id}",
        credentials.change,
        CredentialFields,
        _BADGES,
        "Change a badge's period or assurance",
    ),
    service_route(
        "POST",
        "/credentials/{id}/suspend",
        credentials.suspend,
        _BADGES,
        "Suspend a badge until it is restored",
    ),
    service_route(
        "POST",
        "/credentials/{id}/lost",
        credentials.mark_lost,
        _BADGES,
        "Mark a badge as lost: it no longer works",
    ),
    service_route(
        "POST",
        "/credentials/{id}/restore",
        credentials.restore,
        _BADGES,
        "Restore a suspended or lost badge",
    ),
    service_route(
        "POST",
        "/credentials/{id}/replace",
        credentials.replace,
        _BADGES,
        "Replace a lost badge; the rights are kept",
        status=201,
    ),
    Route(
        method="POST",
        path="/credentials/{id}/return",
        handler=_return_badge,
        body=Nothing,
        status=204,
        permission=_BADGES,
        summary="Return a badge, so that it can be given to somebody else",
    ),
]
