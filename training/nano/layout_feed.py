"""Pairs as the layout transformer learns them, and batches of the shards that cache_layout.py writes."""

import json
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from nano.conditioned import KINDS, LAYOUT_GRID, SLOTS
from nano.codec import MATTE_VALUES
from nano.elements import Texts
from nano.slots import Box, SlotTargets, encode_slots, in_order, pointer_targets
from pairs.pair import Pair


class LayoutBatch(NamedTuple):
    """src [B, 144, 209], txt [B, L, 384], pooled [B, 384]; boxes and offsets (character spans of the wordpieces) of each pair."""

    src: Tensor
    txt: Tensor
    pooled: Tensor
    target: SlotTargets
    boxes: list[list[Box]]
    offsets: list[list[tuple[int, int]]]


def photo_tokens(features: Tensor, matte: Tensor, aspect: Tensor) -> Tensor:
    """features [B, 144, 192], matte [B, 144, 16] 0..1, aspect [B] width / height -> [B, 144, 209]."""
    shape = aspect.log()[:, None, None].expand(-1, LAYOUT_GRID**2, 1)
    return torch.cat((features, matte, shape), -1)


def matte_cells(matte: np.ndarray) -> np.ndarray:
    """A matte (float32 [h, w], 0..1) of the photo squashed to 12 x 12 cells: 4 x 4 area means a cell, uint8 [144, 16]."""
    side = LAYOUT_GRID * MATTE_VALUES
    small = cv2.resize(matte, (side, side), interpolation=cv2.INTER_AREA).clip(0.0, 1.0)
    cells = small.reshape(LAYOUT_GRID, MATTE_VALUES, LAYOUT_GRID, MATTE_VALUES).transpose(0, 2, 1, 3)
    return np.rint(255 * cells.reshape(LAYOUT_GRID**2, MATTE_VALUES**2)).astype(np.uint8)


def pair_arrays(pair: Pair) -> dict:
    """A pair's part of a shard: text, meta, count, boxes, kinds, words."""
    height, width = pair.matte.shape
    elements = sorted(pair.elements, key=lambda element: (element.words[0], element.box[0] + element.box[2]))
    boxes = np.zeros((SLOTS, 4), np.float32)
    kinds, words = np.zeros(SLOTS, np.uint8), np.zeros((SLOTS, 2), np.int16)
    for slot, element in enumerate(elements):
        x0, y0, x1, y1 = element.box
        boxes[slot] = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height
        kinds[slot], words[slot] = KINDS.index(element.kind), element.words
    return {
        "text": np.array(pair.text), "meta": np.array(json.dumps(pair.meta)), "count": np.uint8(len(elements)), "boxes": boxes,
        "kinds": kinds, "words": words,
    }  # fmt: skip


class LayoutCache:
    """All shards of a folder in memory; `refresh` picks up new ones. Without a folder: what `add` is given."""

    def __init__(self, folder: Path | None, texts: Texts):
        self.folder, self.texts, self.shards, self.known, self.index = folder, texts, [], set(), np.zeros((0, 2), np.int64)
        if folder is None:
            return
        self.refresh()
        if not len(self):
            raise SystemExit(f"{folder} has no pairs yet: run training/cache_layout.py --out {folder} first")

    def __len__(self) -> int:
        return len(self.index)

    def refresh(self) -> None:
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.known or ".part" in path.name:
                continue
            with np.load(path) as shard:
                self.add({name: shard[name] for name in shard.files if name != "meta"})
            self.known.add(path.name)

    def add(self, shard: dict[str, np.ndarray]) -> None:
        """A shard as cache_layout.py describes it, with features."""
        count, number = len(shard["view"]), len(self.shards)
        self.shards.append(shard)
        self.index = np.concatenate((self.index, np.stack((np.full(count, number), np.arange(count)), 1)))

    def _boxes(self, shard: dict, row: int) -> list[Box]:
        kept = range(int(shard["count"][row]))
        boxes = [Box(*map(float, shard["boxes"][row, i]), KINDS[shard["kinds"][row, i]], tuple(map(int, shard["words"][row, i]))) for i in kept]
        return in_order(boxes)

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
        kinds = np.zeros((count, SLOTS), np.int64)
        for row in range(count):
            pointers[row, :, : len(offsets[row])] = pointer_targets(boxes[row], offsets[row])
            kinds[row, : len(boxes[row])] = [KINDS.index(box.kind) for box in boxes[row]]
        slots = torch.from_numpy(np.stack([encode_slots(own) for own in boxes]))
        target = SlotTargets(slots, torch.from_numpy(kinds), torch.from_numpy(pointers), mask)
        as_float = lambda arrays: torch.from_numpy(np.stack(arrays)).float()
        src = photo_tokens(as_float(features), as_float(matte) / 255, as_float(aspect))
        return LayoutBatch(src, txt, pooled, target, boxes, offsets)
