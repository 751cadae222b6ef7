"""Where somebody lands whose role opens no page that shows the place: what the role allows here."""

from collections.abc import Mapping

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE, MONEY_WRITE
from controller.kernel.actor import Permission, Role
from webui.guard import account, actor, allowed, here
from webui.i18n import _


def welcome() -> ResponseReturnValue:
    """A member's own page; else the roles at this site and what they allow, in words."""
    at, who = here(), account()
    if at and who and who.actor.member_id and actor().roles[at.id] == {Role.MEMBER}:
        return redirect(url_for("mine.show"))
    roles = sorted(actor().roles[at.id]) if at else []
    names, deeds = role_names(), deed_words()
    return render_template(
        "welcome.html",
        roles=[names[role] for role in roles if role in names],
        deeds=[text for permission, text in deeds.items() if allowed(permission)],
    )


def role_names() -> Mapping[Role, str]:
    """Roles that open no page that shows the place."""
    return {
        Role.MEMBER: _("usager"),
        Role.OBSERVER: _("observateur"),
        Role.TREASURER: _("trésorier"),
        Role.DPO: _("délégué à la protection des données"),
    }


def deed_words() -> Mapping[Permission, str]:
    """What those roles allow."""
    return {
        Permission.REPORTS_READ: _("Lire les bilans d’usage et d’occupation."),
        MONEY_READ: _("Lire les tarifs, les relevés et les paiements."),
        MONEY_WRITE: _("Fixer un tarif, accorder une remise, clore un mois et la caisse."),
        MONEY_TAKE: _("Vendre au comptoir et noter un paiement."),
        Permission.AUDIT_READ: _("Lire et vérifier le journal des droits : qui a fait quoi."),
        Permission.PERSONAL_DATA: _(
            "Remettre à une personne ce qui est gardé sur elle, et l’effacer à sa demande."
        ),
        Permission.RULES_READ: _("Voir les équipements, les formations et les règles du lieu."),
        Permission.OWN_WRITE: _("En votre nom : réserver, vous inscrire, signaler."),
        Permission.OWN_DATA: _("Obtenir tout ce qui est gardé sur vous."),
    }
