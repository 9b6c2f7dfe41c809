"""``python -m comparison``: see ``comparison.cli``."""

from comparison.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
