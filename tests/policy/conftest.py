"""The place of the features' tests: what features say of it becomes policy."""

from tests.capabilities.conftest import clock, database, live, place

__all__ = ["clock", "database", "live", "place"]
