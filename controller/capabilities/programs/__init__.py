"""Programs for agents: kept, signed, and brought to one agent after another."""
