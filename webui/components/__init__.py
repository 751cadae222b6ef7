"""Each part of the pages in all its states, to look at; in the demo only."""
