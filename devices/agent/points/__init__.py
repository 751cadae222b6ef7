"""The agent's access points: machines and doors, with their taps, inputs and outputs."""
