"""Access points: machines and doors, their rules, commissioning and commands."""
