"""The agent's MQTT messages from and to the controller."""
