"""The HTTP API under /api/v1: a table of routes, which also generates the OpenAPI document."""
