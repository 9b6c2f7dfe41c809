"""Many economies at once: grids of environments, measures of each, and the work distributed over processes."""
