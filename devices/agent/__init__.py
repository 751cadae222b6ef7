"""The process on a Pi: it decides at a tap, moves the outputs, and tells the controller later."""
