"""Permissions of this feature, and the roles that have them."""

from controller.kernel.actor import Permission, Role

HOME_ASSISTANT = Permission("home:doors", (Role.MANAGER,))
"""To say which doors a Home Assistant may open."""
