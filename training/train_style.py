"""Trains one style, an EditLoRA on both networks: `run.py style` under the name that docs/styles.md uses.

python training/train_style.py --own my.jsonl --name mystyle --minutes 5
"""

import sys

from run import main

if __name__ == "__main__":
    main(["style", *sys.argv[1:]])
