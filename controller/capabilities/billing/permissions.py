"""Permissions of this feature, and the roles that have them."""

from controller.kernel.actor import Permission, Role

MONEY_READ = Permission("money:read", (Role.MANAGER, Role.TREASURER))
"""To see tariffs, charges, statements and payments, with who owes them."""
MONEY_WRITE = Permission.MONEY_WRITE
"""To set tariffs, grant remissions, note payments of statements, and close months."""
MONEY_TAKE = Permission("money:take", (Role.MANAGER, Role.TREASURER, Role.DESK))
"""To sell at the desk, and to note what was paid."""
