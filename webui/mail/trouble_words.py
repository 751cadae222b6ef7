"""What went wrong with a message, and what to do about it, in plain words."""

from collections.abc import Mapping

from controller.capabilities.messages.troubles import Trouble
from webui.i18n import _


def texts() -> Mapping[Trouble, str]:
    """Of each trouble."""
    return {
        Trouble.DNS: _("Le nom du serveur de messagerie n’existe pas. Vérifiez « host »."),
        Trouble.REFUSED: _(
            "Rien ne répond à cette adresse et à ce port. Vérifiez « host » et « port »."
        ),
        Trouble.TIMEOUT: _("Le serveur ne répond pas. Un pare-feu bloque peut-être ce port."),
        Trouble.TLS: _(
            "Le chiffrement a échoué : le certificat n’est pas celui du serveur, ou « tls » n’est "
            "pas le bon réglage."
        ),
        Trouble.LOGIN: _(
            "Le serveur refuse le compte ou son mot de passe. Vérifiez « user » et le fichier "
            "« password_file »."
        ),
        Trouble.SENDER: _(
            "Le serveur n’accepte pas d’envoyer depuis cette adresse. Vérifiez « sender »."
        ),
        Trouble.LATER: _("Le serveur dit : pas maintenant. C’est réessayé tout seul."),
        Trouble.RECIPIENT: _(
            "Cette adresse n’existe pas. Corrigez-la sur la fiche de la personne."
        ),
        Trouble.CONTENT: _(
            "Le serveur refuse ce message, souvent parce qu’il le prend pour un spam."
        ),
        Trouble.CUT: _("La liaison s’est coupée, ou ce qui répond n’est pas un serveur d’envoi."),
        Trouble.NO_ADDRESS: _("Cette personne n’a plus d’adresse e-mail."),
        Trouble.STOPPED: _("Cette personne ne veut plus de ces messages."),
        Trouble.TURNED_OFF: _("Le lieu n’envoie plus ces lettres."),
        Trouble.UNKNOWN: _("Écrit par une version plus récente de Loquet."),
        Trouble.LATE: _("Trop tard : ce que le message disait ne vaut plus."),
    }
