"""``python -m theory``: check an environment and print what the theory predicts for it."""

from theory.cli import main

raise SystemExit(main())
