"""One feature per capability, in the order of `controller/assembly.py`."""
