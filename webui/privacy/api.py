"""API of personal data: export and erasure, the controller's date, and incident searches."""

import msgspec

from controller.capabilities.clock import clock_check
from controller.capabilities.clock.synchronisation import is_synchronised
from controller.capabilities.privacy import incidents, person_export
from controller.capabilities.privacy.erasure import erase, waiting_list
from controller.kernel import audit
from controller.kernel.actor import Permission
from controller.kernel.errors import NotFound
from webui.api.crud import Nothing, Paged, calls_service, service_route
from webui.api.route import Call, Reply, Route

_OWN, _INCIDENTS = Permission.OWN_DATA, Permission.INCIDENTS
_DATA = Permission.PERSONAL_DATA
_INCIDENT = "/incidents/{id}"


class Passages(msgspec.Struct, frozen=True, kw_only=True):
    """All passages in the order of time; never more than one page."""

    items: list[incidents.Passage]
    next: str | None = None


def _member(call: Call) -> str:
    """Return the member in the path; `me` is the actor. Raises NotFound."""
    key = call.path["id"]
    if key != "me":
        return key
    if call.actor.member_id is None:
        raise NotFound("member", "me")
    return call.actor.member_id


def _export(call: Call) -> Reply:
    key = _member(call)
    data = person_export.export(
        call.db, key, vault=call.context.vault, actor=call.actor, now=call.now
    )
    with call.context.database.write() as db:
        person_export.record(db, key, actor=call.actor, now=call.now)
    return Reply(data)


def _erase(call: Call) -> Reply:
    outcome = erase.erase(call.db, _member(call), call.body, actor=call.actor, now=call.now)
    call.after.append(lambda: _drop_old_pages(call))
    return Reply(outcome)


def _drop_old_pages(call: Call) -> None:
    """Remove what was erased from the database's files too, once the transaction has ended."""
    call.context.database.drop_old_pages()


def _clock(call: Call) -> Reply:
    return Reply(clock_check.state(call.db, call.now, synchronised=is_synchronised()))


def _passages(call: Call) -> Reply:
    key = call.path["id"]
    passages = incidents.passages(call.db, key, actor=call.actor, now=call.now)
    with call.context.database.write() as db:
        incidents.record_read(db, key, actor=call.actor, now=call.now)
    return Reply(Passages(items=passages))


ROUTES = [
    Route(
        method="GET",
        path="/members/{id}/export",
        handler=_export,
        answers=person_export.PersonExport,
        permission=_OWN,
        summary="Export all data about a person: oneself (`me`), or with personal:data anybody",
    ),
    Route(
        method="POST",
        path="/members/{id}/erase",
        handler=_erase,
        body=erase.Erasure,
        answers=erase.Erased,
        permission=_OWN,
        summary="Erase a person: oneself (`me`), or with personal:data anybody",
    ),
    service_route(
        "GET",
        "/due-erasures",
        waiting_list.page,
        _DATA,
        "List the members whose records wait for their erasure by age",
        query=Paged,
    ),
    Route(
        method="POST",
        path="/members/{id}/bring-back",
        handler=calls_service(waiting_list.bring_back, "id"),
        body=Nothing,
        status=204,
        permission=_DATA,
        summary="Keep a record that waits for its erasure by age",
    ),
    Route(
        method="GET",
        path="/clock",
        handler=_clock,
        answers=clock_check.ClockState,
        permission=_DATA,
        summary="Get whether the controller's date can be trusted",
    ),
    service_route(
        "POST",
        "/clock/confirm",
        clock_check.confirm,
        clock_check.CONFIRM,
        "Confirm that the controller's date is right",
    ),
    service_route(
        "GET",
        "/incidents",
        incidents.page,
        _INCIDENTS,
        "List incident searches, without what they find",
        query=Paged,
    ),
    service_route(
        "POST",
        "/incidents",
        incidents.create,
        _INCIDENTS,
        "Request a search for who passed one door, within 24 hours",
        status=201,
    ),
    service_route(
        "GET",
        _INCIDENT,
        incidents.get,
        _INCIDENTS,
        "Get one incident search, without what it finds",
    ),
    service_route(
        "POST",
        f"{_INCIDENT}/confirm",
        incidents.confirm,
        _INCIDENTS,
        "Confirm, as a second person, that the search is needed",
    ),
    service_route(
        "POST",
        f"{_INCIDENT}/refuse",
        incidents.refuse,
        _INCIDENTS,
        "Refuse the search, as a second person: nobody reads its results",
    ),
    Route(
        method="GET",
        path=f"{_INCIDENT}/passages",
        handler=_passages,
        answers=Passages,
        waits=True,
        permission=_INCIDENTS,
        summary="List who passed, for the two people who agreed on the search",
    ),
    service_route(
        "GET", "/audit", audit.entries, Permission.AUDIT_READ, "List the audit log", query=Paged
    ),
]
