"""What is held about a person: given to them, erased; the date; the search after an incident."""

import msgspec

from controller.capabilities.clock import checking
from controller.capabilities.clock.synchronised import is_synchronised
from controller.capabilities.privacy import incidents, person_export
from controller.capabilities.privacy.erasure import erase, waiting
from controller.kernel import audit
from controller.kernel.actor import Permission
from controller.kernel.errors import NotFound
from controller.kernel.paging import Page
from webui.api.crud import Nothing, Paged, cursor_of, does
from webui.api.route import Call, Reply, Route

_OWN, _INCIDENTS = Permission.OWN_DATA, Permission.INCIDENTS
_DATA = Permission.PERSONAL_DATA
_INCIDENT = "/incidents/{id}"


class Passages(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, in the order of time; never more than one page."""

    items: list[incidents.Passage]
    next: str | None = None


def _member(call: Call) -> str:
    """The member of the path; `me` is oneself. Raises NotFound."""
    key = call.path["id"]
    if key != "me":
        return key
    if call.actor.member_id is None:
        raise NotFound("member", "me")
    return call.actor.member_id


def _export(call: Call) -> Reply:
    key = _member(call)
    found = person_export.export(
        call.db, key, vault=call.context.vault, actor=call.actor, now=call.now
    )
    with call.context.database.write() as db:
        person_export.record(db, key, actor=call.actor, now=call.now)
    return Reply(found)


def _erase(call: Call) -> Reply:
    done = erase.erase(call.db, _member(call), call.body, actor=call.actor, now=call.now)
    call.after.append(lambda: _forget(call))
    return Reply(done)


def _forget(call: Call) -> None:
    call.context.database.drop_old_pages()


def _due(call: Call) -> Reply:
    return Reply(waiting.page(call.db, actor=call.actor, cursor=cursor_of(call.query)))


def _clock(call: Call) -> Reply:
    return Reply(checking.state(call.db, call.now, synchronised=is_synchronised()))


def _incidents(call: Call) -> Reply:
    cursor = cursor_of(call.query)
    return Reply(incidents.page(call.db, actor=call.actor, now=call.now, cursor=cursor))


def _passages(call: Call) -> Reply:
    key = call.path["id"]
    found = incidents.passages(call.db, key, actor=call.actor, now=call.now)
    with call.context.database.write() as db:
        incidents.record_read(db, key, actor=call.actor, now=call.now)
    return Reply(Passages(items=found))


def _audit(call: Call) -> Reply:
    return Reply(audit.entries(call.db, actor=call.actor, cursor=cursor_of(call.query)))


ROUTES = [
    Route(
        method="GET",
        path="/members/{id}/export",
        handler=_export,
        answers=person_export.PersonExport,
        permission=_OWN,
        summary="Everything held about a person: oneself (`me`), or with personal:data anybody",
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
    Route(
        method="GET",
        path="/due-erasures",
        handler=_due,
        query=Paged,
        answers=Page[waiting.DueMember],
        permission=_DATA,
        summary="List the members whose records wait for their erasure by age",
    ),
    Route(
        method="POST",
        path="/members/{id}/bring-back",
        handler=does(waiting.bring_back, "id"),
        body=Nothing,
        status=204,
        permission=_DATA,
        summary="Keep a record that waits for its erasure by age",
    ),
    Route(
        method="GET",
        path="/clock",
        handler=_clock,
        answers=checking.ClockState,
        permission=_DATA,
        summary="Whether the controller's date can be trusted",
    ),
    Route(
        method="POST",
        path="/clock/confirm",
        handler=does(checking.confirm),
        body=checking.Confirmation,
        answers=checking.ClockState,
        permission=checking.CONFIRM,
        summary="Say that the controller's date is right",
    ),
    Route(
        method="GET",
        path="/incidents",
        handler=_incidents,
        query=Paged,
        answers=Page[incidents.Incident],
        permission=_INCIDENTS,
        summary="List incident searches, without what they find",
    ),
    Route(
        method="POST",
        path="/incidents",
        handler=does(incidents.create),
        body=incidents.NewIncident,
        answers=incidents.Incident,
        status=201,
        permission=_INCIDENTS,
        summary="Ask who passed one door, within 24 hours",
    ),
    Route(
        method="GET",
        path=_INCIDENT,
        handler=does(incidents.get, "id"),
        answers=incidents.Incident,
        permission=_INCIDENTS,
        summary="Get one incident search, without what it finds",
    ),
    Route(
        method="POST",
        path=f"{_INCIDENT}/confirm",
        handler=does(incidents.confirm, "id"),
        body=Nothing,
        answers=incidents.Incident,
        permission=_INCIDENTS,
        summary="Agree, as a second person, that it is needed",
    ),
    Route(
        method="POST",
        path=f"{_INCIDENT}/refuse",
        handler=does(incidents.refuse, "id"),
        body=Nothing,
        answers=incidents.Incident,
        permission=_INCIDENTS,
        summary="Find, as a second person, that it is not needed: nobody reads it",
    ),
    Route(
        method="GET",
        path=f"{_INCIDENT}/passages",
        handler=_passages,
        answers=Passages,
        waits=True,
        permission=_INCIDENTS,
        summary="Who passed, for the two people who agreed on it",
    ),
    Route(
        method="GET",
        path="/audit",
        handler=_audit,
        query=Paged,
        answers=Page[audit.Entry],
        permission=Permission.AUDIT_READ,
        summary="List what was done to whose rights",
    ),
]
