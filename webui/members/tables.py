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


def place_words() -> dict[str, str]:
    """Where a text stands in which somebody may be named, by table."""
    return {
        "access_point": _("une machine ou une porte"),
        "alarm": _("une alarme"),
        "audit_note": _("le journal des actions"),
        "course_session": _("une séance de formation"),
        "evacuation": _("une évacuation"),
        "handover_note": _("une note de relève"),
        "held_history": _("une étape d’habilitation"),
        "incident": _("une recherche après incident"),
        "invoicing": _("la facturation d’une structure"),
        "maintenance_done": _("un entretien"),
        "money_entry": _("une somme due"),
        "need": _("un besoin"),
        "organisation": _("le nom d’une structure"),
        "partner": _("le nom d’un financeur"),
        "payment": _("un règlement"),
        "project": _("le nom d’un projet"),
        "provider": _("les coordonnées du lieu"),
        "safety_addition": _("le registre de sécurité"),
        "safety_entry": _("le registre de sécurité"),
        "user_report": _("un signalement"),
        "visiting_group": _("le nom d’un groupe"),
        "zone": _("le nom d’un espace"),
    }


def said(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """In words, in the order of the words."""
    words = table_words()
    return tuple((word, counts[name]) for name, word in words.items() if counts.get(name))
