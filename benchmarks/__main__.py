"""``python -m benchmarks``: each line is a ratio to a peer or a floor, both measured in this run."""

from benchmarks import comparison, incentives, load, pages, stage2, start

print(start.table())
print()
print(stage2.table())
print()
print(incentives.table())
print()
print(comparison.table())
print()
print(pages.table())
print()
print(load.table())
