"""Drivers for the firmware bridge, the microcontroller that fails safe."""
