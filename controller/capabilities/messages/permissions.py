"""Permissions of this feature, and the roles that have them."""

from controller.kernel.actor import Permission, Role

MESSAGES = Permission("messages", (Role.MANAGER,))
"""To see to whom the place wrote and how it went, to try the mail server, and who is woken."""
