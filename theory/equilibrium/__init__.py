"""Sections 3.1 and 3.2: equilibria of stage 1 and stage 2, the limit economy, and the benchmarks beside them."""
