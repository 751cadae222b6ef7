"""The store's tests run on both kinds of database."""

from tests.databases import database_url, engine, postgres_url, sqlite_template

__all__ = ["database_url", "engine", "postgres_url", "sqlite_template"]
