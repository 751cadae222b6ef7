"""What this feature lets people do, and who may."""

from controller.kernel.actor import Permission
from controller.kernel.roles import Role

WEBHOOKS = Permission("webhooks", (Role.MANAGER,))
"""To have other programs told of what changes."""
