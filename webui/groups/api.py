"""Groups of visitors with their badge, and supervision windows."""

from controller.capabilities.groups import groups, windows
from controller.capabilities.groups.shapes import (
    Group,
    GroupBadge,
    GroupFields,
    NewGroup,
    NewWindow,
    Window,
)
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import (
    Nothing,
    Paged,
    cursor_of,
    does,
    filters_of,
    reads,
    shows,
    versioned,
    writes,
)
from webui.api.route import Call, Reply, Route

_READ, _BADGES = Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE
_OWN = Permission.OWN_WRITE


class WindowQuery(Paged, frozen=True, kw_only=True):
    """In one zone, or all."""

    zone_id: str | None = None


def _create_group(call: Call) -> Reply:
    made = groups.create(
        call.db, call.body, vault=call.context.vault, actor=call.actor, now=call.now
    )
    return versioned(made)


def _lend_badge(call: Call) -> Reply:
    lent = groups.give_badge(
        call.db,
        call.path["id"],
        call.body,
        vault=call.context.vault,
        actor=call.actor,
        now=call.now,
    )
    return versioned(lent)


def _windows(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filters_of(call.query)
    return Reply(windows.page(call.db, actor=call.actor, now=call.now, cursor=cursor, **filters))


ROUTES = [
    *reads("/groups", groups, Group, _READ, what="groups of visitors"),
    Route(
        method="POST",
        path="/groups",
        handler=_create_group,
        body=NewGroup,
        answers=Group,
        status=201,
        permission=_BADGES,
        summary="Lend a group a badge",
    ),
    *writes(
        "/groups",
        groups,
        Group,
        _BADGES,
        new=NewGroup,
        fields=GroupFields,
        what="groups of visitors",
    )[1:],
    Route(
        method="POST",
        path="/groups/{id}/badge",
        handler=_lend_badge,
        body=GroupBadge,
        answers=Group,
        permission=_BADGES,
        summary="Lend it a badge; one that it had is lost",
    ),
    Route(
        method="POST",
        path="/groups/{id}/end",
        handler=does(groups.end, "id", tag=True),
        body=Nothing,
        answers=Group,
        permission=_BADGES,
        summary="Its badge is back, and it has gone",
    ),
    Route(
        method="GET",
        path="/windows",
        handler=_windows,
        query=WindowQuery,
        answers=Page[Window],
        permission=Permission.LIVE_READ,
        summary="List the supervision windows that are open",
    ),
    Route(
        method="GET",
        path="/windows/{id}",
        handler=shows(windows.get, "id"),
        answers=Window,
        permission=Permission.LIVE_READ,
        summary="Get one supervision window",
    ),
    Route(
        method="POST",
        path="/windows",
        handler=does(windows.open_),
        body=NewWindow,
        answers=Window,
        status=201,
        permission=_OWN,
        summary="Open a supervision window, as its supervisor or for her",
    ),
    Route(
        method="POST",
        path="/windows/{id}/close",
        handler=does(windows.close, "id"),
        body=Nothing,
        answers=Window,
        permission=_OWN,
        summary="Close a supervision window",
    ),
]
