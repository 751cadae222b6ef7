"""What the private texts of a member are called on the pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.i18n import _


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLabel:
    """`wrong`: what to write instead of what could not be taken."""

    label: str
    help: str
    wrong: str
    type: str = "text"
    maxlength: int = 200


def phone_wrong() -> str:
    """Of every telephone number in the form."""
    return _("Écrivez un numéro de téléphone, comme 06 12 34 56 78.")


def private_texts() -> Mapping[str, TextLabel]:
    """By field of `PRIVATE_TEXTS`, in the order of the form."""
    return {
        "phone": TextLabel(
            label=_("Téléphone"),
            help=_("Facultatif. Vu de l’accueil, des responsables et de la personne seuls."),
            wrong=phone_wrong(),
            type="tel",
            maxlength=30,
        ),
        "emergency_contact": TextLabel(
            label=_("À prévenir en cas d’accident"),
            help=_("Facultatif : un nom et un numéro. Vu comme le téléphone."),
            wrong=_("Écrivez un nom et un numéro, en 200 caractères au plus."),
        ),
    }
