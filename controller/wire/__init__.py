"""The MQTT protocol between controller and agents: messages, topics, encoding and signatures."""
