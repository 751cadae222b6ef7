"""The safety register, for programs: it is written, added to, read and annulled, never changed."""

from controller.capabilities.safety_register import entries
from controller.capabilities.safety_register.models import SafetyKind
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER, SAFETY_WRITE
from controller.capabilities.safety_register.shapes import (
    Annulment,
    NewAddition,
    NewSafetyEntry,
    SafetyEntry,
)
from webui.api.crud import Nothing, Paged, reads, versioned, writes
from webui.api.route import Call, Reply, Route


class EntryQuery(Paged, frozen=True, kw_only=True):
    """`unread`: those that who asks has still to read, or the others."""

    year: int | None = None
    kind: SafetyKind | None = None
    unread: bool | None = None


def _add(call: Call) -> Reply:
    key = call.path["id"]
    return versioned(entries.add(call.db, key, call.body, actor=call.actor, now=call.now))


def _read(call: Call) -> Reply:
    return versioned(entries.read(call.db, call.path["id"], actor=call.actor, now=call.now))


def _annul(call: Call) -> Reply:
    key = call.path["id"]
    return versioned(entries.annul(call.db, key, call.body, actor=call.actor, now=call.now))


_ENTRIES = "/safety-entries"
_WHAT = "entries of the safety register"

ROUTES = [
    *reads(_ENTRIES, entries, SafetyEntry, SAFETY_WRITE, what=_WHAT, query=EntryQuery),
    *writes(
        _ENTRIES, entries, SafetyEntry, SAFETY_WRITE, new=NewSafetyEntry, fields=None, what=_WHAT
    ),
    Route(
        method="POST",
        path=f"{_ENTRIES}/{{id}}/additions",
        handler=_add,
        body=NewAddition,
        answers=SafetyEntry,
        status=201,
        permission=SAFETY_WRITE,
        summary="Add to an entry, with date and author",
    ),
    Route(
        method="POST",
        path=f"{_ENTRIES}/{{id}}/read",
        handler=_read,
        body=Nothing,
        answers=SafetyEntry,
        permission=SAFETY_ANSWER,
        summary="Tick an entry as read",
    ),
    Route(
        method="POST",
        path=f"{_ENTRIES}/{{id}}/annul",
        handler=_annul,
        body=Annulment,
        answers=SafetyEntry,
        permission=SAFETY_ANSWER,
        summary="Annul an entry, with a reason; it stays readable",
    ),
]
