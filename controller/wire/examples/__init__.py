"""Examples of all MQTT messages, for the documents and for tests."""
