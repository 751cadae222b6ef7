"""Home Assistant: a site's machines, doors and rooms through MQTT discovery, on a broker of its
own."""
