"""Reads what was drawn: the judge behind the `thing` figures of the model card.

    python training/thing_classifier.py --minutes 20                          # the first sixty things
    python training/thing_classifier.py --minutes 40 --things 215 --out training/thing-classifier-215.safetensors
    python training/thing_classifier.py --minutes 40 --things 215 --hands --out training/thing-classifier-hands.safetensors

It is trained on artwork of families that the pair generator never uses (pairs.artwork.EVALUATION_FAMILIES), composited on
training photos, never on held-out ones and never on a model's outputs. It sees the part of a picture that changed, before
and after. With --hands it learns what artists draw, too (pairs.hands): its score on a hand's own pictures is that hand's ceiling.
Its score on true pairs, the ceiling of the figure, is measured by evaluate.py. What travels in the weights file as `check` is its
score on the generator's own artwork on training photos: how well reading carries over to hands it has not seen.

The committed weights of the sixty were trained in version 0.6 and stay: versions are compared by one judge. A fifth of their
pairs had gone through TAEF1, whose softness they therefore forgive.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from evaluation import judges
from evaluation.answers import EvaluationError
from evaluation.crops import SIZE, crops
from evaluation.judges import BATCH, PictureNet, as_input, augment
from evaluation.questions import Alone, random_shape
from nano.settings import REPO_ROOT, data_dir, work_dir
from pairs.artwork import EVALUATION_FAMILIES, load_artwork
from pairs.hands import HANDS, load_hand
from pairs.pair import composite
from pairs.photos import Photo
from pairs.pool import PhotoPool
from pairs.pretrain import PairError, make_pretrain_pair
from pairs.thing import Thing
from pairs.things import THINGS

WEIGHTS = REPO_ROOT / "training" / "thing-classifier.safetensors"
WIDTHS = (32, 64, 128, 192)
KINDS = {"place": 0.66, "pair": 0.16, "surround": 0.18}
"""Kinds of pairs that name one thing, with their shares."""

SIDE = 192  # pixels of a square picture
PAIRS_A_VIEW = 6
MOST_VIEWS = 600
BLURS = (3, 3, 5)  # pixels of a crop


@dataclass
class Samples:
    """source, result: uint8 [N, 3, SIZE, SIZE]; label: int64 [N], an index into the things."""

    source: Tensor
    result: Tensor
    label: Tensor


def lasting_views(pool: PhotoPool, rng: np.random.Generator) -> Iterator[Photo]:
    """Views of all shapes without an end, each several times in a row: reading a photo costs more than doodling on it."""
    while True:
        yield from itertools.repeat(pool.view(random_shape(rng, SIDE), rng), PAIRS_A_VIEW)


def render(things: Sequence[Thing], artworks: Sequence, pool: PhotoPool, rng: np.random.Generator, count: int, until: float) -> Samples:
    """Up to `count` pairs, the things in turn, until the processor time passes `until`; at least one of each thing. artworks: one is
    drawn by chance for each pair, among those that show the thing. Raises EvaluationError for a thing without room."""
    views, rows = lasting_views(pool, rng), []
    while len(rows) < count and (len(rows) < len(things) or time.process_time() < until):
        label = len(rows) % len(things)
        own = [artwork for artwork in artworks if things[label].name in artwork.names]
        alone = Alone(own[int(rng.integers(len(own)))], things[label])
        for view in itertools.islice(views, MOST_VIEWS):
            try:
                pair = make_pretrain_pair(rng, view, alone, str(rng.choice(list(KINDS), p=list(KINDS.values()))))
            except PairError:
                continue
            rows.append((*crops(pair.image, composite(pair)), label))
            break
        else:
            raise EvaluationError(f"none of {MOST_VIEWS} views has room for {things[label].name!r}: take it out of the vocabulary")
    sources, results, labels = zip(*rows)
    return Samples(torch.from_numpy(np.stack(sources)), torch.from_numpy(np.stack(results)), torch.tensor(labels))


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
    bend = F.interpolate(torch.randn(n, 2, 5, 5, generator=rng), source.shape[-1], mode="bicubic", align_corners=True)
    grid = F.affine_grid(theta, list(source.shape), align_corners=False)
    grid = grid + bend.permute(0, 2, 3, 1) * (0.05 * torch.rand(n, 1, 1, 1, generator=rng))
    both = F.grid_sample(torch.cat([source, result], 1) - 0.5, grid, align_corners=False) + 0.5  # grey outside
    return both[:, :3], both[:, 3:]


def fade_colour(source: Tensor, result: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same drawing in duller or other colours: the families disagree about them, and shape is what names a thing."""
    n = len(source)
    drawn = result - source
    mixed = torch.einsum("bij,bjhw->bihw", torch.eye(3) + 0.25 * torch.randn(n, 3, 3, generator=rng), drawn)
    kept = torch.rand(n, 1, 1, 1, generator=rng) < 0.5
    return source, torch.where(kept, result, (source + mixed).clamp(0, 1))


def fit(samples: Samples, classes: int, until: float, seed: int) -> PictureNet:
    """Trains a fresh network until the processor time passes `until`."""
    torch.manual_seed(seed)

    def draw(rng: torch.Generator) -> tuple[Tensor, Tensor]:
        at = torch.randint(len(samples.label), (BATCH,), generator=rng)
        pictures = samples.source[at].float() / 255, samples.result[at].float() / 255
        pictures = augment(*warp(*fade_colour(*pictures, rng), rng), rng, BLURS)
        return as_input(*pictures), samples.label[at]

    return judges.fit(PictureNet(classes, WIDTHS), draw, until, seed)


def train(out: Path, minutes: float, checks: int, seed: int, count: int, hands: bool) -> None:
    """Half the processor time renders, half trains; the check is measured afterwards. Writes float16 weights."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start, rng, things = time.process_time(), np.random.default_rng(seed), THINGS[:count]
    artworks = [load_artwork(work_dir(), EVALUATION_FAMILIES), *(load_hand(hand) for hand in HANDS if hands)]
    things = [thing for thing in things if any(thing.name in artwork.names for artwork in artworks)]
    pool = PhotoPool(data_dir(), paste_share=0.0)
    samples = render(things, artworks, pool, rng, 24000, start + 30 * minutes)
    print(f"{len(samples.label)} pairs of {len(things)} things rendered", flush=True)
    net = fit(samples, len(things), start + 60 * minutes, seed).half().float()  # what is checked is what is stored
    other = render(things, [load_artwork(work_dir())], pool, np.random.default_rng(seed + 1), checks * len(things), float("inf"))
    read = judges.predict(net, other.source, other.result).argmax(1)
    check = {"pictures": len(read), "top1": round(float((read == other.label.numpy()).mean()), 4)}
    config = {"size": SIZE, "minutes": minutes, "seed": seed, "pairs": len(samples.label), "batch": BATCH, "hands": hands}
    state = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    save_file(state, out, {"things": json.dumps([thing.name for thing in things]), "check": json.dumps(check), "config": json.dumps(config)})
    print(f"{out}: {out.stat().st_size / 1024:.0f} KiB; top-1 {check['top1']:.1%} of {check['pictures']} pairs of the generator's artwork "
          f"(chance {1 / len(things):.1%}); {time.process_time() - start:.0f} s of processor time in all")  # fmt: skip


def load(path: Path) -> tuple[PictureNet, list[str]]:
    """The network and the things it can read. Raises EvaluationError when the file is missing."""
    if not path.is_file():
        raise EvaluationError(f"{path} is missing: run `python training/thing_classifier.py --out {path} --minutes 20`")
    with safe_open(path, "pt") as file:
        things, state = json.loads(file.metadata()["things"]), {name: file.get_tensor(name).float() for name in file.keys()}
    net = PictureNet(len(things), WIDTHS)
    net.load_state_dict(state)
    return net.eval(), things


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--minutes", type=float, default=20, help="processor time of one thread for rendering and training; the check comes on top")
    parser.add_argument("--checks", type=int, default=3, help="pairs a thing for the check; they cost about a second each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--things", type=int, default=60, help="the first so many of the vocabulary")
    parser.add_argument("--hands", action="store_true", help="learn the six artists' pictures, too")
    args = parser.parse_args()
    if args.checks < 1:
        parser.error("--checks: give at least one pair a thing, or nobody knows how well the weights read")
    train(args.out, args.minutes, args.checks, args.seed, args.things, args.hands)


if __name__ == "__main__":
    main()
