"""`python -m serve`: see `serve.cli`."""

import sys

from serve.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
