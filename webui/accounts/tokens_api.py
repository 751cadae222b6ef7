"""Tokens for programs."""

import msgspec

from controller.capabilities.accounts import tokens
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import Paged, cursor_of, does
from webui.api.route import Call, Reply, Route


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new token; its secret is shown once."""

    id: str
    name: str
    token: str


def _tokens(call: Call) -> Reply:
    return Reply(tokens.page(call.db, actor=call.actor, cursor=cursor_of(call.query)))


def _add_token(call: Call) -> Reply:
    new = call.body
    account = call.actor.account_id or ""
    made, secret = tokens.add(
        call.db, account, new.name, new.scopes, call.now, call.actor, new.expires_at, new.per_minute
    )
    return Reply(TokenMade(id=made.id, name=made.name, token=secret))


ROUTES = [
    Route(
        method="GET",
        path="/tokens",
        handler=_tokens,
        query=Paged,
        answers=Page[tokens.Token],
        permission=Permission.RULES_READ,
        summary="One's own tokens",
    ),
    Route(
        method="POST",
        path="/tokens",
        handler=_add_token,
        body=tokens.NewToken,
        answers=TokenMade,
        status=201,
        permission=Permission.OWN_WRITE,
        summary="Make a token for oneself",
    ),
    Route(
        method="POST",
        path="/tokens/{id}/revoke",
        handler=does(tokens.revoke, "id"),
        answers=tokens.Token,
        permission=Permission.RULES_READ,
        summary="End a token",
    ),
]
