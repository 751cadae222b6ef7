"""What this feature lets people do, and who may."""

from controller.kernel.actor import Permission, Role

LEND = Permission("lend", (Role.MANAGER, Role.DESK))
"""To lend tools and take them back."""
