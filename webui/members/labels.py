"""Labels, help and error messages of fields of a member, such as the telephone number."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.i18n import _


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLabel:
    """A field's label and help; `wrong` is the message for invalid input."""

    label: str
    help: str
    wrong: str
    """The message for invalid input."""
    type: str = "text"
    maxlength: int = 200


def name_error(name: str) -> str:
    """Return the message for an invalid name of a person."""
    if not name:
        return _("Enter a name.")
    return _("Enter a name of at most 200 visible characters, in one alphabet.")


def phone_error() -> str:
    """Return the message for an invalid telephone number, in every field of the form."""
    return _("Enter a phone number, such as +44 20 7946 0958.")


def private_texts() -> Mapping[str, TextLabel]:
    """Return the labels of the fields in `PRIVATE_TEXTS`, in the order of the form."""
    return {
        "phone": TextLabel(
            label=_("Phone"),
            help=_("Optional. Visible only to the desk, managers and the person."),
            wrong=phone_error(),
            type="tel",
            maxlength=30,
        ),
        "emergency_contact": TextLabel(
            label=_("In case of an accident, call"),
            help=_(
                "Optional. A name and a number, visible to the same people as the phone number."
            ),
            wrong=_("Enter a name and a number, in 200 characters at most."),
        ),
    }
