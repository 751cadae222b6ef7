"""What the room *accounts* gives to the web side."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.accounts import address, api, first, links, me, pages, provider, signin, tokens_api
from webui.i18n import _
from webui.integration import Integration
from webui.room import Room

ROOM = Room(
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
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("Connexion par un fournisseur"),
        icon="log-in",
        summary=lambda: _("Les comptes d’une autre maison ouvrent ceux d’ici, par OpenID Connect."),
        permission=Permission.RULES_WRITE,
        health=provider.health,
    ),
)
