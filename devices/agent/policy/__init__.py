"""The agent's signed copy of its site's facts."""
