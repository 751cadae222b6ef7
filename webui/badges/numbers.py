"""Badge numbers as typed into a page, read by the same rules as everywhere else."""

from controller.capabilities.badges.numbers import is_number, read_number

__all__ = ["is_number", "read_number"]
