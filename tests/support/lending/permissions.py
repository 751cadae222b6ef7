"""What this feature lets people do, and who may."""

from controller.kernel.actor import Permission
from controller.kernel.roles import Role

LEND = Permission("lend", (Role.MANAGER, Role.DESK))
"""To lend tools and take them back."""
