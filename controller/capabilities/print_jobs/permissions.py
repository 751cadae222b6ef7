"""Who may speak for a printer, and who sees what was printed; also the scopes of its token."""

from controller.kernel.actor import Permission
from controller.kernel.roles import Role

PRINTS_WRITE = Permission("prints:write", (Role.MANAGER,))
PRINTS_READ = Permission("prints:read", (Role.MANAGER,))
