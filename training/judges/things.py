"""Reads what was drawn: the judge behind the `thing` figures of the model card (configs/thing_judge.toml)."""

import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from configs import options
from data.artwork import EVALUATION_FAMILIES, Artwork, load_artwork
from data.pair import composite
from data.photos import random_shape
from data.pool import PhotoPool
from data.pretrain import PairError, make_pretrain_pair
from data.settings import REPO_ROOT, data_dir, work_dir
from data.things import THINGS, Thing
from judges import network as judge

KINDS = {"place": 0.66, "pair": 0.16, "surround": 0.18}  # Kinds of pairs that name one thing, with their shares

SIDE = 192  # pixels of a square picture
PAIRS_A_VIEW = 6
MOST_VIEWS = 600
MOST_PAIRS = 24_000


def weights_of(things: int) -> Path:
    """The judge of the vocabulary's first 60 or 215 things."""
    return REPO_ROOT / "training" / f"thing-classifier{'' if things == 60 else f'-{things}'}.safetensors"


def render(
    things: Sequence[Thing], artwork: Artwork, pool: PhotoPool, rng: np.random.Generator, count: int, until: float
) -> judge.Samples:
    """Up to `count` pairs, the things in turn, until the processor time passes `until`. Raises JudgeError."""
    # Each view several times in a row: reading a photo costs more than a doodle.
    views = (view for _ in itertools.count() for view in [pool.view(random_shape(rng, SIDE), rng)] * PAIRS_A_VIEW)
    rows = []
    while len(rows) < count and (len(rows) < len(things) or time.process_time() < until):
        label = len(rows) % len(things)
        alone = judge.Alone(artwork, things[label])
        for view in itertools.islice(views, MOST_VIEWS):
            try:
                pair = make_pretrain_pair(rng, view, alone, str(rng.choice(list(KINDS), p=list(KINDS.values()))))
            except PairError:
                continue
            rows.append((*judge.crops(pair.image, composite(pair)), label))
            break
        else:
            name = things[label].name
            raise judge.JudgeError(f"none of {MOST_VIEWS} views has room for {name!r}: take it out of the vocabulary")
    return judge.Samples.stack(rows)


def warp(source: Tensor, result: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Turns, stretches, moves and bends pictures [B, 3, S, S] in 0..1: one drawing of a thing has to stand for many."""
    n = len(source)
    spread = lambda low, high: low + (high - low) * torch.rand(n, generator=rng)
    angle, shear = spread(-0.3, 0.3), spread(-0.2, 0.2)
    across, along = spread(0.8, 1.25), spread(0.8, 1.25)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = across * angle.cos(), along * (shear - angle.sin())
    theta[:, 1, 0], theta[:, 1, 1] = across * angle.sin(), along * angle.cos()
    theta[:, :, 2] = torch.rand(n, 2, generator=rng) * 0.3 - 0.15
    size, coarse = source.shape[-1], torch.randn(n, 2, 5, 5, generator=rng)
    bend = F.interpolate(coarse, size, mode="bicubic", align_corners=True)
    grid = F.affine_grid(theta, list(source.shape), align_corners=False)
    grid = grid + bend.permute(0, 2, 3, 1) * (0.05 * torch.rand(n, 1, 1, 1, generator=rng))
    both = F.grid_sample(torch.cat([source, result], 1) - 0.5, grid, align_corners=False) + 0.5  # grey outside
    return both[:, :3], both[:, 3:]


def fade_colour(source: Tensor, result: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same drawing in duller or other colours: the families disagree about them, and shape names a thing."""
    n = len(source)
    drawn = result - source
    mixed = torch.einsum("bij,bjhw->bihw", torch.eye(3) + 0.25 * torch.randn(n, 3, 3, generator=rng), drawn)
    kept = torch.rand(n, 1, 1, 1, generator=rng) < 0.5
    return source, torch.where(kept, result, (source + mixed).clamp(0, 1))


def thing_judge(argv: Sequence[str] | None = None) -> None:
    """The check is of the generator's own artwork on training photos: how well reading carries over to other hands."""
    args = options("thing_judge", argv)
    if args.checks < 1:
        raise SystemExit("--checks: give at least one pair a thing, or nobody knows how well the weights read")
    artwork, own = load_artwork(work_dir(), EVALUATION_FAMILIES), load_artwork(work_dir())
    pool, things = PhotoPool(data_dir(), paste_share=0.0), [t for t in THINGS[: args.things] if t.name in artwork.names]
    made = lambda seed, art, count, until: render(things, art, pool, np.random.default_rng(seed), count, until)
    judge.train_judge(
        args, Path(args.out) if args.out else weights_of(args.things), [thing.name for thing in things],
        lambda seed, until: made(seed, artwork, MOST_PAIRS, until),
        lambda seed: made(seed, own, args.checks * len(things), float("inf")),
        lambda source, result, rng: judge.augment(*warp(*fade_colour(source, result, rng), rng), rng),
    )  # fmt: skip
