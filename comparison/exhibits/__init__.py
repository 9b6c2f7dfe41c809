"""What a report consists of, and how it is written: tables, cells, the HTML page, LaTeX."""
