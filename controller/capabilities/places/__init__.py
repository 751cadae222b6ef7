"""Sites, their zones and schedules."""
