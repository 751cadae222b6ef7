"""The microcontroller that fails safe."""
