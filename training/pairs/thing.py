"""A nameable thing: what it is called, where it may go and how large."""

from __future__ import annotations

import re
from dataclasses import dataclass

WEAR = ("head",)
CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
STICKER = ("left", "right", "above", *CORNERS, "behind", "around", "scatter", "middle")
FLYER = ("left", "right", "above", "top_left", "top_right", "around", "scatter", "sky")
CREATURE = ("beside_left", "beside_right", "perch")
GROUND = ("beside_left", "beside_right", "front", "bottom")
SKY = ("top_left", "top_right", "above", "behind", "scatter", "sky")
FOOD = ("beside_left", "beside_right", "front", "around", "scatter")
BACK = ("back",)
EYES = ("eyes",)
NECK = ("neck",)

GROUPS = {
    "worn": (WEAR, 1.0), "perching": (CREATURE, 0.42), "standing": (GROUND, 0.46), "flying": (FLYER, 0.40), "lying": (FOOD, 0.40),
    "scattered": (STICKER, 0.36),
}  # fmt: skip
"""Anchors and size of a thing that has none of its own, by how it is found in the world."""

HEAD_ANCHORS = ("head", "halo")
FACE_ANCHORS = ("eyes", "lip", "chin", "neck", "ears")


@dataclass(frozen=True)
class Thing:
    """A nameable thing. anchors: where it may go (see anchors.py); colours: names it may be recoloured to; size: longest side
    relative to sqrt(H * W), or width in head widths for what is worn on the head, in eye distances on a face or neck; weight: relative frequency; aliases:
    other words for it; looks: adjectives that every artwork of it deserves."""

    name: str
    plural: str
    anchors: tuple[str, ...]
    art: str | None = None
    fx: str | None = None
    size: float = 0.40
    weight: float = 1.0
    colours: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()

    @property
    def always_coloured(self) -> bool:
        """Must a colour be named? The sets disagree about what colour these have, or it is too dark to see."""
        return self.name in _ALWAYS_COLOURED

    @property
    def is_plural(self) -> bool:
        """Does one of it take no article ("sunglasses", "antlers")?"""
        return self.name in _PLURALS

    @property
    def is_worn_on_face(self) -> bool:
        """Does its place come from the face's landmarks, and its size from the eyes' distance?"""
        return self.anchors[0] in FACE_ANCHORS

    @property
    def is_worn(self) -> bool:
        """Is it worn on the head, the face or the neck?"""
        return self.anchors[0] in HEAD_ANCHORS or self.is_worn_on_face

    @property
    def dip(self) -> float:
        """Share of the height of something worn on the head that hangs below its brim."""
        return _DIPS.get(self.name, 0.0)

    @property
    def may_be_mirrored(self) -> bool:
        """Does it look right in a mirror? Writing does not."""
        return self.name not in ("question mark", "music note", "money bag", "alarm clock", "books")


def of_group(name: str, group: str, plural: str | None = None, **fields) -> Thing:
    """A thing that goes where its group does (a key of GROUPS); plural: by the rule without one; fields: others of Thing."""
    anchors, size = GROUPS[group]
    return Thing(name, plural or plural_of(name), anchors, **{"size": size} | fields)


def plural_of(name: str) -> str:
    """The plural of a noun phrase by the rules, its last word inflected: "fire truck" -> "fire trucks"."""
    for singular, plural in (("man", "men"), ("mouse", "mice"), ("foot", "feet"), ("tooth", "teeth"), ("leaf", "leaves"), ("fish", "fish")):
        if name.endswith(singular):
            return name.removesuffix(singular) + plural
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


_ALWAYS_COLOURED = frozenset((
    "butterfly", "bird", "music note", "flower", "wizard hat", "party hat", "top hat", "bow", "beanie", "scarf", "bow tie", "tie",
    "cape", "bandana", "superhero mask", "butterfly wings", "car", "kite", "hot air balloon", "heart glasses", "star glasses",
    "headphones", "sun hat", "baseball cap", "necklace", "cat ears",
))  # fmt: skip
_PLURALS = frozenset((
    "wings", "bunny ears", "sparkles", "cherries", "glasses", "sunglasses", "heart glasses", "star glasses", "3D glasses",
    "headphones", "cat ears", "antlers", "devil horns", "butterfly wings", "bat wings", "grapes", "french fries", "pancakes", "popcorn",
    "paw prints",
))  # fmt: skip
_DIPS = {"hard hat": 0.36, "graduation cap": 0.12, "bow": 0.4, "flower crown": 0.25, "cat ears": 0.2, "star tiara": 0.15}
