"""A picture of made pairs (configs/sheet.toml)."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from configs import options
from data.artwork import load_artwork
from data.pair import Pair, composite
from data.photos import Photo, random_shape
from data.pool import PhotoPool
from data.pretrain import PairError, make_pretrain_pair
from data.settings import data_dir, work_dir
from data.styles import STYLES, make_style_pair
from evaluate.pages import page

PADDED = 0.2  # Share of the photo's sides shown about it beside the picture: layers go on beyond the edge
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


def made(args: Namespace) -> Iterator[tuple[Pair, Photo]]:
    """Pairs on random views of the training photos, or of the held-out ones, without end."""
    rng, number = np.random.default_rng(args.seed), 0
    pool, artwork = PhotoPool(data_dir(), args.held_out), load_artwork(work_dir())
    while True:
        view = pool.view(random_shape(rng, args.size), rng)
        style = STYLES[number % len(STYLES)] if args.style == "all" else args.style
        plain = args.edit or None, args.phrasing, args.things or None
        try:
            yield make_style_pair(style, rng, view) if style else make_pretrain_pair(rng, view, artwork, *plain), view
        except PairError as error:
            print(error)
            continue
        number += 1


def sheet(argv: Sequence[str] | None = None) -> None:
    """Writes the page: the instruction and each element's words under what is seen and the complete layers."""
    args, cells = options("sheet", argv), []
    for pair, view in islice(made(args), args.count):
        words = " | ".join(dict.fromkeys(map(pair.words, pair.elements)))
        cells.append(((seen(pair, view), layers(pair)), f"{pair.text} -- {pair.meta['kind']}: {words}"))
    page(cells, Path(args.out), args.columns, side=256)
