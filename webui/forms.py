"""The form of a named record: its fields are declared once, and then read, stored and shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.kernel.errors import FieldError, Invalid, ServiceError, Stale
from webui.form_fields import texts
from webui.guard import site
from webui.i18n import _
from webui.members.member_action import refusal
from webui.naming import NameField, label_texts, name_fields, typed_names, whole_number
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field: its label and help, how its text becomes a value and back, and its error text."""

    label: str = ""
    help: str = ""
    wrong: str
    attribute: str = ""
    """The service's name of the field, if it differs."""
    type: str = "text"
    maxlength: int = 200
    options: tuple[Option, ...] = ()
    read: Callable[[str], object] = lambda text: text or None
    show: Callable[[Any], str] = lambda value: "" if value is None else str(value)


class PageError(Invalid):
    """What only a page objects to; `wrong` has the texts that its form shows, by field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(FieldError(name, text) for name, text in wrong.items())
        self.wrong = dict(wrong)


Fields = Mapping[str, Field]
"""Fields by name, in the order of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """What a form shows; `id` is empty for a new record."""

    id: str
    names: tuple[NameField, ...]
    fields: Fields
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)


def number(label: str, help_: str, wrong: str) -> Field:
    """Return a field for a whole number, which may be empty."""
    return Field(label=label, help=help_, wrong=wrong, maxlength=7, read=_number)


def form(
    key: str, fields: Fields, typed: Mapping[str, str], wrong: Mapping[str, str] | None = None
) -> FormPage:
    """Return the form with these values."""
    names = name_fields(typed_names(typed), site().language)
    return FormPage(id=key, names=names, fields=fields, typed=typed, wrong=wrong or {})


def read(fields: Fields) -> dict[str, str]:
    """Return the values of the sent form."""
    return texts(("name_fr", "name_en", *fields, "version"))


def stored_values(record: Any, fields: Fields) -> dict[str, str]:
    """Return the form's values for an existing record; empty fields are left out."""
    names = {f"name_{key}": text for key, text in label_texts(record.name).items()}
    shown = {key: it.show(getattr(record, it.attribute or key)) for key, it in fields.items()}
    typed = names | shown | {"version": str(record.version)}
    return {key: text for key, text in typed.items() if text}


def service_values(typed: Mapping[str, str], fields: Fields) -> dict[str, object]:
    """Return the typed values in the form that the service takes. Raises Invalid."""
    values = {it.attribute or key: it.read(typed[key]) for key, it in fields.items()}
    return {"name": typed_names(typed), **values}


def field_errors(error: ServiceError, fields: Fields) -> dict[str, str]:
    """Return the errors by field; those that belong to no field are shown at the name."""
    if isinstance(error, Stale):
        return {"name": _("This has changed since you opened the page. Reload it.")}
    if isinstance(error, PageError):
        return error.wrong
    if not isinstance(error, Invalid):
        return {"name": refusal(error)}
    words = {it.attribute or key: (key, it.wrong) for key, it in fields.items()}
    name = ("name", _("Enter a name, on one line."))
    return dict(
        words.get(field_error.field.partition(".")[0], name) for field_error in error.errors
    )


def _number(text: str) -> int | str | None:
    return whole_number(text) if text else None
