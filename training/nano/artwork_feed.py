"""What the drawing transformer learns to draw by name: a picture, its words, and whether it lies before or behind the subject."""

import re
from typing import NamedTuple

import cv2
import numpy as np

from pairs import grammar
from pairs.artwork import Artwork
from pairs.hands import WITHHELD, colours_of, draw_thing, load_hand

from nano.elements import BEHIND_SHARE

PICTURE = 200
"""Longest side of a picture before it is placed: about what the middle crop shows of it."""
COLOURED_SHARE = 0.5
ARTICLE = re.compile(r"^(a|an|some|several|many|lots of|plenty of|a bunch of|two|three|four|five|six|seven|eight|nine|ten) ")


class Picture(NamedTuple):
    """pixels uint8 [h, w, 4] premultiplied; kind: one of conditioned.KINDS; upright: never turned (what is worn)."""

    pixels: np.ndarray
    words: str
    kind: str
    upright: bool
    name: str


FAMILY_SHARES = {"fluent-emoji-flat": 1.0, "noto": 0.03, "noto-v1": 0.02, "emojione": 0.02}
"""One hand draws nearly everything; the others stand in where it lacks a thing (see pairs/artwork.py)."""


def premultiplied(rgba: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 4], straight alpha, to at most PICTURE px, premultiplied."""
    factor = PICTURE / max(rgba.shape[:2])
    pixels = rgba.astype(np.float32)
    pixels[..., :3] *= pixels[..., 3:] / 255
    if factor < 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.rint(pixels).astype(np.uint8)


class ThousandFeed:
    """The nouns of pairs/thousand.py, each as often as any other, by name or, now and then, by another word for it."""

    def __init__(self, pictures: list, keep: int = 4000):
        self.by_name: dict[str, list] = {}
        for picture in pictures:
            self.by_name.setdefault(picture.thing, []).append(picture)
        self.names, self.keep, self._pixels = sorted(self.by_name), keep, {}

    def draw(self, rng: np.random.Generator) -> Picture:
        name = self.names[int(rng.integers(len(self.names)))]
        own = self.by_name[name]
        shares = np.array([FAMILY_SHARES[picture.family] for picture in own])
        picture = own[int(rng.choice(len(own), p=shares / shares.sum()))]
        if id(picture) not in self._pixels:
            if len(self._pixels) >= self.keep:
                self._pixels.clear()
            self._pixels[id(picture)] = premultiplied(picture.rgba)
        words = name if rng.random() < 0.8 or not picture.tags else picture.tags[0]
        words = f"{words}s" if rng.random() < 0.15 and not words.endswith("s") else words
        kind = "behind" if rng.random() < BEHIND_SHARE else "front"
        return Picture(self._pixels[id(picture)], words, kind, picture.group == "worn", name)


class HandFeed:
    """Things as an artist draws them (pairs/hands.py), but for those withheld from every hand for evaluation."""

    def __init__(self, hand: str, things: tuple, coloured: float = COLOURED_SHARE):
        known, self.coloured = load_hand(hand).names - WITHHELD, coloured
        self.things = [thing for thing in things if thing.name in known]
        weights = np.sqrt([thing.weight for thing in self.things])
        self.name, self.shares, self.colours = hand, weights / weights.sum(), colours_of(hand)

    def draw(self, rng: np.random.Generator) -> Picture:
        thing = self.things[int(rng.choice(len(self.things), p=self.shares))]
        colour = self.colours[int(rng.integers(len(self.colours)))] if rng.random() < self.coloured else None
        pixels = np.rint(draw_thing(self.name, rng, thing, colour) * 255).clip(0, 255).astype(np.uint8)
        worn = thing.anchors[0] in ("head", "halo") or thing.is_worn_on_face
        kind = "behind" if rng.random() < BEHIND_SHARE else "front"
        return Picture(pixels, own_words(thing, colour, rng), kind, worn, thing.name)


class ThingFeed:
    """The vocabulary of pairs/things.py. `common` of the samples are of the first sixty things, the rest of all."""

    def __init__(self, artwork: Artwork, things: int = 215, common: float = 0.5, first: int = 60):
        self.artwork, self.things = artwork, artwork.things[:things]
        weights = np.sqrt([thing.weight for thing in self.things])
        every = weights / weights.sum()
        early = np.where(np.arange(len(weights)) < first, weights, 0)
        self._pictures: dict[tuple, np.ndarray] = {}
        self.shares = every * (1 - common) + early / early.sum() * common if things > first else every

    def draw(self, rng: np.random.Generator) -> Picture:
        return self.picture(self.things[int(rng.choice(len(self.things), p=self.shares))], rng)

    def picture(self, thing, rng: np.random.Generator) -> Picture:
        sprite = self.artwork.pick(thing.name, rng)
        colour = None
        if thing.colours and (thing.always_coloured or rng.random() < COLOURED_SHARE):
            colour = thing.colours[int(rng.integers(len(thing.colours)))]
        pixels = self._premultiplied(sprite, colour)
        if thing.may_be_mirrored and rng.random() < 0.3:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        worn = thing.anchors[0] in ("head", "halo") or thing.is_worn_on_face
        kind = "behind" if rng.random() < BEHIND_SHARE else "front"
        return Picture(pixels, own_words(thing, colour, rng), kind, worn, thing.name)


    def _premultiplied(self, sprite, colour: str | None) -> np.ndarray:
        key = (id(sprite), colour)
        if key not in self._pictures:
            height, width = sprite.rgba.shape[:2]
            factor = PICTURE / max(height, width)
            pixels = self.artwork.picture(sprite, width * factor, height * factor, colour)
            self._pictures[key] = np.rint(pixels * (1, 1, 1, 255)).clip(0, 255).astype(np.uint8)
        return self._pictures[key]


def own_words(thing, colour: str | None, rng: np.random.Generator) -> str:
    """A noun phrase as an instruction has it: singular or plural, now and then with its article or number, as a person would slip."""
    if rng.random() < 0.25:
        words = grammar.plural_phrase(thing, colour, int(rng.integers(2, 9)), rng)
    else:
        words = grammar.noun_phrase(thing, colour, rng)
    if rng.random() < 0.7:
        words = ARTICLE.sub("", words)
    return words if rng.random() > 0.04 else grammar.with_slips(words, set(), rng)


