"""The MQTT protocol as JSON Schema and AsyncAPI."""
