"""Many economies at once: grids of environments, measures of each, and the work spread over processes."""
