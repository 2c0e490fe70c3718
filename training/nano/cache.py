"""Encoded training pairs on disk: shards that a writer adds one by one and a trainer picks up as they appear.

A shard is an .npz of pairs of one token grid (r, c), N = r c:
`sources` f16 [S, N, 64] (unique), `source_index` [P], `targets` f16 [P, N, 64], `masks` f16 [P, N] (greatest doodle
alpha inside each token), `subjects` f16 [P, N, 4] (`subject_tokens`; older shards have none), `softs` f16 [P, N, 64] (`softened`
targets, of large pictures only), `text_index` [P], `states` f16 [sum L, 384], `offsets` [T + 1], `pooled` f16 [T, 384], `grid`,
`meta` (JSON list, one object a pair with its `text`).
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from nano.taef1 import PIXELS_PER_TOKEN, Taef1, pack
from nano.text import TextEncoder

PASTE_MARGIN = 8
"""Tokens up to this many pixels outside a change are taken from the new picture, the rest stay the old picture's."""

CONTEXT_MARGIN = 16
"""Pixels encoded around those. Together: 8 % error of the change's norm (0.6 % of its energy) at 46 % of the cost."""


@dataclass(frozen=True)
class Encoded:
    """One pair as the trainer sees it: tokens f32 [N, 64], mask f32 [N], text states f32 [L, 384], pooled f32 [384];
    subject f32 [N, 4] as from `subject_tokens`, None where nobody knows it; soft f32 [N, 64]: the target with its doodle `softened`, of
    large pictures only."""

    source: Tensor
    target: Tensor
    mask: Tensor
    states: Tensor
    pooled: Tensor
    grid: tuple[int, int]
    meta: dict
    subject: Tensor | None = None
    soft: Tensor | None = None


UNKNOWN = -1.0
"""In place of a subject's share where the subject is not surely known."""


def subject_tokens(matte: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """The subject's share 0..1 of each token's four 8 x 8 pixel quarters, f32 [N, 4] row-major; UNKNOWN without a matte.

    matte f32 [H, W], 0..1, or None; shape: (H, W).
    """
    rows, columns = (side // PIXELS_PER_TOKEN for side in shape)
    if matte is None:
        return np.full((rows * columns, 4), UNKNOWN, np.float32)
    half = PIXELS_PER_TOKEN // 2
    quarters = matte.reshape(rows, 2, half, columns, 2, half).mean((2, 5))
    return quarters.transpose(0, 2, 1, 3).reshape(-1, 4).astype(np.float32)


def token_mask(alpha: np.ndarray) -> np.ndarray:
    """alpha f32 [H, W] -> greatest alpha in each 16 x 16 token, f32 [N]."""
    rows, columns = alpha.shape[0] // PIXELS_PER_TOKEN, alpha.shape[1] // PIXELS_PER_TOKEN
    return alpha.reshape(rows, PIXELS_PER_TOKEN, columns, PIXELS_PER_TOKEN).max((1, 3)).reshape(-1)


def _widened(low: int, high: int, margin: int, size: int) -> tuple[int, int]:
    step = PIXELS_PER_TOKEN
    return max(0, (low - margin) // step * step), min(size, -(-(high + margin) // step) * step)


FIRST_PASS = 192
"""A doodle's first drawing has about as many pixels as a square of this side; the second pass begins at that, enlarged."""


def is_large(grid: tuple[int, int]) -> bool:
    """Whether a picture of this token grid is one that the second pass would make: at least one and a half times the first's side."""
    return grid[0] * grid[1] * PIXELS_PER_TOKEN**2 >= (1.5 * FIRST_PASS) ** 2


def softened(source: np.ndarray, target: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The target as if its doodle had been drawn at the first pass's size and enlarged: what the second pass is shown under noise.

    source, target uint8 [H, W, 3]; alpha f32 [H, W], 0..1; -> uint8 [H, W, 3], the source where the small doodle's alpha is 0.
    """
    height, width = alpha.shape
    scale = FIRST_PASS / (height * width) ** 0.5
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    there_and_back = lambda picture: cv2.resize(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_CUBIC)
    soft = there_and_back(alpha).clip(0, 1)[..., None]
    # premultiplied, so that no photo bleeds into the doodle
    colour = there_and_back(target * alpha[..., None])
    mixed = source * (1 - soft) + np.clip(colour, 0, 255 * soft)
    return np.where(soft > 0.02, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), source)


def encode_change(vae: Taef1, image: np.ndarray, base: np.ndarray, base_latents: Tensor) -> Tensor:
    """Latents of `image`, which differs from `base` (both uint8 [H, W, 3]) in a part: only that part is encoded."""
    changed = (image != base).any(-1)
    ys, xs = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    if len(ys) == 0:
        return base_latents
    height, width = changed.shape
    top, bottom = _widened(ys[0], ys[-1] + 1, PASTE_MARGIN, height)
    left, right = _widened(xs[0], xs[-1] + 1, PASTE_MARGIN, width)
    y0, y1 = _widened(top, bottom, CONTEXT_MARGIN, height)
    x0, x1 = _widened(left, right, CONTEXT_MARGIN, width)
    part = vae.encode(image[None, y0:y1, x0:x1])
    latents = base_latents.clone()
    rows, columns = slice((top - y0) // 8, (bottom - y0) // 8), slice((left - x0) // 8, (right - x0) // 8)
    latents[:, :, top // 8 : bottom // 8, left // 8 : right // 8] = part[:, :, rows, columns]
    return latents


class ShardWriter:
    """Collects pairs of one grid and writes them as one shard, atomically."""

    def __init__(self, vae: Taef1, text: TextEncoder, known_texts: dict[str, tuple[Tensor, Tensor]]):
        self.vae, self.text, self.known = vae, text, known_texts
        self.sources: list[Tensor] = []
        self.rows: list[dict] = []
        self.texts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def add_view(self, image: np.ndarray, pairs: list) -> None:
        """image uint8 [H, W, 3]; pairs (pairs.pair.Pair) whose source or target is that image."""
        latents = self.vae.encode(image[None])
        self.sources.append(pack(latents)[0])
        view = len(self.sources) - 1
        for pair in pairs:
            index, source = view, latents
            if not np.array_equal(pair.source, image):
                source = encode_change(self.vae, pair.source, image, latents)
                self.sources.append(pack(source)[0])
                index = len(self.sources) - 1
            target = encode_change(self.vae, pair.target, pair.source, source)
            if np.array_equal(pair.target, image):
                target = latents
            if pair.text not in self.known:
                self.known[pair.text] = self.text.encode(pair.text)
            grid = tuple(side // PIXELS_PER_TOKEN for side in pair.alpha.shape)
            soft = encode_change(self.vae, softened(pair.source, pair.target, pair.alpha), pair.source, source) if is_large(grid) else None
            self.rows.append({
                "source": index,
                "target": pack(target)[0],
                **({} if soft is None else {"soft": pack(soft)[0]}),
                "mask": token_mask(pair.alpha),
                "subject": subject_tokens(pair.matte, pair.alpha.shape),
                "text": self.texts.setdefault(pair.text, len(self.texts)),
                "meta": {**pair.meta, "text": pair.text},
            })  # fmt: skip

    def write(self, path: Path, grid: tuple[int, int]) -> None:
        half = lambda tensors: torch.stack(tensors).half().numpy()
        encoded = [self.known[text] for text in self.texts]
        softs = {"softs": half([row["soft"] for row in self.rows])} if is_large(grid) else {}
        temporary = path.with_suffix(".part")
        with temporary.open("wb") as file:
            np.savez(
                file,
                sources=half(self.sources),
                source_index=np.array([row["source"] for row in self.rows]),
                targets=half([row["target"] for row in self.rows]),
                **softs,
                masks=np.stack([row["mask"] for row in self.rows]).astype(np.float16),
                subjects=np.stack([row["subject"] for row in self.rows]).astype(np.float16),
                text_index=np.array([row["text"] for row in self.rows]),
                states=torch.cat([states for states, _ in encoded]).half().numpy(),
                offsets=np.cumsum([0] + [len(states) for states, _ in encoded]),
                pooled=half([pooled for _, pooled in encoded]),
                grid=np.array(grid),
                meta=np.array(json.dumps([row["meta"] for row in self.rows])),
            )
        os.replace(temporary, path)


class Cache:
    """All pairs of a cache folder; `refresh` adds the shards written since the last call."""

    def __init__(self, folder: Path):
        self.folder, self.seen = folder, set()
        self.shards: list[dict] = []
        self.pairs: list[tuple[int, int]] = []

    def refresh(self) -> int:
        """-> number of pairs added."""
        before = len(self.pairs)
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.seen:
                continue
            with np.load(path) as file:
                shard = {key: file[key] for key in file.files}
            shard["meta"] = json.loads(str(shard["meta"]))
            self.seen.add(path.name)
            self.pairs += [(len(self.shards), i) for i in range(len(shard["targets"]))]
            self.shards.append(shard)
        return len(self.pairs) - before

    def __len__(self) -> int:
        return len(self.pairs)

    def grid(self, index: int) -> tuple[int, int]:
        return tuple(int(n) for n in self.shards[self.pairs[index][0]]["grid"])

    def text_length(self, index: int) -> int:
        shard, row = self.shards[self.pairs[index][0]], self.pairs[index][1]
        text = shard["text_index"][row]
        return int(shard["offsets"][text + 1] - shard["offsets"][text])

    def __getitem__(self, index: int) -> Encoded:
        shard, row = self.shards[self.pairs[index][0]], self.pairs[index][1]
        text, real = shard["text_index"][row], lambda values: torch.from_numpy(values.astype(np.float32))
        start, stop = shard["offsets"][text], shard["offsets"][text + 1]
        return Encoded(
            source=real(shard["sources"][shard["source_index"][row]]),
            target=real(shard["targets"][row]),
            mask=real(shard["masks"][row]),
            states=real(shard["states"][start:stop]),
            pooled=real(shard["pooled"][text]),
            grid=self.grid(index),
            meta=shard["meta"][row],
            subject=real(shard["subjects"][row]) if "subjects" in shard else None,
            soft=real(shard["softs"][row]) if "softs" in shard else None,
        )

    def __iter__(self) -> Iterator[Encoded]:
        return (self[i] for i in range(len(self)))


class MemoryCache:
    """Encoded pairs that nobody adds to, with the interface of a Cache."""

    def __init__(self, samples: list[Encoded]):
        self.samples = samples

    def refresh(self) -> int:
        """-> number of pairs added: none."""
        return 0

    def __len__(self) -> int:
        return len(self.samples)

    def grid(self, index: int) -> tuple[int, int]:
        return self.samples[index].grid

    def text_length(self, index: int) -> int:
        return len(self.samples[index].states)

    def __getitem__(self, index: int) -> Encoded:
        return self.samples[index]
