"""API of groups of visitors with their badge, and of supervision windows."""

from controller.capabilities.groups import groups, windows
from controller.capabilities.groups.shapes import GroupFields
from controller.kernel.actor import Permission
from webui.api.crud import Paged, reads, serves, writes

_READ, _BADGES = Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE
_OWN = Permission.OWN_WRITE


class WindowQuery(Paged, frozen=True, kw_only=True):
    """Selects windows of one zone, or of all."""

    zone_id: str | None = None


ROUTES = [
    *reads("/groups", groups, _READ, what="groups of visitors"),
    serves("POST", "/groups", groups.create, _BADGES, "Lend a group a badge", status=201),
    *writes("/groups", groups, _BADGES, fields=GroupFields, what="groups of visitors")[1:],
    serves(
        "POST",
        "/groups/{id}/badge",
        groups.give_badge,
        _BADGES,
        "Lend a group another badge; an earlier one is marked as lost",
    ),
    serves("POST", "/groups/{id}/end", groups.end, _BADGES, "End a group; its badge is back"),
    serves(
        "GET",
        "/windows",
        windows.page,
        Permission.LIVE_READ,
        "List the supervision windows that are open",
        query=WindowQuery,
    ),
    serves("GET", "/windows/{id}", windows.get, Permission.LIVE_READ, "Get one supervision window"),
    serves(
        "POST",
        "/windows",
        windows.open_,
        _OWN,
        "Open a supervision window, as the supervisor or for them",
        status=201,
    ),
    serves("POST", "/windows/{id}/close", windows.close, _OWN, "Close a supervision window"),
]
