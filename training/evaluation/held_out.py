"""The fixed evaluation set: pairs of held-out photos and held-out phrasings, a few for each thing of a vocabulary.

A set is a folder. `pairs/ID.npz` holds what the network reads and what is known about the pair; `rows/NAME/ID.png` are
pictures to judge, all decoded by TAEF1 at the set's size:

    source   the photo                          truth   the true target
    second   another true draw of the same instruction on the same view
    mean     the mean doodle of DRAWS further draws on that view, pasted (it knows the photo and the generator's rules)
    blind    the mean doodle of DRAWS draws on training photos, pasted (it knows the instruction only)

Every pair has its own random generator, made from the seed, the thing and its number: a larger set contains the smaller
one, an interrupted one is continued, and nothing depends on the order of drawing.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor

import pairs
from evaluation.draws import EvaluationError, draw_pair, draws_like, paste_mean, views
from evaluation.vocabulary import Vocabulary
from nano.cache import Encoded, token_mask
from nano.settings import data_dir
from nano.sizes import buckets
from nano.taef1 import PIXELS_PER_TOKEN, Taef1, pack, unpack
from nano.text import TextEncoder
from pairs.artwork import Artwork
from pairs.pair import Pair
from pairs.pool import PhotoPool

DRAWS = 8
TRIES = 160
"""Draws of an instruction, at most, that are searched for those at the same anchor."""

T = TypeVar("T")

OWN_ROWS = ("source", "truth", "second", "mean", "blind")


@dataclass(frozen=True)
class Item:
    """A pair of the set. id: "crown-003"; sample: what the network reads; alpha: float32 [H, W], 0..1, the true doodle."""

    id: str
    thing: str
    sample: Encoded
    alpha: np.ndarray

    @property
    def seed(self) -> int:
        """Seed of the noise that the sampler starts from."""
        return zlib.crc32(self.id.encode())


class Tools:
    """What drawing a set needs: the generator's artwork, codec, text encoder, held-out and training photos."""

    def __init__(self, artwork: Artwork, codec: Taef1, text: TextEncoder, held: PhotoPool, known: PhotoPool) -> None:
        self.artwork, self.codec, self.text, self.held, self.known = artwork, codec, text, held, known

    @classmethod
    def load(cls, artwork: Artwork, codec: Taef1, text: TextEncoder) -> "Tools":
        """With the photos of the data folder, as they are."""
        return cls(artwork, codec, text, PhotoPool(data_dir(), held_out=True), PhotoPool(data_dir(), paste_share=0.0))


def generator_digest() -> str:
    """Eight hex digits of the pair generator's source: another generator draws another set."""
    digest = hashlib.sha256()
    for path in sorted(Path(pairs.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def any_shape(side: int, rng: np.random.Generator) -> tuple[int, int]:
    """(H, W) in pixels, as often as in training. side: of a square picture."""
    shapes = buckets(side)
    return list(shapes)[int(rng.choice(len(shapes), p=np.array(list(shapes.values())) / sum(shapes.values())))]


def own_order(work: Sequence[T]) -> list[T]:
    """The work in this process's own order: the same command run twice at the same time shares it, whoever comes first."""
    return [work[i] for i in np.random.default_rng(os.getpid()).permutation(len(work))]


def write_png(path: Path, picture: np.ndarray) -> None:
    """uint8 [H, W, 3], RGB; the file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.part.png")
    cv2.imwrite(str(temporary), picture[..., ::-1])
    os.replace(temporary, path)


def read_png(path: Path) -> np.ndarray:
    """uint8 [H, W, 3], RGB. Raises EvaluationError when it cannot be read."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise EvaluationError(f"{path} cannot be read: delete it and run the evaluation again")
    return picture[..., ::-1]


def encode_pair(pair: Pair, codec: Taef1, text: TextEncoder) -> Encoded:
    """The pair as the network reads it; source and target are encoded whole."""
    tokens = pack(codec.encode(np.stack([pair.source, pair.target]))).cpu()
    states, pooled = text.encode(pair.text)
    grid = tuple(n // PIXELS_PER_TOKEN for n in pair.alpha.shape)
    return Encoded(tokens[0], tokens[1], torch.from_numpy(token_mask(pair.alpha)), states, pooled, grid, {**pair.meta, "text": pair.text})


def decode(codec: Taef1, tokens: Tensor, grid: tuple[int, int]) -> np.ndarray:
    """tokens [B, N, 64] -> uint8 [B, H, W, 3]."""
    return codec.decode(unpack(tokens, grid))


class EvaluationSet:
    """A set's folder. seed: another one draws other pairs; side: pixels of a square picture."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, seed: int = 0, side: int = 192) -> None:
        self.folder, self.vocabulary, self.seed, self.side = folder, vocabulary, seed, side

    def row(self, name: str) -> Path:
        """Folder of a row's pictures."""
        return self.folder / "rows" / name

    def ids(self, pictures_a_class: int) -> dict[str, tuple[str, int]]:
        """Id -> thing and number, all pairs of the set."""
        return {f"{thing.replace(' ', '-')}-{n:03d}": (thing, n) for thing in self.vocabulary.things for n in range(pictures_a_class)}

    def missing(self, pictures_a_class: int) -> list[str]:
        """Ids of pairs that are still to be drawn."""
        return [name for name in self.ids(pictures_a_class) if not self._facts(name).is_file()]

    def _facts(self, name: str) -> Path:
        return self.folder / "pairs" / f"{name}.npz"

    def draw(self, pictures_a_class: int, tools: Tools) -> None:
        """Draws what is missing. Raises EvaluationError for a thing without room anywhere."""
        places, missing = self.ids(pictures_a_class), own_order(self.missing(pictures_a_class))
        for done, name in enumerate(missing):
            if self._facts(name).is_file():
                continue
            self._draw_one(name, *places[name], tools)
            if done % 20 == 0:
                print(f"evaluation set: {done + 1} of {len(missing)} pairs drawn", flush=True)

    def _draw_one(self, name: str, thing: str, number: int, tools: Tools) -> None:
        rng = np.random.default_rng((self.seed, zlib.crc32(thing.encode()), number))
        size = any_shape(self.side, rng)
        kinds, alone = self.vocabulary.things[thing].kinds, Artwork(tools.artwork.sprites(thing))
        for _ in range(TRIES):
            view, pair = draw_pair(kinds, alone, views(tools.held, size, rng), rng, "held_out")
            if not self.vocabulary.knows(pair.meta):
                continue
            others = draws_like(pair, tools.artwork, itertools.repeat(view, TRIES), DRAWS + 1, rng)
            if others:
                break
        else:
            raise EvaluationError(f"{thing!r} has no second draw at the anchors it was trained at: take it out of the vocabulary")
        blind = draws_like(pair, tools.artwork, itertools.islice(views(tools.known, size, rng), TRIES), DRAWS, rng)
        sample = encode_pair(pair, tools.codec, tools.text)
        second = pack(tools.codec.encode(others[0].target[None])).cpu()
        tokens = torch.cat([sample.source[None], sample.target[None], second])
        pictures = dict(zip(OWN_ROWS, decode(tools.codec, tokens, sample.grid)))
        # The one draw that is not the ceiling's makes the mean; a view with a single other draw shares it.
        pictures["mean"] = paste_mean(others[1:] or others, pictures["source"])
        pictures["blind"] = paste_mean(blind, pictures["source"])
        for row, picture in pictures.items():
            write_png(self.row(row) / f"{name}.png", picture)
        self._write(name, thing, sample, pair)

    def _write(self, name: str, thing: str, sample: Encoded, pair: Pair) -> None:
        path = self._facts(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.part")
        with temporary.open("wb") as file:
            np.savez_compressed(
                file, source=sample.source.numpy(), target=sample.target.numpy(), mask=sample.mask.numpy(), states=sample.states.numpy(),
                pooled=sample.pooled.numpy(), grid=np.array(sample.grid), alpha=pair.alpha, thing=np.array(thing),
                meta=np.array(json.dumps(sample.meta)),
            )  # fmt: skip
        os.replace(temporary, path)

    def items(self, pictures_a_class: int) -> Iterator[Item]:
        """The set's pairs, drawn before."""
        for name in self.ids(pictures_a_class):
            with np.load(self._facts(name)) as file:
                values = {key: file[key] for key in file.files}
            tensors = {key: torch.from_numpy(values[key]) for key in ("source", "target", "mask", "states", "pooled")}
            grid, meta = tuple(int(n) for n in values["grid"]), json.loads(str(values["meta"]))
            yield Item(name, str(values["thing"]), Encoded(**tensors, grid=grid, meta=meta), values["alpha"])

    def digest(self, items: list[Item]) -> str:
        """Twelve hex digits that stand for the pairs' photos, pictures and instructions."""
        digest = hashlib.sha256()
        for item in items:
            digest.update(f"{item.id} {item.sample.meta['photo']} {item.sample.meta['text']}".encode())
            digest.update((item.alpha * 255).round().astype(np.uint8).tobytes())
        return digest.hexdigest()[:12]
