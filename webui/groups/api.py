"""API of groups of visitors with their badge, and of supervision windows."""

from controller.capabilities.groups import groups, windows
from controller.capabilities.groups.shapes import GroupFields
from controller.kernel.actor import Permission
from webui.api.crud import Paged, read_routes, service_route, write_routes

_READ, _BADGES = Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE
_OWN = Permission.OWN_WRITE


class WindowQuery(Paged, frozen=True, kw_only=True):
    """Selects windows of one zone, or of all."""

    zone_id: str | None = None


ROUTES = [
    *read_routes("/groups", groups, _READ, what="groups of visitors"),
    service_route("POST", "/groups", groups.create, _BADGES, "Lend a group a badge", status=201),
    *write_routes("/groups", groups, _BADGES, fields=GroupFields, what="groups of visitors")[1:],
    service_route(
        "POST",
        "/groups/{id}/badge",
        groups.give_badge,
        _BADGES,
        "Lend a group another badge; an earlier one is marked as lost",
    ),
    service_route(
        "POST", "/groups/{id}/end", groups.end, _BADGES, "End a group; its badge is back"
    ),
    service_route(
        "GET",
        "/windows",
        windows.page,
        Permission.LIVE_READ,
        "List the supervision windows that are open",
        query=WindowQuery,
    ),
    service_route(
        "GET", "/windows/{id}", windows.get, Permission.LIVE_READ, "Get one supervision window"
    ),
    service_route(
        "POST",
        "/windows",
        windows.open_window,
        _OWN,
        "Open a supervision window, as the supervisor or for them",
        status=201,
    ),
    service_route("POST", "/windows/{id}/close", windows.close, _OWN, "Close a supervision window"),
]
