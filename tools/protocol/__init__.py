"""Makes docs/protocol.md and docs/asyncapi.json from the types, so that they can't differ."""
