"""Elements of pairs, encoded, and batches of them: on their crops, or windows (now and then all) of a photo's grid."""

import json
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from data.anchors import PLACES
from data.pair import Element, Pair
from data.photos import told_matte
from data.scene import Scene
from model.codec import CANVAS, CROP_MARGIN, MATTE_VALUES, PHOTO, Codec, cut, matte_tokens, whole_grid
from model.conditioned import (
    ANCHORS,
    FREE,
    KINDS,
    LAYOUT_GRID,
    SLOTS,
    TOKENS,
    ConditionedFlux,
    crop_ids,
    place_features,
)
from model.settle import ground, is_at_anchor
from model.slots import Box, SlotTargets, encode_slots, in_order, photo_tokens, pointer_targets
from model.text import Texts
from train.samples import INSTRUCTION_DROPOUT, DrawingBatch

FULL_SHARE = 0.2  # Share of the batches of whole grids not seen through windows: a few pictures at a time


LEAST_PIXELS = 14  # Elements smaller than this on the view are too coarse to learn from


class Sample(NamedTuple):
    """One element on its grid: clean f16 [N, K], src f16 [N, 80], place f16 [N, 29]."""

    grid: tuple[int, int]
    clean: np.ndarray
    src: np.ndarray
    place: np.ndarray
    words: str


def encode_element(pair: Pair, element: Element, codec: Codec, rng: np.random.Generator) -> Sample | None:
    """An element on the crop about it, or, of kind "whole", on its photo; None where it is too small."""
    height, width = pair.image.shape[:2]
    x0, y0, x1, y1 = element.box
    if element.kind == "whole":
        rows, columns = whole_grid(height, width)
        square, box = (0.0, 0.0, width, height), (0.0, rows / TOKENS, 0.0, columns / TOKENS)
    else:
        if min(x1 - x0, y1 - y0) < LEAST_PIXELS:
            return None
        rows = columns = TOKENS
        side = max(x1 - x0, y1 - y0) * CROP_MARGIN
        x, y = (x0 + x1 - side) / 2, (y0 + y1 - side) / 2
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


class Shards:
    """The npz files of a folder, in memory; `refresh` picks up new ones. Without a folder: what `add` is given."""

    stage = ""

    def __init__(self, folder: Path | None):
        self.folder, self.known = folder, set()
        if folder is None:
            return
        self.refresh()
        if not len(self):
            remedy = f"run `python training/run.py {self.stage} --out {folder}` first"
            raise SystemExit(f"{folder} has no shards yet: {remedy}")

    def refresh(self) -> None:
        """Adds what is new."""
        for path in sorted(self.folder.glob("*.npz")):
            if path.name not in self.known and ".part" not in path.name:
                with np.load(path) as shard:
                    self.add({name: shard[name] for name in shard.files if name != "meta"})
                self.known.add(path.name)


class ElementCache(Shards):
    """Elements of pairs, by grid."""

    stage = "elements"

    def __init__(self, folder: Path | None):
        self.grids, self.counts = {}, {}
        super().__init__(folder)

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
        self, count: int, rng: np.random.Generator, texts: Texts, model: ConditionedFlux,
        dropout: float = INSTRUCTION_DROPOUT,
    ) -> tuple[DrawingBatch, tuple[Tensor, Tensor]]:  # fmt: skip
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
        batch = DrawingBatch(stack(clean), stack(src), stack(place), *texts.batch(said))
        return batch, model.rope(crop_ids(rows, columns, top, left))


class LayoutBatch(NamedTuple):
    """src [B, 144, 209], txt [B, L, 384], pooled [B, 384]; boxes and offsets (spans of the wordpieces) of each."""

    src: Tensor
    txt: Tensor
    pooled: Tensor
    target: SlotTargets
    boxes: list[list[Box]]
    offsets: list[list[tuple[int, int]]]


def matte_cells(matte: np.ndarray) -> np.ndarray:
    """A matte (float32 [h, w], 0..1) squashed to 12 x 12 cells: 4 x 4 area means a cell, uint8 [144, 16]."""
    side = LAYOUT_GRID * MATTE_VALUES
    small = cv2.resize(matte, (side, side), interpolation=cv2.INTER_AREA).clip(0.0, 1.0)
    cells = small.reshape(LAYOUT_GRID, MATTE_VALUES, LAYOUT_GRID, MATTE_VALUES).transpose(0, 2, 1, 3)
    return np.rint(255 * cells.reshape(LAYOUT_GRID**2, MATTE_VALUES**2)).astype(np.uint8)


def anchor_of(element: Element, box: Box, scene: Scene) -> str:
    """What the layout is to say of an element's place: its anchor where a rule would put the box there."""
    if element.kind == "whole" or element.anchor not in ANCHORS:
        return FREE
    return element.anchor if element.anchor not in PLACES or is_at_anchor(box, element.anchor, scene) else FREE


def pair_arrays(pair: Pair) -> dict:
    """A pair's part of a shard: text, meta, count, boxes, kinds, anchors, words."""
    height, width = pair.matte.shape
    elements = sorted(pair.elements, key=lambda element: (element.words[0], element.box[0] + element.box[2]))
    boxes = np.zeros((SLOTS, 4), np.float32)
    kinds, anchors, words = np.zeros(SLOTS, np.uint8), np.zeros(SLOTS, np.uint8), np.zeros((SLOTS, 2), np.int16)
    scene = ground(pair.matte, width / height)
    for slot, element in enumerate(elements):
        x0, y0, x1, y1 = element.box
        boxes[slot] = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height
        kinds[slot], words[slot] = KINDS.index(element.kind), element.words
        anchors[slot] = ANCHORS.index(anchor_of(element, Box(*boxes[slot].tolist(), element.kind, (0, 0)), scene))
    return {
        "text": np.array(pair.text), "meta": np.array(json.dumps(pair.meta)), "count": np.uint8(len(elements)),
        "boxes": boxes, "kinds": kinds, "anchors": anchors, "words": words,
    }  # fmt: skip


class LayoutCache(Shards):
    """Pairs on views, as the layout learns them."""

    stage = "layouts"

    def __init__(self, folder: Path | None, texts: Texts, free_times: int = 1):
        """free_times: how often a pair is drawn, beside others, that has a thing whose place no rule settles."""
        self.free_times = free_times
        self.texts, self.shards, self.index = texts, [], np.zeros((0, 2), np.int64)
        super().__init__(folder)

    def __len__(self) -> int:
        return len(self.index)

    def add(self, shard: dict[str, np.ndarray]) -> None:
        """A shard as train/cache.py describes it."""
        count, number = len(shard["view"]), len(self.shards)
        self.shards.append(shard)
        # What no rule settles has to be learnt, and most of it is what few photos have: heads.
        things = shard["kinds"] != KINDS.index("whole")
        free = (things & (shard["anchors"] == ANCHORS.index(FREE)) & (np.arange(SLOTS) < shard["count"][:, None])).any(
            1
        )
        rows = np.repeat(np.arange(count), np.where(free, self.free_times, 1))
        self.index = np.concatenate((self.index, np.stack((np.full(len(rows), number), rows), 1)))

    def _boxes(self, shard: dict, row: int) -> list[Box]:
        kept = range(int(shard["count"][row]))
        words = lambda i: tuple(map(int, shard["words"][row, i]))
        named = lambda i: (KINDS[shard["kinds"][row, i]], words(i), ANCHORS[shard["anchors"][row, i]])
        return in_order([Box(*map(float, shard["boxes"][row, i]), *named(i)) for i in kept])

    def batch(self, count: int, rng: np.random.Generator) -> LayoutBatch:
        """Pairs whose texts are of about one length: padding costs as much as words do."""
        drawn = self.index[rng.integers(len(self.index), size=3 * count)]
        drawn = sorted(drawn.tolist(), key=lambda at: len(str(self.shards[at[0]]["text"][at[1]])))
        first = int(rng.integers(0, 2 * count + 1))
        features, matte, aspect, texts, boxes = [], [], [], [], []
        for number, row in drawn[first : first + count]:
            shard = self.shards[number]
            view = shard["view"][row]
            features.append(shard["features"][view])
            matte.append(shard["matte"][view])
            aspect.append(shard["aspect"][view])
            texts.append(str(shard["text"][row]))
            boxes.append(self._boxes(shard, row))
        txt, pooled, mask = self.texts.batch(texts)
        offsets = [self.texts.encoder.offsets(text) for text in texts]
        pointers = np.zeros((count, SLOTS, txt.shape[1]), bool)
        kinds, anchors = np.zeros((count, SLOTS), np.int64), np.zeros((count, SLOTS), np.int64)
        for row in range(count):
            pointers[row, :, : len(offsets[row])] = pointer_targets(boxes[row], offsets[row])
            kinds[row, : len(boxes[row])] = [KINDS.index(box.kind) for box in boxes[row]]
            anchors[row, : len(boxes[row])] = [ANCHORS.index(box.anchor) for box in boxes[row]]
        slots = torch.from_numpy(np.stack([encode_slots(own) for own in boxes]))
        target = SlotTargets(slots, *(torch.from_numpy(values) for values in (kinds, anchors, pointers)), mask)
        as_float = lambda arrays: torch.from_numpy(np.stack(arrays)).float()
        src = photo_tokens(as_float(features), as_float(matte) / 255, as_float(aspect))
        return LayoutBatch(src, txt, pooled, target, boxes, offsets)
