"""Meters for 3D printers whose print server reports whether a job runs."""
