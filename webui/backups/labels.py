"""What stops a backup, as a sentence that says what to do."""

from webui.i18n import _


def of_cause(cause: str, where: str) -> str:
    """For the cause by its name (`controller.cli.backup.reasons`)."""
    found = {
        "no_repository": _("Il n’y a pas de sauvegardes à cet endroit. Le disque est-il branché ?"),
        "password": _("Le mot de passe gardé ici n’est pas celui de ces sauvegardes."),
        "no_password": _(
            "Le mot de passe des sauvegardes n’est plus sur cet ordinateur. Remettez votre copie."
        ),
        "locked": _("Une sauvegarde est en cours. Réessayez quand elle sera finie."),
        "not_ours": _(
            "Loquet ne peut pas se servir de ce dossier. Sur l’ordinateur du lieu, lancez :"
            " sudo loquet setup controller --backups %(where)s",
            where=where,
        ),
        "not_let_in": _(
            "Le serveur ne laisse pas entrer. Ajoutez cette ligne au fichier .ssh/authorized_keys"
            " sur le serveur, puis réessayez."
        ),
        "no_sftp": _(
            "Le serveur ne répond pas, ou ne laisse pas entrer. Vérifiez son adresse, et ajoutez"
            " cette ligne à son fichier .ssh/authorized_keys."
        ),
        "unreachable": _("Le serveur ne répond pas. Vérifiez son adresse, et qu’il est allumé."),
        "key": _("Le serveur refuse cette clé. Vérifiez-la."),
        "no_ssh": _("Il manque ssh sur l’ordinateur du lieu : apt install openssh-client"),
        "no_restic": _("Il manque restic sur l’ordinateur du lieu : apt install restic"),
        "full": _("Le disque des sauvegardes est plein. Faites-y de la place."),
        "read_only": _(
            "On ne peut pas écrire à cet endroit. Un dossier doit être sous /mnt, /media, /srv ou"
            " /var/backups."
        ),
        "damaged": _(
            "Une partie des sauvegardes manque ou est abîmée. Vérifiez leur disque, et commencez"
            " dans un autre dossier."
        ),
        "inside": _(
            "C’est là que se trouve le lieu lui-même. Choisissez un autre disque, ou un serveur."
        ),
        "unknown": _("Cette adresse n’est pas celle d’un dossier ni d’un serveur connu."),
        "in_config": _("Les sauvegardes sont réglées dans config.toml : changez-les là."),
    }
    return found.get(cause) or _("La sauvegarde n’a pas abouti. Voici ce qu’en dit le programme.")


def days() -> tuple[tuple[int, str], ...]:
    """When: every day, or on one day of the week."""
    return (
        (0, _("Chaque jour")),
        (1, _("Le lundi")),
        (2, _("Le mardi")),
        (3, _("Le mercredi")),
        (4, _("Le jeudi")),
        (5, _("Le vendredi")),
        (6, _("Le samedi")),
        (7, _("Le dimanche")),
    )
