"""Reads whose hand a doodle is in: the judge behind the `style` figures (configs/style_judge.toml)."""

import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from configs import options
from data.pair import composite
from data.photos import random_shape
from data.pool import PhotoPool
from data.pretrain import PairError
from data.settings import REPO_ROOT, data_dir
from data.styles import STYLES, make_style_pair
from judges.network import SIZE, PictureNet, Samples, augment, crops, fit, load_judge, predict, save_judge, top1

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
    """Half the processor time renders, half trains; its score on pairs of held-out photos is measured afterwards."""
    args = options("style_judge", argv)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start, rng = time.process_time(), np.random.default_rng(args.seed)
    samples = render(PhotoPool(data_dir(), paste_share=0.0), rng, MOST_PAIRS, start + 30 * args.minutes)
    print(f"{len(samples.label)} pairs rendered", flush=True)
    net = fit(len(STYLES), samples, augment, start + 60 * args.minutes, args.seed)
    held, others = PhotoPool(data_dir(), held_out=True), np.random.default_rng(args.seed + 1)
    truth = render(held, others, args.checks * len(STYLES), float("inf"))
    check = {"pictures": len(truth.label), "top1": top1(predict(net, truth.source, truth.result), truth.label)}
    out = Path(args.out) if args.out else WEIGHTS
    save_judge(out, net, STYLES, check=check, config=vars(args) | {"size": SIZE, "pairs": len(samples.label)})
    print(f"{out}: top-1 {check['top1']:.1%} of {check['pictures']} pairs of held-out photos")


def load(path: Path = WEIGHTS) -> tuple[PictureNet, list[str]]:
    """The network and the styles it can tell. Raises JudgeError when the file is missing."""
    return load_judge(path, "style_judge")
