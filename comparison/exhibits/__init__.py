"""The parts of a report and how they are written: tables, cells, the HTML page, LaTeX."""
