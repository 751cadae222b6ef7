"""Permissions of this feature, and the roles that have them."""

from controller.kernel.actor import Permission
from controller.kernel.roles import Role

WEBHOOKS = Permission("webhooks", (Role.MANAGER,))
"""To have other programs told of what changes."""
