"""Pages and API of the safety register."""
