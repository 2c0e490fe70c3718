"""Reads whose hand a doodle is in: the judge behind the `style` figures (configs/style_judge.toml)."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from configs import options
from data.pair import composite
from data.photos import random_shape
from data.pool import PhotoPool
from data.pretrain import PairError
from data.settings import REPO_ROOT, data_dir
from data.styles import STYLES, make_style_pair
from judges.network import Samples, crops, train_judge

WEIGHTS = REPO_ROOT / "training" / "style-classifier.safetensors"
SIDE = 256  # pixels of a square picture
MOST_PAIRS = 9000


def render(pool: PhotoPool, rng: np.random.Generator, count: int, until: float) -> Samples:
    """Up to `count` pairs, the styles in turn, until the processor time passes `until`; at least one of each style."""
    rows = []
    while len(rows) < count and (len(rows) < len(STYLES) or time.process_time() < until):
        label = len(rows) % len(STYLES)
        try:
            pair = make_style_pair(STYLES[label], rng, pool.view(random_shape(rng, SIDE), rng))
        except PairError:
            continue
        rows.append((*crops(pair.image, composite(pair)), label))
    return Samples.stack(rows)


def style_judge(argv: Sequence[str] | None = None) -> None:
    """The check is of held-out photos."""
    args = options("style_judge", argv)
    pool, held = PhotoPool(data_dir(), paste_share=0.0), PhotoPool(data_dir(), held_out=True)
    drawn = lambda seed, until: render(pool, np.random.default_rng(seed), MOST_PAIRS, until)
    check = lambda seed: render(held, np.random.default_rng(seed), args.checks * len(STYLES), float("inf"))
    train_judge(args, Path(args.out) if args.out else WEIGHTS, STYLES, drawn, check)
