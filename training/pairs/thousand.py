"""A thousand nameable things: every drawable emoji noun in the four families that pairs may use, and 345 line drawings.

`fetch_artwork.py` makes the atlas (work dir, artwork/thousand.npz); the names and tags are emojibase-data's (MIT). Things of
the vocabulary keep the vocabulary's name here ("lightning bolt", not "high voltage"), the emoji's own name is their first tag.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .artwork import ArtworkError
from .thousand_groups import GROUPS, group_of, is_drawable, plain_name

LONGEST = 224
"""Pixels along the longer side of a picture."""

FAMILIES = ("fluent-emoji-flat", "noto", "noto-v1", "emojione")
"""Emoji families in the atlas. fxemoji and twemoji are the evaluation's and never in here."""

__all__ = [
    "FAMILIES",
    "GROUPS",
    "LONGEST",
    "Noun",
    "Picture",
    "Sketch",
    "load_sketches",
    "load_thousand",
    "nouns",
    "save_thousand",
    "slug",
]


@dataclass(frozen=True)
class Noun:
    """A thing of the thousand. name: what instructions call it; label: the emoji's CLDR name; tags: other words for it or
    about it, first to last as emojibase has them; group: one of GROUPS; hexcode: its code points, as file names have them."""

    name: str
    label: str
    tags: tuple[str, ...]
    group: str
    hexcode: str


@dataclass(frozen=True)
class Picture:
    """A picture of a thing, trimmed, as compressed as it is stored (all decoded would take 600 MB). Reads like artwork.Sprite."""

    thing: str
    family: str
    tags: tuple[str, ...]
    group: str
    png: np.ndarray

    @property
    def rgba(self) -> np.ndarray:
        """uint8 [h, w, 4], straight alpha, longest side LONGEST; decoded at each call (about 1 ms)."""
        return cv2.cvtColor(cv2.imdecode(self.png, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)

    @functools.cached_property
    def aspect(self) -> float:
        """Width divided by height, from the file's header."""
        width, height = self.png[16:24].view(">u4")
        return float(width) / float(height)


@dataclass(frozen=True)
class Sketch:
    """A line drawing. strokes: float32 [n, 2] each, x and y in 0..255, y down, n >= 2."""

    word: str
    strokes: tuple[np.ndarray, ...]


def slug(label: str) -> str:
    """The icon name of an emoji's CLDR name: "woman’s hat" -> "womans-hat"."""
    plain = unicodedata.normalize("NFD", label.lower()).encode("ascii", "ignore").decode().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def nouns(emoji: list[dict], meta: dict) -> list[Noun]:
    """The drawable nouns of emojibase's en/data.json, given its meta/groups.json; each name once."""
    found: dict[str, Noun] = {}
    for entry in emoji:
        if entry.get("group") is None or not is_drawable(entry, meta["subgroups"][str(entry["subgroup"])]):
            continue
        label = entry["label"].replace("’", "'")
        name = plain_name(slug(entry["label"]), label)
        tags = tuple(dict.fromkeys(word for word in (label, *entry.get("tags", ())) if word != name))
        noun = Noun(name, entry["label"], tags, group_of(name, meta["subgroups"][str(entry["subgroup"])]), entry["hexcode"])
        found.setdefault(name, noun)
    return list(found.values())


def save_thousand(path: Path, pictures: list[tuple[Noun, str, np.ndarray]]) -> None:
    """Write (noun, family, rgba uint8 [h, w, 4]) as one npz of PNG bytes, beside a JSON line of each picture's facts."""
    files = [cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1].ravel() for _, _, rgba in pictures]
    facts = [{"thing": noun.name, "family": family, "tags": noun.tags, "group": noun.group} for noun, family, _ in pictures]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved into place: whoever is reading the old atlas is not disturbed.
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished, png=np.concatenate(files), end=np.cumsum([len(file) for file in files]), facts=np.array(json.dumps(facts))
    )
    unfinished.replace(path)


def load_thousand(work_dir: str | Path, families: tuple[str, ...] = FAMILIES) -> list[Picture]:
    """All pictures of work_dir/artwork/thousand.npz in the families. Raises ArtworkError when the atlas is missing."""
    path = Path(work_dir) / "artwork" / "thousand.npz"
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: run `python training/fetch_artwork.py`")
    with np.load(path) as atlas:
        png, ends, facts = atlas["png"], atlas["end"], json.loads(str(atlas["facts"]))
    return [
        Picture(fact["thing"], fact["family"], tuple(fact["tags"]), fact["group"], file)
        for file, fact in zip(np.split(png, ends[:-1]), facts, strict=True)
        if fact["family"] in families
    ]


def load_sketches(data_dir: str | Path) -> list[Sketch]:
    """The line drawings of data_dir/quickdraw.ndjson.gz (Quick, Draw!, CC BY 4.0). Raises ArtworkError when it is missing."""
    path = Path(data_dir) / "quickdraw.ndjson.gz"
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: set PHOTODOODLE_DATA to the folder that has it")
    sketches = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            strokes = [np.array(stroke, np.float32).T for stroke in entry["drawing"]]
            # A dot is one point: two equal ones make it a stroke.
            strokes = [stroke if len(stroke) > 1 else np.repeat(stroke, 2, axis=0) for stroke in strokes]
            sketches.append(Sketch(entry["word"], tuple(strokes)))
    return sketches
