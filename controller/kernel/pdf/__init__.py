"""Tagged PDF (PDF/UA-1) from HTML, made in a process of its own."""
