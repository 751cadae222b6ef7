"""API for one's own tokens for programs."""

import msgspec

from controller.capabilities.accounts import tokens
from controller.kernel.actor import Permission
from webui.api.crud import Paged, calls_service, service_route
from webui.api.route import Call, Reply, Route


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new token; its secret is shown once."""

    id: str
    name: str
    token: str


def _add_token(call: Call) -> Reply:
    new = call.body
    account = call.actor.account_id or ""
    token, secret = tokens.add(
        call.db, account, new.name, new.scopes, call.now, call.actor, new.expires_at, new.per_minute
    )
    return Reply(TokenMade(id=token.id, name=token.name, token=secret))


ROUTES = [
    service_route(
        "GET", "/tokens", tokens.page, Permission.RULES_READ, "List own tokens", query=Paged
    ),
    Route(
        method="POST",
        path="/tokens",
        handler=_add_token,
        body=tokens.NewToken,
        answers=TokenMade,
        status=201,
        permission=Permission.OWN_WRITE,
        summary="Create a token for oneself",
    ),
    Route(
        method="POST",
        path="/tokens/{id}/revoke",
        handler=calls_service(tokens.revoke, "id"),
        answers=tokens.Token,
        permission=Permission.RULES_READ,
        summary="Revoke a token",
    ),
]
