"""What the tables that hold something of a person are called on a page."""

from collections.abc import Mapping

from webui.i18n import _


def table_words() -> dict[str, str]:
    """By table; those that a page does not speak of are left out."""
    return {
        "credential": _("badges d’accès"),
        "held": _("habilitations et documents"),
        "subscription": _("abonnements"),
        "pass": _("pass"),
        "pass_use": _("journées débitées d’un pass"),
        "enrolment": _("inscriptions à une formation"),
        "course_session": _("formations données"),
        "booking": _("réservations"),
        "machine_session": _("utilisations de machines"),
        "account": _("comptes pour se connecter"),
        "member_suspension": _("suspensions"),
        "organisation_member": _("structures"),
        "project_member": _("projets"),
        "maintainer": _("machines à entretenir"),
        "supervisor": _("espaces à encadrer"),
        "supervision_window": _("encadrements"),
        "presence": _("présence en ce moment"),
        "user_report": _("signalements"),
    }


def said(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """In words, in the order of the words."""
    words = table_words()
    return tuple((word, counts[name]) for name, word in words.items() if counts.get(name))
