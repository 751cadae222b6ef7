"""Keep a new secret in a file that its owner alone may read."""

import os


def keep(secret: str, path: str) -> None:
    """Write a new file. Raises OSError, also when there is one: a key is never overwritten."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(f"{secret}\n")
