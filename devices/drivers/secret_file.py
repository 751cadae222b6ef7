"""Writes a new secret to a file that only its owner may read."""

import os


def write_secret(secret: str, path: str) -> None:
    """Write a new file. Raises OSError, also if the file exists: a key is never overwritten."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(f"{secret}\n")
