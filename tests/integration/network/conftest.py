"""Networks of real processes, on a real PostgreSQL and a real Valkey."""

from tests.databases import database_url, postgres_url, sqlite_template
from tests.valkey import valkey_url

__all__ = ["database_url", "postgres_url", "sqlite_template", "valkey_url"]
