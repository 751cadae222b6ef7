"""Access points at the agent: machines and doors, taps, senses and outputs."""
