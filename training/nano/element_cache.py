"""Elements of pairs, encoded, and batches of them: on crops of their own, or windows (now and then all) of a whole photo's grid."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nano.codec import Codec, matte_tokens
from nano.conditioned import KINDS, TOKENS, ConditionedFlux, crop_ids, place_features
from nano.elements import CANVAS, INSTRUCTION_DROPOUT, MARGINS, PHOTO, DrawingBatch, Texts, cut, whole_grid
from pairs.pair import Element, Pair
from pairs.photos import told_matte

FULL_SHARE = 0.2
"""Share of the batches of whole grids that are seen whole instead of through windows: a few pictures at a time."""


LEAST_PIXELS = 14
"""Elements smaller than this on the view are too coarse to learn from."""


class Sample(NamedTuple):
    """One element on its grid: clean f16 [N, K], src f16 [N, 80], place f16 [N, 29]."""

    grid: tuple[int, int]
    clean: np.ndarray
    src: np.ndarray
    place: np.ndarray
    words: str


def encode_element(pair: Pair, element: Element, codec: Codec, rng: np.random.Generator) -> Sample | None:
    """An element on a random crop about it, or, of kind "whole", on its photo; None where it is too small."""
    height, width = pair.image.shape[:2]
    x0, y0, x1, y1 = element.box
    if element.kind == "whole":
        rows, columns = whole_grid(height, width)
        square, box = (0.0, 0.0, width, height), (0.0, rows / TOKENS, 0.0, columns / TOKENS)
    else:
        if min(x1 - x0, y1 - y0) < LEAST_PIXELS:
            return None
        rows = columns = TOKENS
        side = max(x1 - x0, y1 - y0) * rng.uniform(*MARGINS)
        middle = lambda low, high: (low + high) / 2 + rng.uniform(-0.4, 0.4) * (side - (high - low))
        x, y = middle(x0, x1) - side / 2, middle(y0, y1) - side / 2
        square = (x, y, x + side, y + side)
        box = ((y0 - y) / side, (y1 - y) / side, (x0 - x) / side, (x1 - x) / side)
    layer = element.crop(square, columns * CANVAS // TOKENS, rows * CANVAS // TOKENS)
    size = columns * PHOTO // TOKENS, rows * PHOTO // TOKENS
    batch = lambda array: torch.from_numpy(np.ascontiguousarray(array))[None]
    matte = matte_tokens(batch(told_matte(cut(pair.matte, square, size), rng)).float(), rows, columns)
    src = torch.cat((codec.photo_tokens(batch(cut(pair.image, square, size))), matte), -1)
    clean = codec.layer_tokens(batch(layer).float())
    place = place_features(torch.tensor([box]), torch.tensor([KINDS.index(element.kind)]), rows, columns)
    return Sample((rows, columns), *(tokens[0].half().numpy() for tokens in (clean, src, place)), pair.words(element))


def stacked(samples: list[Sample]) -> dict[str, np.ndarray]:
    """Samples of one grid as a shard: arrays of all names but `grid`, which is i64 [2]."""
    arrays = {name: np.stack([getattr(sample, name) for sample in samples]) for name in ("clean", "src", "place")}
    return arrays | {"words": np.array([sample.words for sample in samples]), "grid": np.array(samples[0].grid)}


class ElementCache:
    """All shards of a folder, by grid; those made while training runs are picked up by `refresh`. Without a folder: what `add` is given."""

    def __init__(self, folder: Path | None):
        self.folder, self.known, self.grids, self.counts = folder, set(), {}, {}
        if folder is None:
            return
        self.refresh()
        if not self.grids:
            raise SystemExit(f"{folder} has no elements yet: run training/cache_elements.py --out {folder} first")

    def refresh(self) -> None:
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.known or ".part" in path.name:
                continue
            with np.load(path) as shard:
                self.add({name: shard[name] for name in shard.files})
            self.known.add(path.name)

    def add(self, shard: dict[str, np.ndarray]) -> None:
        """A shard as `stacked` makes it."""
        grid = tuple(int(n) for n in shard["grid"])
        group = self.grids.setdefault(grid, {name: [] for name in shard if name != "grid"})
        for name, arrays in group.items():
            arrays.append(shard[name])
        self.counts[grid] = self.counts.get(grid, 0) + len(shard["words"])

    def __len__(self) -> int:
        return sum(self.counts.values())

    def _row(self, grid: tuple[int, int], index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
        group = self.grids[grid]
        for number, part in enumerate(group["words"]):
            if index < len(part):
                return tuple(group[name][number][index] for name in ("clean", "src", "place", "words"))
            index -= len(part)
        raise IndexError(index)

    def batch(
        self, count: int, rng: np.random.Generator, texts: Texts, model: ConditionedFlux, dropout: float = INSTRUCTION_DROPOUT
    ) -> tuple[DrawingBatch, tuple[Tensor, Tensor]]:
        """About `count` elements of one grid, and the rotations of their tokens' ids."""
        grids = list(self.grids)
        shares = np.array([self.counts[grid] for grid in grids], float)
        grid = grids[int(rng.choice(len(grids), p=shares / shares.sum()))]
        rows, columns = grid
        top = left = 0
        if grid != (TOKENS, TOKENS) and rng.random() < FULL_SHARE:
            count = max(1, count * TOKENS**2 // (rows * columns))
        elif rows >= TOKENS and columns >= TOKENS:
            top, left = (int(rng.integers(0, side - TOKENS + 1)) for side in grid)
            rows = columns = TOKENS
        window = (np.arange(top, top + rows)[:, None] * grid[1] + np.arange(left, left + columns)).ravel()
        clean, src, place, words = zip(*(self._row(grid, int(i)) for i in rng.integers(self.counts[grid], size=count)))
        stack = lambda arrays: torch.from_numpy(np.stack([a[window] for a in arrays])).float()
        said = ["" if rng.random() < dropout else str(w) for w in words]
        return DrawingBatch(stack(clean), stack(src), stack(place), *texts.batch(said)), model.rope(crop_ids(rows, columns, top, left))
