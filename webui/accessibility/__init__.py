"""The accessibility statement: what was tested, how, when, and with what result."""
