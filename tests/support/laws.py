"""How many examples a law is tried with that says so itself."""

from hypothesis import settings

USUAL = 100
"""Of a law that says nothing, in a whole run."""


def examples(number: int) -> int:
    """So many in a whole run; in a quick one as much fewer as of all laws."""
    return max(1, number * settings().max_examples // USUAL)
