"""Section 2.1: the economy that an environment file describes, its utilities, and how such a file is read and written."""
