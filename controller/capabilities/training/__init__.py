"""Courses, their sessions, certifications and who holds them."""
