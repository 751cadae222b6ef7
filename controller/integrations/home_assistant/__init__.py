"""Home Assistant: machines, doors and rooms through MQTT discovery."""
