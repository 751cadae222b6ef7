"""Programs for agents: sign them, store them, and roll them out to one agent after another."""
