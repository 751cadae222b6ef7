"""The features of the controller, one folder each; their order is in `controller/assembly.py`."""
