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
from webui.api.crud import Nothing, Paged, does, reads, writes
from webui.api.route import Route


class EntryQuery(Paged, frozen=True, kw_only=True):
    """`unread`: those that who asks has still to read, or the others."""

    year: int | None = None
    kind: SafetyKind | None = None
    unread: bool | None = None


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
        handler=does(entries.add, "id", tag=True),
        body=NewAddition,
        answers=SafetyEntry,
        status=201,
        permission=SAFETY_WRITE,
        summary="Add to an entry, with date and author",
    ),
    Route(
        method="POST",
        path=f"{_ENTRIES}/{{id}}/read",
        handler=does(entries.read, "id", tag=True),
        body=Nothing,
        answers=SafetyEntry,
        permission=SAFETY_ANSWER,
        summary="Tick an entry as read",
    ),
    Route(
        method="POST",
        path=f"{_ENTRIES}/{{id}}/annul",
        handler=does(entries.annul, "id", tag=True),
        body=Annulment,
        answers=SafetyEntry,
        permission=SAFETY_ANSWER,
        summary="Annul an entry, with a reason; it stays readable",
    ),
]
