"""Measures nano end to end as the app runs it (evaluate/cli.py, configs/evaluate.toml).

python training/evaluate.py [table | sheet] [--flag value ...]
"""

import sys

from evaluate.cli import main

if __name__ == "__main__":
    main(sys.argv[1:])
