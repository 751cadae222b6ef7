"""API of accounts: their roles by site and their passwords, for admins."""

from controller.capabilities.accounts import admin as account_admin
from controller.capabilities.accounts.shapes import AccountFields
from controller.kernel.actor import Permission
from webui.api.crud import read_routes, service_route, write_routes

_ADMIN = Permission.ACCOUNTS_WRITE


ROUTES = [
    *read_routes("/accounts", account_admin, _ADMIN, what="accounts"),
    *write_routes("/accounts", account_admin, _ADMIN, fields=AccountFields, what="accounts"),
    service_route(
        "POST",
        "/accounts/{id}/password",
        account_admin.set_password,
        _ADMIN,
        "Set an account's password; its sessions end",
    ),
    service_route(
        "POST",
        "/accounts/{id}/disable",
        account_admin.disable,
        _ADMIN,
        "Close an account: its sessions and tokens end, its roles are kept",
    ),
    service_route(
        "POST", "/accounts/{id}/enable", account_admin.enable, _ADMIN, "Reopen an account"
    ),
]
