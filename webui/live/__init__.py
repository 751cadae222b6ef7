"""The *Live* pages: board, plan, day, and the stream of changes."""
