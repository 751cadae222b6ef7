"""Programs for agents: signed, stored, and rolled out to one agent after another."""
