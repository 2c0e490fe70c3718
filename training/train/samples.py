"""Samples of the drawing transformer, made on the fly: a picture of a thing in any box on any crop of any photo, told
its own words.

Drawing needs no anchors: where a thing goes is the layout's to learn. A sample takes a millisecond or two."""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from data.artwork import Artwork, Sprite
from data.hands import WITHHELD, colours_of, load_hand
from data.styles import MOTIFS
from data.things import THINGS, Thing
from data.wording import noun_phrase, one_of, plural_phrase, with_slips
from model.codec import CANVAS, CROP_MARGIN, LAYER_CHANNELS, LAYER_PATCH, Codec, matte_tokens, patches
from model.conditioned import KINDS, TOKENS, place_features
from model.text import Texts

DRAWN = 0.02  # Least alpha anywhere in a patch that counts as drawn
STRETCH, STRETCHED_SHARE = (0.08, 0.3), 0.15
"""Deviation of the logarithm of a picture's stretch, of most and of a share: a person may draw any box."""
BEHIND_SHARE = 0.4
INSTRUCTION_DROPOUT = 0.1
MATTE_DROPOUT = 0.1
PICTURE = 200  # Longest side of a picture before it is placed: about what the middle crop shows of it
COLOURED_SHARE = 0.5
MOTIF_SHARE = 0.5  # Share of a hand's pictures that are its own motifs, where it has some; the rest are things
LOWER_SHARE = 0.1  # Share of the batches also seen at a lower noise level: an edit is one call, at pure noise
FIRST, COMMON = 60, 0.5  # COMMON of the samples are of the vocabulary's FIRST things, the rest of all

_NUMBERS = "two|three|four|five|six|seven|eight|nine|ten"
_COUNT = re.compile(rf"^(a|an|some|several|many|lots of|plenty of|a bunch of|{_NUMBERS}) ")

FAMILY_SHARES = {"fluent-emoji-flat": 1.0, "noto": 0.03, "noto-v1": 0.02, "emojione": 0.02}
"""One hand draws nearly everything; the others stand in where it lacks a thing (see data/artwork.py)."""


class Picture(NamedTuple):
    """pixels uint8 [h, w, 4] premultiplied, or [h, w, 5] with what lies in front; kind: one of conditioned.KINDS."""

    pixels: np.ndarray
    words: str
    kind: str
    name: str


def own_words(thing: Thing, colour: str | None, rng: np.random.Generator) -> str:
    """A noun phrase as an instruction has it: singular or plural, now and then with article or number."""
    if rng.random() < 0.25:
        words = plural_phrase(thing, colour, int(rng.integers(2, 9)), rng)
    else:
        words = noun_phrase(thing, colour, rng)
    if rng.random() < 0.7:
        words = _COUNT.sub("", words)
    return words if rng.random() > 0.04 else with_slips(words, set(), rng)


def _told(pixels: np.ndarray, thing: Thing, colour: str | None, rng: np.random.Generator) -> Picture:
    kind = "behind" if rng.random() < BEHIND_SHARE else "front"
    return Picture(pixels, own_words(thing, colour, rng), kind, thing.name)


def shares_of(things: Sequence[Thing], common: float) -> np.ndarray:
    """How often each thing comes: `common` of the samples are of the vocabulary's FIRST, the rest of all."""
    weights = np.sqrt([thing.weight for thing in things])
    first = {thing.name for thing in THINGS[:FIRST]}
    early = np.where([thing.name in first for thing in things], weights, 0.0)
    return weights / weights.sum() * (1 - common) + early / early.sum() * common


def _bytes(picture: np.ndarray, scale) -> np.ndarray:
    return np.rint(picture * scale).clip(0, 255).astype(np.uint8)


class ThousandFeed:
    """The nouns of data/thousand.py, each as often as any other, by name or, now and then, by another word for it."""

    def __init__(self, pictures: list):
        self.by_name: dict[str, list] = {}
        for picture in pictures:
            self.by_name.setdefault(picture.thing, []).append(picture)
        self.names = sorted(self.by_name)
        self._pixels = functools.lru_cache(4000)(lambda picture: _premultiplied(picture.rgba))

    def draw(self, rng: np.random.Generator) -> Picture:
        name = one_of(rng, self.names)
        own = self.by_name[name]
        shares = np.array([FAMILY_SHARES[picture.family] for picture in own])
        picture = own[int(rng.choice(len(own), p=shares / shares.sum()))]
        words = name if rng.random() < 0.8 or not picture.tags else picture.tags[0]
        words = f"{words}s" if rng.random() < 0.15 and not words.endswith("s") else words
        kind = "behind" if rng.random() < BEHIND_SHARE else "front"
        return Picture(self._pixels(picture), words, kind, name)


def _premultiplied(rgba: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 4], straight alpha, to at most PICTURE px, premultiplied."""
    factor = PICTURE / max(rgba.shape[:2])
    pixels = rgba.astype(np.float32)
    pixels[..., :3] *= pixels[..., 3:] / 255
    if factor < 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.rint(pixels).astype(np.uint8)


class HandFeed:
    """Things as an artist draws them (data/hands.py), but for those withheld, and the hand's motifs (data/styles)."""

    def __init__(self, hand: str):
        atlas = load_hand(hand)
        self.things = [thing for thing in THINGS if thing.name in atlas.names - WITHHELD]
        self.name, self.shares, self.colours = hand, shares_of(self.things, COMMON), colours_of(hand)
        self._pixels = functools.cache(lambda name, colour: _bytes(atlas.paint(atlas.pick(name), colour), 255))

    def draw(self, rng: np.random.Generator) -> Picture:
        if self.name in MOTIFS and rng.random() < MOTIF_SHARE:
            made = MOTIFS[self.name](rng)
            return Picture(made.planes, made.what, made.kind, made.name)
        thing = self.things[int(rng.choice(len(self.things), p=self.shares))]
        colour = one_of(rng, self.colours) if rng.random() < COLOURED_SHARE else None
        return _told(self._pixels(thing.name, colour), thing, colour, rng)


class ThingFeed:
    """The vocabulary's first `things`; common: share of the samples that are of its first sixty."""

    def __init__(self, artwork: Artwork, things: int = len(THINGS), common: float = COMMON):
        self.artwork, self.things = artwork, artwork.things[:things]
        self.shares, self._pixels = shares_of(self.things, common), functools.cache(self._drawn)

    def _drawn(self, sprite: Sprite, colour: str | None) -> np.ndarray:
        size = np.array(sprite.rgba.shape[1::-1]) * PICTURE / max(sprite.rgba.shape[:2])
        return _bytes(self.artwork.picture(sprite, *size, colour), (1, 1, 1, 255))

    def draw(self, rng: np.random.Generator) -> Picture:
        thing = self.things[int(rng.choice(len(self.things), p=self.shares))]
        sprite = self.artwork.pick(thing.name, rng)
        colour = one_of(rng, thing.colours) if thing.colours and rng.random() < COLOURED_SHARE else None
        return _told(self._pixels(sprite, colour), thing, colour, rng)


Drawn = tuple[np.ndarray, tuple[float, float, float, float]]
"""A picture in its crop: layer f32 [256, 256, 5] premultiplied 0..1; box (y0, y1, x0, x1) in the crop's sides."""


def place_picture(picture: np.ndarray, front: float, rng: np.random.Generator) -> Drawn:
    """A picture of a Picture, premultiplied and trimmed, in the middle of a crop as the app cuts it, a little
    stretched: a box seldom has the very shape of what goes in it. Its place and size are always the same."""
    height, width = picture.shape[:2]
    stretch = float(np.exp(rng.normal(0, STRETCH[rng.random() < STRETCHED_SHARE])))
    size = np.array([width * stretch, height / stretch])
    scale = CANVAS / (CROP_MARGIN * size.max())
    x, y = (CANVAS - size * scale) / 2
    across, down = stretch * scale, scale / stretch
    matrix = np.array([[across, 0, x + (across - 1) / 2], [0, down, y + (down - 1) / 2]], np.float32)
    warp = lambda part: cv2.warpAffine(part, matrix, (CANVAS, CANVAS), flags=cv2.INTER_LINEAR)
    drawn = warp(np.ascontiguousarray(picture[..., :4]))
    before = drawn[..., 3] * np.float32(front) if picture.shape[2] == 4 else warp(np.ascontiguousarray(picture[..., 4]))
    right, bottom = (CANVAS + size * scale) / 2
    box = (y / CANVAS, bottom / CANVAS, x / CANVAS, right / CANVAS)
    layer = np.dstack([drawn, before]).astype(np.float32) * np.float32(1 / 255)
    return layer, box


class CropPool:
    """What `run.py crops` wrote: crops of photos, uint8 [n, 128, 128, 3], and their mattes, uint8 [n, 128, 128]."""

    def __init__(self, folder: Path):
        self.photo, self.matte = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("photo", "matte"))

    def draw(self, count: int, codec: Codec, rng: np.random.Generator) -> Tensor:
        """Photo tokens and matte of random crops, mirrored half of the time: [count, 64, 80]."""
        picked = rng.integers(len(self.photo), size=count)
        photos, mattes = [], []
        for index in picked:
            both = np.dstack([self.photo[index], self.matte[index]])
            both = both[:, ::-1] if rng.random() < 0.5 else both
            photos.append(both[..., :3])
            mattes.append(both[..., 3] * (0 if rng.random() < MATTE_DROPOUT else 1))
        photo = torch.from_numpy(np.stack(photos))
        matte = torch.from_numpy(np.stack(mattes)).float() / 255
        return torch.cat((codec.photo_tokens(photo), matte_tokens(matte, TOKENS, TOKENS)), -1)


class DrawingBatch(NamedTuple):
    """clean [B, N, K], src [B, N, 80], place [B, N, 29], txt [B, L, 384], pooled [B, 384], txt_mask [B, L]."""

    clean: Tensor
    src: Tensor
    place: Tensor
    txt: Tensor
    pooled: Tensor
    txt_mask: Tensor


def collate(
    drawn: list[Drawn], kinds: list[str], texts: list[str], src: Tensor, codec: Codec, encoder: Texts
) -> DrawingBatch:
    """Crops of 8 x 8 tokens as a batch."""
    layers, boxes = zip(*drawn)
    place = place_features(torch.tensor(boxes), torch.tensor([KINDS.index(kind) for kind in kinds]))
    return DrawingBatch(codec.layer_tokens(torch.from_numpy(np.stack(layers))), src, place, *encoder.batch(texts))


def plain_batch(
    feed, pool: CropPool, count: int, rng: np.random.Generator, codec: Codec, encoder: Texts,
    dropout: float = INSTRUCTION_DROPOUT, photo: float = 1.0,
) -> DrawingBatch:  # fmt: skip
    """Pictures of a feed on random crops; dropout: share that is told no words; photo: chance that the batch is told
    its photo. What a thing looks like hardly depends on it, and without its tokens a batch costs half."""
    pictures = [feed.draw(rng) for _ in range(count)]
    drawn = [place_picture(p.pixels, float(p.kind == "front"), rng) for p in pictures]
    words = ["" if rng.random() < dropout else p.words for p in pictures]
    src = pool.draw(count, codec, rng)
    src = src if rng.random() < photo else src[:, :0]
    return collate(drawn, [p.kind for p in pictures], words, src, codec, encoder)


class Replay:
    """Batches that are seen again: making one costs a good part of a step, and its noise is new each time. make: gives
    a batch, of which one in `times` asked for is new; `kept` of them are remembered."""

    def __init__(self, make: Callable[[], Any], times: int = 3, kept: int = 60):
        self.make, self.times, self.kept = make, times, deque(maxlen=kept)

    def batch(self, rng: np.random.Generator) -> Any:
        if len(self.kept) > 4 * self.times and rng.random() > 1 / self.times:
            return self.kept[int(rng.integers(len(self.kept)))]
        self.kept.append(self.make())
        return self.kept[-1]


def drawing_loss(prediction: Tensor, clean: Tensor) -> Tensor:
    """Squared error, a picture weighted by 1 / sqrt(share of tokens drawn): small things count nearly as much."""
    drawn = (clean.abs().amax(-1) > 1e-4).float().mean(1)
    weight = drawn.clamp(min=1 / 36).rsqrt()
    return ((prediction.float() - clean).square().mean((1, 2)) * weight).mean()


def noised(clean: Tensor, sigma: Tensor, noise: torch.Generator) -> Tensor:
    """clean [B, ...] at noise levels [B]."""
    level = sigma[:, None, None]
    return (1 - level) * clean + level * torch.randn(clean.shape, generator=noise)


def levels_of(count: int, both: bool, rng: np.random.Generator) -> Tensor:
    """Noise levels of pictures: one each next to pure noise, where everything is decided [count], or, of both, each
    with a lower one that leans there [2 count]."""
    levels = rng.uniform(0.97, 1.0, count)
    if both:
        lean = 1 / (1 + np.exp(-rng.normal(1.2, 1.1, count)))
        levels = np.stack((levels, lean.clip(0.05, 1.0)), 1).ravel()
    return torch.from_numpy(levels.astype(np.float32))


def drawing_step(
    call: Callable, batch: DrawingBatch, rope: tuple, rng: np.random.Generator, noise: torch.Generator
) -> tuple[Tensor, int]:
    """The loss of a batch at one or two noise levels a picture, and how many samples that is. call: a forward."""
    src_rope = tuple(table[: batch.src.shape[1]] for table in rope)
    sigma = levels_of(len(batch.clean), rng.random() < LOWER_SHARE, rng)
    clean = batch.clean.repeat_interleave(len(sigma) // len(batch.clean), 0)
    noisy = noised(clean, sigma, noise)
    answer, _ = call(noisy, sigma, batch.src, batch.txt, batch.pooled, batch.txt_mask, rope, src_rope, batch.place)
    return drawing_loss(answer, clean), len(clean)


def drawn_patches(feeds: list, count: int, rng: np.random.Generator) -> np.ndarray:
    """[n, 5120] f32: the drawn patches of `count` pictures, the feeds in turn."""
    found = []
    for index in range(count):
        picture = feeds[index % len(feeds)].draw(rng)
        layer, _ = place_picture(picture.pixels, float(picture.kind == "front"), rng)
        tokens = patches(torch.from_numpy(layer)[None], LAYER_PATCH)[0].numpy()
        tokens = tokens[tokens[:, 3::LAYER_CHANNELS].max(1) > DRAWN]
        found.append(tokens[rng.random(len(tokens)) < 0.5])
    return np.concatenate(found)
