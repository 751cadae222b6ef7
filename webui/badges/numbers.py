"""The number of a badge as it is typed into a page: read as everywhere else."""

from controller.capabilities.badges.numbers import is_number, read_number

__all__ = ["is_number", "read_number"]
