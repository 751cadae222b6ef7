"""What the agent and the controller say to each other over MQTT."""
