"""Batches from elements that cache_elements.py encoded: on crops of their own, or windows (now and then all) of a whole photo's grid."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nano.conditioned import TOKENS, ConditionedFlux, crop_ids
from nano.elements import INSTRUCTION_DROPOUT, DrawingBatch, Texts

FULL_SHARE = 0.2
"""Share of the batches of whole grids that are seen whole instead of through windows: a few pictures at a time."""


class ElementCache:
    """All shards of a folder, by grid. Shards made while training runs are picked up by `refresh`."""

    def __init__(self, folder: Path):
        self.folder, self.known, self.grids = folder, set(), {}
        self.refresh()
        if not self.grids:
            raise SystemExit(f"{folder} has no elements yet: run training/cache_elements.py --out {folder} first")

    def refresh(self) -> None:
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.known or ".part" in path.name:
                continue
            with np.load(path) as shard:
                found = {name: shard[name] for name in shard.files}
            grid = tuple(int(n) for n in found.pop("grid"))
            group = self.grids.setdefault(grid, {name: [] for name in found})
            for name, values in found.items():
                group[name].append(values)
            self.known.add(path.name)
        self.counts = {grid: sum(map(len, group["words"])) for grid, group in self.grids.items()}

    def __len__(self) -> int:
        return sum(self.counts.values())

    def _row(self, grid: tuple[int, int], index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
        group = self.grids[grid]
        for number, part in enumerate(group["words"]):
            if index < len(part):
                return tuple(group[name][number][index] for name in ("clean", "src", "place", "words"))
            index -= len(part)
        raise IndexError(index)

    def batch(self, count: int, rng: np.random.Generator, texts: Texts, model: ConditionedFlux, dropout: float = INSTRUCTION_DROPOUT) -> tuple[DrawingBatch, tuple[Tensor, Tensor]]:
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
