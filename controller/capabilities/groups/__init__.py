"""Groups with one badge for all, and the supervision windows in which they may work."""
