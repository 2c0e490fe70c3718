"""A picture sheet of made pairs: what is seen with boxes and heads | the complete layer on grey, the instruction under them.

    python training/pairs_sheet.py --count 48 --out sheet.png [--edit two] [--style flat] [--held-out] [--seed 1]
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import cv2
import numpy as np
from nano.settings import data_dir, work_dir
from pairs.artwork import load_artwork
from pairs.pair import Pair, composite
from pairs.phrases import PHRASINGS
from pairs.photos import Photo
from pairs.pool import PhotoPool
from pairs.pretrain import KIND_WEIGHTS, PairError, make_pretrain_pair

ASPECTS = (1.0, 1.0, 1.0, 0.75, 1.33, 0.56, 1.78)
CELL = 256
PADDED = 0.2
"""Share of the photo's sides shown about it beside the picture: layers go on beyond the edge."""

KIND_COLOURS = {"front": (230, 40, 40), "behind": (40, 90, 230), "both": (190, 40, 190), "whole": (40, 150, 60)}


def seen(pair: Pair, view: Photo) -> np.ndarray:
    """The visible picture with the elements' boxes in their kind's colour and the head's in yellow: uint8 [H, W, 3]."""
    picture = composite(pair)
    boxes = [(element.box, KIND_COLOURS[element.kind]) for element in pair.elements]
    for box, colour in boxes + ([(view.head.box, (240, 220, 0))] if view.head is not None else []):
        x0, y0, x1, y1 = (round(v) for v in box)
        cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), colour, 1)
    return picture


def layers(pair: Pair) -> np.ndarray:
    """All elements complete, over grey, the photo's edge as a line: uint8 [h, w, 3]."""
    height, width = pair.matte.shape
    m = round(PADDED * max(height, width))
    out = np.full((height + 2 * m, width + 2 * m, 3), 0.62, np.float32)
    for element in pair.elements:
        planes = element.crop((-m, -m, width + m, height + m), width + 2 * m, height + 2 * m)
        out = out * (1 - planes[..., 3:4]) + planes[..., :3]
    picture = np.ascontiguousarray(np.rint(out * 255).astype(np.uint8))
    cv2.rectangle(picture, (m, m), (m + width, m + height), (90, 90, 90), 1)
    return picture


def cell(pair: Pair, view: Photo) -> np.ndarray:
    """Both pictures side by side with the instruction and each element's words: uint8 [CELL + 64, 2 * CELL + 8, 3]."""
    out = np.full((CELL + 64, 2 * CELL + 8, 3), 255, np.uint8)
    for left, picture in ((0, seen(pair, view)), (CELL + 2, layers(pair))):
        fit = CELL / max(picture.shape[:2])
        picture = cv2.resize(picture, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
        out[: picture.shape[0], left : left + picture.shape[1]] = picture
    words = " | ".join(dict.fromkeys(pair.words(element) for element in pair.elements))
    lines = textwrap.wrap(pair.text, 78)[:3] + [f"{pair.meta['kind']}: {words}"[:90]]
    for line, text in enumerate(lines):
        colour = (0, 0, 0) if line < len(lines) - 1 else (0, 60, 160)
        cv2.putText(out, text, (2, CELL + 12 + 14 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)
    return out


def make_cells(arguments: argparse.Namespace) -> list[np.ndarray]:
    """Cells of pairs on random views of the training photos, or of the held-out ones."""
    rng = np.random.default_rng(arguments.seed)
    pool = PhotoPool(data_dir(), arguments.held_out)
    artwork = load_artwork(work_dir())
    cells: list[np.ndarray] = []
    while len(cells) < arguments.count:
        aspect = ASPECTS[int(rng.integers(len(ASPECTS)))]
        view = pool.view((round(arguments.size / aspect**0.5), round(arguments.size * aspect**0.5)), rng)
        try:
            if arguments.kind == "pretrain":
                pair = make_pretrain_pair(rng, view, artwork, arguments.edit, arguments.phrasing, arguments.things)
            else:
                from pairs.styles import STYLES, make_style_pair

                pair = make_style_pair(arguments.style or STYLES[len(cells) % len(STYLES)], rng, view)
            cells.append(cell(pair, view))
        except (PairError, ValueError) as error:  # a hand's refusal is a ValueError
            print(error)
    return cells


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=("pretrain", "style"), default="pretrain")
    parser.add_argument("--edit", choices=tuple(KIND_WEIGHTS), help="only this kind of pre-training edit")
    parser.add_argument("--phrasing", choices=PHRASINGS, default="train")
    parser.add_argument("--things", type=int, help="only the first so many of the vocabulary")
    parser.add_argument("--held-out", action="store_true", help="on the photos kept for evaluation")
    parser.add_argument("--style", help="only this style")
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=320, help="side of the views in pixels, as a square of their area")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    cells = make_cells(arguments)
    while len(cells) % arguments.columns:
        cells.append(np.full_like(cells[0], 255))
    rows = [np.hstack(cells[i : i + arguments.columns]) for i in range(0, len(cells), arguments.columns)]
    cv2.imwrite(str(arguments.out), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
