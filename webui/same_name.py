"""Asks before another record of a site gets the name of an existing one."""

from collections.abc import Callable, Iterable
from typing import Protocol

from flask import request

from controller.domain.facts import Language, Name
from controller.kernel.shapes import Label
from webui.forms import PageError
from webui.naming import is_same_name, read_label

FIELD = "same_name"
"""The check box *Use this name anyway*; its value is the name."""


class SiteRecord(Protocol):
    """A record of a site that has a name."""

    @property
    def id(self) -> str: ...
    @property
    def site_id(self) -> str: ...
    @property
    def name(self) -> Label: ...


def ask(record: SiteRecord, others: Iterable[SiteRecord], text: Callable[[str], str]) -> None:
    """Raise PageError if another record of the site is shown by this name in any language.

    Call it in the transaction that saves the record: raising undoes it. `text` makes the question
    from the name. Nothing is raised once the check box was ticked for this name.
    """
    name = read_label(record.name)
    if is_same_name(request.form.get(FIELD, "")[:400], name):
        return
    shown = _shown(record.name)
    for other in others:
        is_another = other.site_id == record.site_id and other.id != record.id
        if is_another and any(map(is_same_name, shown, _shown(other.name))):
            raise PageError({"name": text(read_label(other.name)), FIELD: name})


def _shown(label: Label) -> list[str]:
    return [Name(fr=label.fr, en=label.en).read(language) for language in Language]
