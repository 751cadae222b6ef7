"""The web side of *accounts*."""

from controller.kernel.actor import Permission
from webui.accounts import address, api, first, links, me, pages, provider, signin, tokens_api
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration

FEATURE = Feature(
    name="accounts",
    api=(*api.ROUTES, *tokens_api.ROUTES),
    pages=(
        signin.pages,
        first.pages,
        links.pages,
        provider.pages,
        me.pages,
        address.pages,
        provider.own,
        pages.pages,
    ),
    integration=Integration(
        name=lambda: _("Sign-in with a provider"),
        icon="log-in",
        summary=lambda: _(
            "Sign in to Loquet with accounts from another organisation, using OpenID Connect."
        ),
        permission=Permission.RULES_WRITE,
        health=provider.health,
        lines='[oidc]\nissuer = "https://id.town.example"\nclient_id = "loquet"\nname = "Town"',
        guide="security-officer.html",
    ),
)
