"""The operating-system user of this process."""

import os
import pwd


def user_name() -> str:
    """Return the user's name; its number if it has none, as in a container."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
