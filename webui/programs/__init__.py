"""Programs for agents: fetched by them, and shown on the page of agents."""
