"""What went wrong with the provider, and what to do about it, in plain words."""

from collections.abc import Mapping

from controller.integrations.oidc.problems import Problem
from webui.i18n import _


def texts() -> Mapping[Problem, str]:
    """Of each problem."""
    return {
        Problem.AWAY: _("Le fournisseur d’identité ne répond pas. Réessayez dans un moment."),
        Problem.OTHER_ISSUER: _(
            "Le fournisseur s’appelle autrement que dans config.toml. Vérifiez « issuer »."
        ),
        Problem.NOT_SAFE: _("Une adresse du fournisseur n’est pas en https : rien n’y est envoyé."),
        Problem.CLIENT: _(
            "Le fournisseur ne connaît pas Loquet, ou refuse son secret ou son adresse de retour. "
            "Vérifiez « client_id », « client_secret_file » et ce qui est déclaré chez lui."
        ),
        Problem.DECLINED: _("Le fournisseur n’a pas voulu, ou vous avez renoncé."),
        Problem.CODE: _(
            "Le passage par le fournisseur a été trop long, ou sert déjà. Recommencez."
        ),
        Problem.TOKEN: _(
            "Ce que dit le fournisseur n’est pas signé par lui, ou n’est pas pour cette connexion. "
            "Personne n’est connecté."
        ),
        Problem.NOT_NOW: _(
            "Le fournisseur n’a pas redemandé qui vous êtes. Donnez le mot de passe."
        ),
    }
