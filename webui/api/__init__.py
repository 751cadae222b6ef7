"""The HTTP API under /api/v1: a table of routes, from which OpenAPI is generated too."""
