"""The *Bench* page of the demo, with simulated hardware."""
