"""The policy digest: a sum over rows that controller and agent update row by row."""

import hashlib

_MODULUS = 1 << 256


def _row_digest(table: str, key: str, version: int) -> int:
    text = f"{table}\n{key}\n{version}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


class PolicyDigest:
    """Sum of SHA-256(table LF key LF version) over all rows, modulo 2^256.

    Removed rows count too: each row counts once, with its newest version.
    """

    def __init__(self, text: str = "0" * 64) -> None:
        self._sum = int(text, 16) % _MODULUS

    def add(self, table: str, key: str, version: int) -> None:
        """Add a row."""
        self._sum = (self._sum + _row_digest(table, key, version)) % _MODULUS

    def remove(self, table: str, key: str, version: int) -> None:
        """Remove a row that was added."""
        self._sum = (self._sum - _row_digest(table, key, version)) % _MODULUS

    def replace(self, table: str, key: str, old: int | None, new: int) -> None:
        """Replace a row's old version by its new one. None: it had none."""
        if old is not None:
            self.remove(table, key, old)
        self.add(table, key, new)

    @property
    def text(self) -> str:
        """The sum as 64 digits of lower-case hex."""
        return f"{self._sum:064x}"
