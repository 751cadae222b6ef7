"""API of presence: who is in, how full zones were, and evacuations."""

from typing import Annotated

import msgspec

from controller.capabilities.presence import evacuations, occupancy, presence
from controller.capabilities.presence.shapes import Left, NewRollEntry, Occupied, RollEntry
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.api.crud import Paged, calls_service, read_routes, service_route
from webui.api.route import Call, Reply, Route

_READ, _WRITE, _LIVE = Permission.MEMBERS_READ, Permission.MEMBERS_WRITE, Permission.LIVE_READ


class PresenceQuery(Paged, frozen=True, kw_only=True):
    """The query: one zone, or all; never a single person."""

    zone_id: str | None = None


class OccupancyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query: quarters of an hour from `since` until `until`."""

    since: Utc
    until: Utc
    zone_id: str | None = None


class OccupancyReport(msgspec.Struct, frozen=True, kw_only=True):
    """A row for each zone and quarter of an hour in which somebody was in."""

    items: list[Occupied]
    next: str | None = None


class Roll(msgspec.Struct, frozen=True, kw_only=True):
    """The whole roll, which is never more than one page."""

    items: list[RollEntry]
    next: str | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether somebody on the roll is at the assembly point."""

    seen: bool = True
    heads: Annotated[int, msgspec.Meta(ge=0, le=500)] | None = None
    """For a group, how many of it are at the assembly point; null: all."""


def _check_out(call: Call) -> Reply:
    key, at = call.path["id"], call.body.at
    presence.check_out(call.db, key, actor=call.actor, now=call.now, at=at)
    return Reply()


def _occupancy(call: Call) -> Reply:
    query = call.query
    rows = occupancy.occupancy_between(
        call.db, query.since, query.until, actor=call.actor, zone_id=query.zone_id
    )
    return Reply(OccupancyReport(items=rows))


def _roll(call: Call) -> Reply:
    return Reply(Roll(items=evacuations.roll(call.db, call.path["id"], actor=call.actor)))


def _set_seen(call: Call) -> Reply:
    line = evacuations.mark_present(
        call.db,
        call.path["id"],
        call.path["line"],
        is_seen=call.body.seen,
        heads=call.body.heads,
        actor=call.actor,
        now=call.now,
    )
    return Reply(line)


def _remove_from_roll(call: Call) -> Reply:
    evacuations.remove_from_roll(
        call.db, call.path["id"], call.path["line"], actor=call.actor, now=call.now
    )
    return Reply()


_EVACUATION = "/evacuations/{id}"

ROUTES = [
    service_route("GET", "/presence", presence.page, _READ, "List who is in", query=PresenceQuery),
    service_route("POST", "/presence", presence.check_in, _WRITE, "Check somebody in", status=201),
    Route(
        method="POST",
        path="/presence/{id}/check-out",
        handler=_check_out,
        body=Left,
        status=204,
        permission=_WRITE,
        summary="Check somebody out",
    ),
    Route(
        method="GET",
        path="/reports/occupancy",
        handler=_occupancy,
        query=OccupancyQuery,
        answers=OccupancyReport,
        permission=Permission.REPORTS_READ,
        summary="Report how full zones were, by quarter of an hour",
    ),
    read_routes("/evacuations", evacuations, _LIVE, what="evacuations and drills")[0],
    service_route("GET", _EVACUATION, evacuations.get, _LIVE, "Get one evacuation or drill"),
    service_route(
        "POST",
        "/evacuations",
        evacuations.start,
        _WRITE,
        "Begin an evacuation or a drill",
        status=201,
    ),
    Route(
        method="GET",
        path=f"{_EVACUATION}/roll",
        handler=_roll,
        answers=Roll,
        permission=_READ,
        summary="List who was in when the evacuation began",
    ),
    Route(
        method="POST",
        path=f"{_EVACUATION}/roll",
        handler=calls_service(evacuations.add_to_roll, "id"),
        body=NewRollEntry,
        answers=RollEntry,
        status=201,
        permission=_READ,
        summary="Add somebody to the roll who was in but not recorded",
    ),
    Route(
        method="POST",
        path=f"{_EVACUATION}/roll/{{line}}",
        handler=_set_seen,
        body=Seen,
        answers=RollEntry,
        permission=_READ,
        summary="Tick somebody on the roll as seen, or as not seen",
    ),
    Route(
        method="DELETE",
        path=f"{_EVACUATION}/roll/{{line}}",
        handler=_remove_from_roll,
        status=204,
        permission=_READ,
        summary="Remove somebody who was added to the roll by mistake",
    ),
    service_route(
        "POST", f"{_EVACUATION}/end", evacuations.end, _WRITE, "End an evacuation, with remarks"
    ),
]
