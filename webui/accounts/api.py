"""Accounts, their roles by site and passwords, for the admins of their sites."""

from controller.capabilities.accounts import admin as account_admin
from controller.capabilities.accounts.shapes import AccountFields
from controller.kernel.actor import Permission
from webui.api.crud import reads, serves, writes

_ADMIN = Permission.ACCOUNTS_WRITE


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
    serves(
        "POST",
        "/accounts/{id}/disable",
        account_admin.disable,
        _ADMIN,
        "End its sign-ins and tokens; its roles wait",
    ),
    serves("POST", "/accounts/{id}/enable", account_admin.enable, _ADMIN, "Let it sign in again"),
]
