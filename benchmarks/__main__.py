"""``python -m benchmarks``: each line a ratio against a peer, both measured in this run."""

from benchmarks import stage2

print(stage2.table())
