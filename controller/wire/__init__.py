"""What crosses MQTT: messages, topics, bytes, signatures and the link."""
