"""All that touches oTree's private interface, and nothing else."""
