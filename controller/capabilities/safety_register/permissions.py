"""The permissions of the feature *safety register*, with the roles that have them."""

from controller.kernel.actor import Permission, Role

SAFETY_WRITE = Permission("safety:write", (Role.MANAGER, Role.DESK, Role.TRAINER))
"""To write into the safety register, and to read it without who was hurt."""
SAFETY_ANSWER = Permission("safety:answer", (Role.MANAGER,))
"""To be responsible for safety: read who was hurt, mark entries as read, annul them."""
