"""Home Assistant: machines, doors and rooms of a site by MQTT discovery, on a broker of its own."""
