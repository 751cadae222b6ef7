"""API of accounts: their roles by site and their passwords, for admins."""

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
        "Set an account's password; its sessions end",
    ),
    serves(
        "POST",
        "/accounts/{id}/disable",
        account_admin.disable,
        _ADMIN,
        "Close an account: its sessions and tokens end, its roles are kept",
    ),
    serves("POST", "/accounts/{id}/enable", account_admin.enable, _ADMIN, "Reopen an account"),
]
