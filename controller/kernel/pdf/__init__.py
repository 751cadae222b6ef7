"""Tagged PDF (PDF/UA-1) from HTML, created in a separate process."""
