"""What went wrong with the provider, and what to do about it, in plain words."""

from collections.abc import Mapping

from controller.integrations.oidc.problems import Problem
from webui.i18n import _


def texts() -> Mapping[Problem, str]:
    """The explanation of each sign-in problem."""
    return {
        Problem.AWAY: _("The identity provider does not answer. Try again in a while."),
        Problem.OTHER_ISSUER: _(
            "The provider calls itself otherwise than in config.toml. Check “issuer”."
        ),
        Problem.NOT_SAFE: _("An address of the provider is not https: nothing is sent there."),
        Problem.CLIENT: _(
            "The provider does not know Loquet, or refuses its secret or its return address. "
            "Check “client_id”, “client_secret_file” and what is declared there."
        ),
        Problem.DECLINED: _("The provider refused, or you gave up."),
        Problem.CODE: _("The way by the provider took too long, or was used. Begin again."),
        Problem.TOKEN: _(
            "What the provider says is not signed by it, or is not for this sign-in. Nobody is "
            "signed in."
        ),
        Problem.NOT_NOW: _("The provider did not ask again who you are. Give the password."),
    }
