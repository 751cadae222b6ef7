"""Roles and what each allows, in words."""

from collections.abc import Collection, Mapping

from controller.assembly import HOUSE
from controller.kernel.actor import Permission, Role
from webui.i18n import _


def names() -> Mapping[Role, str]:
    """What each is called."""
    return {
        Role.MEMBER: _("usager"),
        Role.TRAINER: _("formateur"),
        Role.DESK: _("accueil"),
        Role.OBSERVER: _("observateur"),
        Role.DPO: _("protection des données"),
        Role.TREASURER: _("trésorier"),
        Role.MANAGER: _("gestionnaire"),
        Role.ADMIN: _("administrateur"),
    }


def summaries() -> Mapping[Role, str]:
    """What each is for, in a line."""
    return {
        Role.MEMBER: _("sa page, ses réservations, ses données"),
        Role.DESK: _("entrées, badges, pass ; jamais le motif d’une suspension"),
        Role.TRAINER: _("ses séances ; habilite sur ce qu’il peut former"),
        Role.OBSERVER: _("les rapports, sans aucun nom"),
        Role.MANAGER: _("règles, équipements, suspensions, recherches d’incident"),
        Role.TREASURER: _("tarifs, relevés, paiements et caisse ; ni badges ni passages"),
        Role.DPO: _("journal, durées de conservation, demandes des personnes"),
        Role.ADMIN: _("comptes, rôles, jetons ; le dernier d’un lieu ne peut pas partir"),
    }


FOR_PROGRAMS = frozenset({"metrics", "prints:write", "webhooks"})
"""Permissions of which only tokens make use."""


def deeds() -> Mapping[str, str]:
    """What each permission allows; those that programs alone use are left out."""
    return {
        Permission.OWN_DATA: _("Obtenir tout ce qui est gardé sur soi."),
        Permission.OWN_WRITE: _("Réserver, s’inscrire, signaler en son nom."),
        Permission.RULES_READ: _("Voir les équipements, les formations et les règles du lieu."),
        Permission.LIVE_READ: _("Voir en direct ce qui tourne et qui est là."),
        Permission.MEMBERS_READ: _("Lire les fiches des usagers."),
        Permission.MEMBERS_WRITE: _("Ajouter et changer des usagers, abonnements et pass."),
        Permission.CREDENTIALS_WRITE: _("Donner, bloquer et remplacer des badges."),
        Permission.COMMAND: _("Ouvrir une porte, arrêter une machine."),
        Permission.DESK: _("Tenir l’accueil : ce qui est signalé, les notes de passage."),
        Permission.AGENTS_READ: _("Voir l’état des boîtiers."),
        "safety:write": _("Écrire au registre de sécurité."),
        Permission.CERTIFY: _("Habiliter, suspendre, et lire pourquoi."),
        Permission.RULES_WRITE: _("Changer les règles, les horaires et les équipements."),
        Permission.AGENTS_WRITE: _("Ajouter, remplacer et révoquer des boîtiers."),
        Permission.EVENTS_READ: _("Lire le journal technique."),
        "prints:read": _("Voir qui a imprimé quoi."),
        Permission.REPORTS_READ: _("Lire les bilans d’usage et d’occupation."),
        Permission.INCIDENTS: _(
            "À deux : chercher qui a passé une porte ou utilisé une machine après un incident."
        ),
        "safety:answer": _("Répondre au registre de sécurité."),
        Permission.PERSONAL_DATA: _("Remettre à une personne ses données, et l’effacer."),
        "money:take": _("Vendre à l’accueil et noter ce qui est payé."),
        "money:read": _("Voir les tarifs, les relevés et qui doit quoi."),
        "money:write": _("Fixer les tarifs, remettre une dette, clore un mois ou la caisse."),
        "messages": _("Voir à qui le lieu a écrit, et choisir qui est prévenu des alarmes."),
        "home:doors": _("Permettre à Home Assistant d’ouvrir une porte."),
        "calendars": _("Donner l’adresse d’un agenda d’équipement, de salle ou du programme."),
        Permission.ACCOUNTS_READ: _("Voir qui se connecte, avec quels rôles."),
        Permission.AUDIT_READ: _("Lire et vérifier le journal des droits."),
        "clock:confirm": _("Confirmer la date du serveur."),
        Permission.ACCOUNTS_WRITE: _("Inviter, donner des rôles, fermer des comptes."),
    }


def allowed(roles: Collection[Role]) -> frozenset[str]:
    """The permissions that these roles have together, of those with words."""
    return frozenset(each for each in known() if not each.roles.isdisjoint(roles))


def known() -> list[Permission]:
    """The permissions that have words, in the order of these."""
    permissions = {str(each): each for each in HOUSE.permissions}
    return [permissions[each] for each in deeds()]
