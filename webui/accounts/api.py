"""Accounts, their roles by site and passwords, for the admins of their sites."""

from collections.abc import Callable
from typing import Any

from controller.capabilities.accounts import admin as account_admin
from controller.capabilities.accounts.shapes import AccountFields, AccountShape
from controller.kernel.actor import Permission
from webui.api.crud import Nothing, reads, serves, versioned, writes
from webui.api.route import Call, Reply, Route

_ADMIN = Permission.ACCOUNTS_WRITE


def _action(word: str, action: Callable[..., Any], summary: str) -> Route:
    def handle(call: Call) -> Reply:
        return versioned(action(call.db, call.path["id"], actor=call.actor, now=call.now))

    return Route(
        method="POST",
        path=f"/accounts/{{id}}/{word}",
        handler=handle,
        body=Nothing,
        answers=AccountShape,
        permission=_ADMIN,
        summary=summary,
    )


ROUTES = [
    *reads("/accounts", account_admin, _ADMIN, what="accounts"),
    *writes("/accounts", account_admin, _ADMIN, fields=AccountFields, what="accounts"),
    serves(
        "POST",
        "/accounts/{id}/password",
        account_admin.set_password,
        _ADMIN,
        "Give an account another password; its sign-ins end",
    ),
    _action("disable", account_admin.disable, "End its sign-ins and tokens; its roles wait"),
    _action("enable", account_admin.enable, "Let it sign in again"),
]
