"""A picture sheet of made pairs: source | target, the instruction under them.

    python training/pairs_sheet.py --kind pretrain --count 48 --out sheet.png [--edit place] [--style flat] [--held-out] [--seed 1]
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import cv2
import numpy as np
from nano.settings import data_dir, work_dir
from pairs.artwork import load_artwork
from pairs.pair import Pair
from pairs.phrases import PHRASINGS
from pairs.pool import PhotoPool
from pairs.pretrain import KIND_WEIGHTS, PairError, make_pretrain_pair

BUCKETS = ((192, 192), (224, 160), (160, 224), (256, 144), (144, 256))
CELL = 192


def cell(pair: Pair) -> np.ndarray:
    """Source and target side by side with four lines of text: uint8 [CELL + 52, 2 * CELL + 8, 3]."""
    picture = np.hstack([pair.source, pair.target])
    fit = min(2 * CELL / picture.shape[1], CELL / picture.shape[0])
    picture = cv2.resize(picture, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
    out = np.full((CELL + 52, 2 * CELL + 8, 3), 255, np.uint8)
    out[: picture.shape[0], : picture.shape[1]] = picture
    for line, text in enumerate(textwrap.wrap(f"{pair.text} [{pair.coverage:.0%}]", 62)[:4]):
        cv2.putText(out, text, (2, CELL + 11 + 12 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
    return out


def make_pairs(arguments: argparse.Namespace) -> list[Pair]:
    """Pairs on random views of the training photos, or of the held-out ones."""
    rng = np.random.default_rng(arguments.seed)
    pool = PhotoPool(data_dir(), arguments.held_out)
    artwork = load_artwork(work_dir())
    pairs: list[Pair] = []
    while len(pairs) < arguments.count:
        size = BUCKETS[int(rng.choice(len(BUCKETS), p=(0.6, 0.1, 0.1, 0.1, 0.1)))]
        size = tuple(int(side * arguments.scale) for side in size)
        view = pool.view(size, rng)
        try:
            if arguments.kind == "pretrain":
                pairs.append(make_pretrain_pair(rng, view, artwork, arguments.edit, arguments.phrasing))
            else:
                from pairs.styles import STYLES, make_style_pair

                style = arguments.style or STYLES[len(pairs) % len(STYLES)]
                pairs.append(make_style_pair(style, rng, view))
        except PairError as error:
            print(error)
    return pairs


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=("pretrain", "style"), default="pretrain")
    parser.add_argument("--edit", choices=tuple(KIND_WEIGHTS), help="only this kind of pre-training edit")
    parser.add_argument("--phrasing", choices=PHRASINGS, default="train")
    parser.add_argument("--held-out", action="store_true", help="on the photos kept for evaluation")
    parser.add_argument("--style", help="only this style")
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="picture size relative to 192 px")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    cells = [cell(pair) for pair in make_pairs(arguments)]
    while len(cells) % arguments.columns:
        cells.append(np.full_like(cells[0], 255))
    rows = [np.hstack(cells[i : i + arguments.columns]) for i in range(0, len(cells), arguments.columns)]
    cv2.imwrite(str(arguments.out), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
