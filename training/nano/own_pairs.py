"""Someone's own pairs, encoded for nano: a few views of each, all in memory."""

import math
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter, uniform_filter

from nano.cache import MemoryCache, token_mask
from nano.stream import PairEncoder, View
from nano.taef1 import PIXELS_PER_TOKEN
from pairs.jsonl import Example, PairsError, names_a_side, read_jsonl, read_pictures, resized, with_trigger

MAX_ASPECT = 16 / 9
UNUSED_WEIGHT = 0.5

FAINTEST = 10
"""Grey levels: a smaller difference of source and target is the noise of two JPEGs."""

GROWN = 9
"""Pixels of the square that a change is grown by, so that its soft edge belongs to it."""

CROPS = 2
SMALLEST_CROP = 0.9
"""Besides the whole picture: this many random boxes of at least this share of each side. Smaller ones would cut doodles off."""


def fit_grid(width: int, height: int, tokens: int) -> tuple[int, int]:
    """(rows, columns) of at most `tokens` in which the app draws on a photo of this size: src/engine/image/fit-size.ts."""
    aspect = min(MAX_ASPECT, max(1 / MAX_ASPECT, width / height))
    longest = math.ceil(math.sqrt(tokens * MAX_ASPECT))
    grids = [
        (rows, columns)
        for rows in range(1, longest + 1)
        for columns in range(1, longest + 1)
        if rows * columns <= tokens and 1 / MAX_ASPECT - 1e-9 <= columns / rows <= MAX_ASPECT + 1e-9
    ]
    return min(grids, key=lambda g: abs(math.log(g[1] / g[0] / aspect)) + UNUSED_WEIGHT * (1 - g[0] * g[1] / tokens))


def change(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Where uint8 [H, W, 3] pictures differ by more than compression does -> f32 [H, W], 0 or 1."""
    difference = np.abs(source.astype(np.float32) - target).max(-1)
    return maximum_filter((uniform_filter(difference, 3) > FAINTEST).astype(np.float32), GROWN)


def views_of(example: Example, tokens: int, trigger: str, rng: np.random.Generator) -> list[View]:
    """The whole picture and a few crops of it, each also mirrored where no instruction names a side. Raises PairsError."""
    source, target = read_pictures(example)
    rows, columns = fit_grid(*source.size, tokens)
    size = (columns * PIXELS_PER_TOKEN, rows * PIXELS_PER_TOKEN)
    boxes = [(0.0, 0.0, float(source.width), float(source.height))] + [_crop(source, rng) for _ in range(CROPS)]
    texts = [with_trigger(text, trigger) for text in example.texts]
    mirrors = (False,) if any(map(names_a_side, texts)) else (False, True)
    views = []
    for box in boxes:
        before, after = resized(source, size, box), resized(target, size, box)
        alpha = change(before, after)
        if not alpha.any():
            continue
        after = np.where(alpha[..., None] > 0, after, before)
        for mirrored in mirrors:
            turn = lambda array: np.ascontiguousarray(array[:, ::-1] if mirrored else array)
            masks = np.stack([token_mask(turn(alpha))] * len(texts)).astype(np.float16)
            views.append(View(np.stack([turn(before), turn(after)]), [0] * len(texts), [1] * len(texts), masks, texts, [{}] * len(texts)))
    if not views:
        raise PairsError(f"{example.where}: source and target show the same picture, so there is nothing to learn")
    return views


def _crop(image: Image.Image, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """A random box of the picture's own shape."""
    share = rng.uniform(SMALLEST_CROP, 1.0)
    width, height = share * image.width, share * image.height
    left, top = rng.uniform(0, image.width - width), rng.uniform(0, image.height - height)
    return left, top, left + width, top + height


def encode_pairs(path: Path, tokens: int, trigger: str, encoder: PairEncoder, seed: int) -> MemoryCache:
    """Every view of every pair of a JSONL file at up to `tokens` tokens. Raises PairsError before anything is encoded."""
    rng = np.random.default_rng(seed)
    views = [view for example in read_jsonl(path) for view in views_of(example, tokens, trigger, rng)]
    return MemoryCache(encoder.samples(views))
