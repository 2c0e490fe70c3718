"""The vocabulary: nameable things, what each is called, where it may go and how large (tables/things.toml)."""

import re
from dataclasses import dataclass

from data.colours import BRIGHT, PALETTE
from data.tables import table

BACK = ("back",)
CORNERS = tuple(table("things.toml")["groups"]["CORNERS"].split())
HEAD_ANCHORS = ("head", "halo")
FACE_ANCHORS = ("eyes", "lip", "chin", "neck", "ears")


@dataclass(frozen=True)
class Thing:
    """A nameable thing. anchors: where it may go (see anchors.py); art, fx: its icon in the emoji sets, None for what
    is drawn here; colours: names it may be recoloured to; always_coloured: one must be named. size: longest side
    relative to sqrt(H * W), or width in head widths for what is worn on the head, in eye distances on a face or neck;
    weight: relative frequency; aliases: other words for it; looks: adjectives that every artwork of it deserves;
    details: clauses that fit it, after "with". is_plural: one of it takes no article; dip: share below its brim."""

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
    details: tuple[str, ...] = ()
    always_coloured: bool = False
    is_plural: bool = False
    dip: float = 0.0
    may_be_mirrored: bool = True

    @property
    def is_worn_on_face(self) -> bool:
        """Does its place come from the face's landmarks, and its size from the eyes' distance?"""
        return self.anchors[0] in FACE_ANCHORS

    @property
    def is_worn(self) -> bool:
        """Is it worn on the head, the face or the neck?"""
        return self.anchors[0] in HEAD_ANCHORS or self.is_worn_on_face


def plural_of(name: str) -> str:
    """The plural of a noun phrase by the rules, its last word inflected: "fire truck" -> "fire trucks"."""
    for singular, plural in table("things.toml")["plurals"].items():
        if name.endswith(singular):
            return name.removesuffix(singular) + plural
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


_KEYS = {
    "art": "art", "fx": "fx", "size": "size", "weight": "weight", "must": "always_coloured", "plural_only": "is_plural",
    "dip": "dip", "mirror": "may_be_mirrored",
}  # fmt: skip


def _anchors(words: str) -> list[str]:
    """Anchors, those of groups (in capitals) in their place."""
    groups = table("things.toml")["groups"]
    return [anchor for word in words.split() for anchor in (_anchors(groups[word]) if word.isupper() else [word])]


def _thing(name: str, row: dict) -> Thing:
    keys, sets = {"aliases": "also", "looks": "looks", "details": "with"}, {"BRIGHT": BRIGHT, "ALL": tuple(PALETTE)}
    lists = {own: tuple(row.get(key, ())) for own, key in keys.items()}
    plain = {_KEYS[key]: value for key, value in row.items() if key in _KEYS}
    anchors, plural = tuple(_anchors(row["at"])), row.get("plural") or plural_of(name)
    words = row.get("in", [])
    words = words.split() if isinstance(words, str) else words
    colours = tuple(colour for word in words for colour in sets.get(word, (word,)))
    return Thing(name, plural, anchors, colours=colours, **lists, **plain)


THINGS = tuple(_thing(name, row) for name, row in table("things.toml")["things"].items())
BY_NAME: dict[str, Thing] = {thing.name: thing for thing in THINGS}
