"""From what a subject may know to what a page shows; numbers are formatted here, words stand in the templates."""
