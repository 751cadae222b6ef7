"""What crosses the wire as JSON Schema and AsyncAPI."""
