"""Examples of everything that is sent over MQTT: for the documents, and as expected bytes in
tests."""
