"""Let root act in the service user's folders only with that user's rights."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.cli.installing.layout import Layout
from controller.settings import Settings, SettingsError
from controller.settings.reading import load

_NOBODY = 65534


@contextmanager
def rights_of(user: str | None) -> Iterator[None]:
    """Access files as that user during the block, so that planted links do no harm.

    Keeps the caller's rights if `user` is None or the caller isn't root. Unknown user: `nobody`.
    """
    if user is None or os.geteuid() != 0:
        yield
        return
    try:
        entry = pwd.getpwnam(user)
        uid, gid = entry.pw_uid, entry.pw_gid
    except KeyError:
        uid = gid = _NOBODY
    groups, own_group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(own_group)
        os.setgroups(groups)


@contextmanager
def write_rights_of(user: str | None, path: Path) -> Iterator[None]:
    """Like `rights_of`, for writing. Raises SettingsError if the user may not."""
    try:
        with rights_of(user):
            yield
    except PermissionError as error:
        raise SettingsError(
            f"{error.filename or path}: {user or 'this user'} can't write it; chown {user}: {path}"
        ) from error


def installed_settings(layout: Layout) -> Settings | None:
    """Return the settings of an existing installation; None: there is none. Raises SettingsError.

    They are read with the user's rights, because the services can write them.
    """
    config = layout.config
    with rights_of(layout.user):
        try:
            os.stat(config)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingsError(f"{config}: {error.strerror} for {layout.user}") from error
        return load(config)
