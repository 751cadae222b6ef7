"""The error of the wire package."""


class WireError(ValueError):
    """Raised for received bytes that break the protocol; its text is one line."""

    def __init__(self, what: str) -> None:
        super().__init__(" ".join(what.split())[:500])
