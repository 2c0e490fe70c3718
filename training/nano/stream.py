"""Pairs composed while training runs: encoded in batches on the trainer's device, kept in rings, drawn a few times each.

Processes (training/compose.py) compose pictures; `PairEncoder` turns them into tokens and text states; `Rings` hold the newest
ones; `PairStream` ties them together and never lets the trainer wait once the rings hold enough.
"""

import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from nano.cache import UNKNOWN, Encoded
from nano.device import upload
from nano.objective import TENSORS, Batch
from nano.taef1 import PIXELS_PER_TOKEN, Taef1, pack
from nano.text import MAX_TOKENS, TextEncoder

TEXT_LENGTHS = (24, 48, MAX_TOKENS)
"""Texts are padded to the first of these that holds them: few shapes, few wasted tokens. Multiples of 8 for attention kernels;
none is the rotary tables' width (32), or else torch.compile takes the two for one and compiles again for other lengths."""

PIXELS_AT_ONCE = {"cuda": 2**22, "cpu": 2**18}
"""Pixels that the autoencoder takes at once: 0.5 GB for each of its activations on an accelerator, a cache's worth on a CPU."""

LEAST_ROOM = 64
"""Pairs that a ring may hold whose first pair came after the rings were full (a rare shape with a rare text length)."""


@dataclass
class View:
    """Pairs on one photo view, as a composing process hands them over.

    images uint8 [M, H, W, 3], each picture once; source, target: the picture's number for each pair; masks f16 [P, N] as from
    nano.cache.token_mask; subjects f16 [P, N, 4] as from nano.cache.subject_tokens, None where nobody knows them; texts: the instructions; metas: the pairs' facts.
    """

    images: np.ndarray
    source: list[int]
    target: list[int]
    masks: np.ndarray
    texts: list[str]
    metas: list[dict]
    subjects: np.ndarray | None = None

    def known_subjects(self) -> np.ndarray:
        """`subjects`, or as many times UNKNOWN."""
        return np.full((*self.masks.shape, 4), UNKNOWN, np.float16) if self.subjects is None else self.subjects

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of tokens."""
        return self.images.shape[1] // PIXELS_PER_TOKEN, self.images.shape[2] // PIXELS_PER_TOKEN


class PairEncoder:
    """Pictures and texts to what the network reads, on one device; the autoencoder runs in f16 on cuda."""

    def __init__(self, vae: Taef1, text: TextEncoder, device: torch.device):
        self.device = device
        self.vae = vae.to(device).half() if device.type == "cuda" else vae.to(device)
        self.text = text.to(device)
        # copies of pictures wait for nothing but themselves
        self.copies = torch.cuda.Stream(device) if device.type == "cuda" else None
        self.empty = self.text.encode("")

    def encode(self, views: list[View]) -> list[tuple[Batch, list[dict]]]:
        """Views of one size -> a batch for each padded text length, and its pairs' facts (with their `text`)."""
        tokens = self._tokens(np.concatenate([view.images for view in views]))
        first = np.cumsum([0] + [len(view.images) for view in views])
        source = torch.tensor([int(f) + i for view, f in zip(views, first) for i in view.source])
        target = torch.tensor([int(f) + i for view, f in zip(views, first) for i in view.target])
        masks = torch.from_numpy(np.concatenate([view.masks for view in views]))
        subjects = torch.from_numpy(np.concatenate([view.known_subjects() for view in views]))
        texts = [text for view in views for text in view.texts]
        metas = [{**meta, "text": text} for view in views for meta, text in zip(view.metas, view.texts)]
        ids = [self.text.ids(text) for text in texts]
        batches = []
        for length in TEXT_LENGTHS:
            shorter = max((known for known in TEXT_LENGTHS if known < length), default=0)
            rows = [i for i, text in enumerate(ids) if shorter < len(text) <= length]
            if not rows:
                continue
            padded, real = torch.zeros(len(rows), length, dtype=torch.int64), torch.zeros(len(rows), length, dtype=torch.bool)
            for row, i in enumerate(rows):
                padded[row, : len(ids[i])] = torch.tensor(ids[i])
                real[row, : len(ids[i])] = True
            real = upload(real, self.device)
            states, pooled = self.text.encode_ids(upload(padded, self.device), real)
            chosen = torch.tensor(rows)
            pick = lambda index: tokens[upload(index[chosen], self.device)]
            mask, subject = upload(masks[chosen], self.device), upload(subjects[chosen], self.device)
            batch = Batch(pick(source), pick(target), mask, states, real, pooled, views[0].grid, subject)
            batches.append((batch, [metas[i] for i in rows]))
        return batches

    def samples(self, views: list[View]) -> list[Encoded]:
        """The pairs one by one on the CPU, as the disk cache gives them: for validation and sample sheets."""
        found = []
        for view in views:
            for batch, metas in self.encode([view]):
                lengths = batch.txt_mask.sum(1).tolist()
                for row, meta in enumerate(metas):
                    source, target, mask, states, _, pooled, subject = (getattr(batch, name)[row].float().cpu() for name in TENSORS)
                    found.append(Encoded(source, target, mask, states[: lengths[row]], pooled, batch.grid, meta, subject))
        return found

    def _tokens(self, images: np.ndarray) -> Tensor:
        """uint8 [M, H, W, 3] -> f16 [M, N, 64]."""
        pictures = torch.from_numpy(images)
        if self.copies is not None:
            with torch.cuda.stream(self.copies):
                pictures = pictures.to(self.device)
            torch.cuda.current_stream(self.device).wait_stream(self.copies)
            pictures.record_stream(torch.cuda.current_stream(self.device))
        at_once = max(1, PIXELS_AT_ONCE[self.device.type] // (images.shape[1] * images.shape[2]))
        return torch.cat([pack(self.vae.encode(part)).half() for part in pictures.split(at_once)])


class Ring:
    """The newest pairs of one token grid and one padded text length, f16, on one device."""

    def __init__(self, grid: tuple[int, int]):
        self.grid, self.filled, self.cursor = grid, 0, 0
        self.limit: int | None = None
        self.rows: dict[str, Tensor] = {}

    def add(self, batch: Batch) -> None:
        """Appends the pairs; those beyond `limit` take the place of the oldest."""
        start, count = 0, len(batch.source)
        while start < count:
            if self.limit is None or self.filled < self.limit:
                self.cursor = self.filled
                room = count - start if self.limit is None else min(count - start, self.limit - self.filled)
                self._reserve(batch, self.filled + room)
                self.filled += room
            else:
                self.cursor %= self.limit
                room = min(count - start, self.limit - self.cursor)
            for name, rows in self.rows.items():
                rows[self.cursor : self.cursor + room] = getattr(batch, name)[start : start + room]
            self.cursor, start = self.cursor + room, start + room

    def _reserve(self, batch: Batch, wanted: int) -> None:
        held = len(self.rows["source"]) if self.rows else 0
        if held >= wanted:
            return
        for name in TENSORS:
            like = getattr(batch, name)
            dtype = torch.bool if like.dtype == torch.bool else torch.float16
            grown = torch.zeros(max(wanted, 2 * held), *like.shape[1:], dtype=dtype, device=like.device)
            if held:
                grown[:held] = self.rows[name]
            self.rows[name] = grown

    def take(self, rows: Tensor) -> Batch:
        """The pairs at rows [B] int64 (on the ring's device), in f32."""
        picked = {name: values[rows] for name, values in self.rows.items()}
        return Batch(**{k: v if v.dtype == torch.bool else v.float() for k, v in picked.items()}, grid=self.grid)


class Rings:
    """A ring for each shape. They grow together until they hold `size` pairs; from then on each replaces its own oldest, so
    that shapes stay as frequent as they are composed."""

    def __init__(self, size: int, device: torch.device):
        self.size, self.device, self.full = size, device, False
        self.rings: dict[tuple, Ring] = {}

    @property
    def filled(self) -> int:
        """Pairs held."""
        return sum(ring.filled for ring in self.rings.values())

    def add(self, batch: Batch) -> None:
        key = (batch.grid, batch.txt.shape[1])
        if key not in self.rings:
            self.rings[key] = Ring(batch.grid)
            self.rings[key].limit = LEAST_ROOM if self.full else None
        self.rings[key].add(batch)
        if not self.full and self.filled >= self.size:
            self.full = True
            for ring in self.rings.values():
                ring.limit = max(ring.filled, LEAST_ROOM)

    def draw(self, count: int, rng: np.random.Generator) -> Batch:
        """A batch of one shape; shapes are drawn by how many pairs they hold, tiny rings left out while others are there."""
        rings = [ring for ring in self.rings.values() if ring.filled >= count // 8] or list(self.rings.values())
        shares = np.array([ring.filled for ring in rings], np.float64)
        ring = rings[int(rng.choice(len(rings), p=shares / shares.sum()))]
        return ring.take(upload(torch.from_numpy(rng.integers(ring.filled, size=count)), self.device))


class Composing(Protocol):
    """What hands over composed views (training/compose.py: Composers)."""

    def ready(self, most: int, wait: bool) -> list[View]:
        """At most about `most` pairs' views; waits for the first one where `wait`. Raises when a process failed."""

    def release(self) -> None:
        """Frees the memory of the views handed over last."""

    def close(self) -> None:
        """Ends the processes."""


class PairStream:
    """Batches for a trainer from pairs that are being composed.

    minimum: pairs that must be there before the first batch. reuse: how often a pair is drawn on average at least: no more is
    encoded than that needs.
    """

    def __init__(self, composing: Composing, encoder: PairEncoder, size: int, minimum: int, reuse: float):
        self.composing, self.encoder = composing, encoder
        self.rings = Rings(size, encoder.device)
        self.minimum, self.reuse = min(minimum, size), reuse
        self.composed = self.drawn = 0
        self.waited = 0.0
        self.started = time.monotonic()

    def draw(self, count: int, rng: np.random.Generator) -> Batch:
        """The next batch of `count` pairs of one shape."""
        if self.rings.filled < self.minimum:
            self.fill(self.minimum)
        wanted = self.minimum + self.drawn / self.reuse - self.composed
        if wanted > 0:
            self._ingest(min(count, int(wanted) + 1), wait=False)
        self.drawn += count
        return self.rings.draw(count, rng)

    def fill(self, count: int) -> None:
        """Waits until the rings hold `count` pairs."""
        started = time.monotonic()
        while self.rings.filled < count:
            self._ingest(count - self.rings.filled, wait=True)
        self.waited += time.monotonic() - started

    def _ingest(self, most: int, wait: bool) -> None:
        views = self.composing.ready(most, wait)
        groups: dict[tuple, list[View]] = {}
        for view in views:
            groups.setdefault(view.grid, []).append(view)
        for group in groups.values():
            for batch, metas in self.encoder.encode(group):
                self.rings.add(batch)
                self.composed += len(metas)
        self.composing.release()

    def statistics(self) -> dict[str, float]:
        """Pairs composed in all and a second, draws of each, share of the time spent waiting for pairs."""
        elapsed = time.monotonic() - self.started
        return {
            "composed": self.composed, "composed_per_second": round(self.composed / elapsed, 1),
            "reuse": round(self.drawn / max(1, self.composed), 2), "waiting": round(self.waited / elapsed, 4),
        }  # fmt: skip
