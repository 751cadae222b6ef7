"""What the columns of a members' file are called on a page."""

from collections.abc import Mapping

from controller.capabilities.imports.bundle import WhyLeft
from controller.integrations.fab_manager.client import Trouble
from controller.integrations.fabomatic.old_place import Wrong
from webui.i18n import _
from webui.members.labels import private_texts


def columns() -> Mapping[str, str]:
    """By column, in the order of the page."""
    return {
        "display_name": _("Nom"),
        "email": _("Courriel"),
        **{name: it.label for name, it in private_texts().items()},
        "badge": _("Badge"),
        "certifications": _("Habilitations"),
        "plan": _("Formule"),
        "subscription_from": _("Début d’abonnement"),
        "subscription_until": _("Fin d’abonnement"),
        "categories": _("Catégories"),
        "status": _("État"),
        "language": _("Langue"),
        "organisations": _("Structures"),
        "guardian_name": _("Responsable légal"),
        "guardian_phone": _("Téléphone du responsable"),
        "guardian_email": _("Courriel du responsable"),
    }


def left(why: WhyLeft) -> str:
    """Why something stays behind, and what to do."""
    return {
        WhyLeft.DELETED: _("Effacés là-bas, donc pas repris :"),
        WhyLeft.SHORT_BADGE: _(
            "Badges dont l’ancien lecteur n’a peut-être gardé que quatre octets sur sept ; à"
            " présenter une fois ici s’ils ne sont pas reconnus :"
        ),
        WhyLeft.NO_BADGE: _("Numéros de badge illisibles, non repris :"),
        WhyLeft.FACTORY_BADGE: _(
            "Badge d’usine, le même dans toutes les installations, donc pas repris :"
        ),
        WhyLeft.NOBODY: _("Droits de personnes qui ne sont plus dans la liste :"),
    }[why]


def trouble(why: Trouble) -> str:
    """Why fab-manager could not be read, and what to do."""
    return {
        Trouble.ADDRESS: _("Écrivez une adresse comme https://fab.exemple.fr"),
        Trouble.PRIVATE: _(
            "Cette adresse est dans un réseau privé : passez par « loquet import fab-manager »."
        ),
        Trouble.UNREACHABLE: _("fab-manager ne répond pas à cette adresse."),
        Trouble.REFUSED: _("Le jeton est refusé : créez-en un dans fab-manager, page « OpenAPI »."),
        Trouble.NOT_THERE: _("Il n’y a pas d’OpenAPI de fab-manager à cette adresse."),
        Trouble.BUSY: _("fab-manager est occupé : recommencez dans un moment."),
        Trouble.ANSWER: _("La réponse n’est pas celle que fab-manager publie."),
    }[why]


def wrong(why: Wrong) -> str:
    """Why a file is not FabOMatic's."""
    return {
        Wrong.NO_DATABASE: _("Ce fichier n’est pas une base SQLite : prenez database.sqldb."),
        Wrong.NO_FABOMATIC: _("Cette base n’est pas celle d’un FabOMatic."),
    }[why]
