"""Reads which artist's hand a doodle is in: the judge behind the `style` figure (configs/style_judge.toml)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from configs import options
from data.pair import composite
from data.photos import PhotoInfo, is_held_out, load_index, load_photo, random_shape, random_view
from data.pretrain import PairError
from data.settings import data_dir
from data.styles import STYLES, make_style_pair
from judges.network import (
    FOLDER,
    JudgeError,
    PictureNet,
    Samples,
    augment,
    crops,
    fit,
    load_net,
    predict,
    save_net,
    top1,
)

WEIGHTS = FOLDER / "style-classifier.safetensors"
SIZE = 96  # pixels a side of what the network sees: chalk lines and fur are still apart
SIDE = 256  # pixels of a square picture
MOST_PAIRS = 8000


def render(infos: list[PhotoInfo], rng: np.random.Generator, count: int, until: float) -> Samples:
    """Up to `count` pairs, the styles in turn, until the processor time passes `until`; at least one of each style."""
    weight = np.array([info.weight for info in infos])
    rows: list[tuple[np.ndarray, np.ndarray, int]] = []
    while len(rows) < count and (len(rows) < len(STYLES) or time.process_time() < until):
        label = len(rows) % len(STYLES)
        photo = load_photo(infos[rng.choice(len(infos), p=weight / weight.sum())], data_dir())
        try:
            pair = make_style_pair(STYLES[label], rng, random_view(photo, random_shape(rng, SIDE), rng))
        except PairError:
            continue
        rows.append((*crops(pair.image, composite(pair), SIZE), label))
    return Samples.stack(rows)


def score(probability: np.ndarray, label: np.ndarray) -> dict:
    """top1 overall, per style (null where there are no pictures) and the confusion matrix, rows true, columns read."""
    confusion = np.zeros((len(STYLES), len(STYLES)), int)
    np.add.at(confusion, (label, probability.argmax(1)), 1)
    shares = [round(float(row[i] / row.sum()), 4) if row.any() else None for i, row in enumerate(confusion)]
    figures = {
        "pictures": len(label),
        "top1": top1(probability, torch.as_tensor(label)),
        "confusion": confusion.tolist(),
    }
    return figures | {"per_style": dict(zip(STYLES, shares)), "styles": list(STYLES)}


def show(figures: dict) -> None:
    """Prints a score as a small table."""
    print(f"rendered pairs of held-out photos: top-1 {figures['top1']:.1%} of {figures['pictures']}")
    print(" " * 18 + "".join(f"{s:>9}" for s in figures["styles"]))
    for name, row in zip(figures["styles"], figures["confusion"]):
        share = figures["per_style"][name]
        print(f"{name:>9} {'-' if share is None else f'{share:.0%}':>7} " + "".join(f"{n:>9}" for n in row))


def style_judge(argv: Sequence[str] | None = None) -> None:
    """Half the processor time renders, half trains; the ceiling is measured afterwards and stored with the weights."""
    args = options("style_judge", argv)
    torch.set_num_threads(1)
    out, infos = Path(args.out) if args.out else WEIGHTS, load_index(data_dir())
    start, rng = time.process_time(), np.random.default_rng(args.seed)
    known, held = [i for i in infos if not is_held_out(i.id)], [i for i in infos if is_held_out(i.id)]
    samples = render(known, rng, MOST_PAIRS, start + 30 * args.minutes)
    net = fit(len(STYLES), samples, augment, start + 60 * args.minutes, args.seed)
    truth = render(held, np.random.default_rng(args.seed + 1), args.holdout * len(STYLES), float("inf"))
    ceiling = score(predict(net, truth.source, truth.result), truth.label.numpy())
    show(ceiling)
    facts = vars(args) | {"size": SIZE, "pairs": len(samples.label)}
    save_net(out, net, styles=STYLES, ceiling=ceiling, config=facts)
    print(f"{out}: {time.process_time() - start:.0f} s of processor time in all")


def load(path: Path) -> tuple[PictureNet, dict]:
    """The network and its ceiling. Raises JudgeError for a file of other styles, or none."""
    net, about = load_net(path, "style_judge --minutes 30", "styles")
    if tuple(about["styles"]) != STYLES:
        raise JudgeError(f"{path} knows the styles {about['styles']}, not {STYLES}: train it again")
    return net, about["ceiling"]
