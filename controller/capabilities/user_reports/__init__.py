"""What people tell: faults, needs, and notes from one shift to the next."""
