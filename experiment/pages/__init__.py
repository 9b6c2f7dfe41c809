"""From what a subject may know to what each page shows: template variables and the data of its script."""
