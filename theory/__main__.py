"""``python -m theory``: check an environment and print what the theory predicts for it."""

import os

from theory.threads import ONE_THREAD

os.environ.update(ONE_THREAD)

try:
    from theory.cli import main

    status = main()
except KeyboardInterrupt:  # while modules are still being loaded, for instance
    status = 130
raise SystemExit(status)
