"""A thousand nameable things: every drawable emoji noun in the four families that pairs may use, and 345 line drawings.

`run.py artwork` makes the atlas (work dir, artwork/thousand.npz); the names and tags are emojibase-data's (MIT). Things
of the vocabulary keep its name here ("lightning bolt", not "high voltage"), the emoji's own is the first tag."""

import gzip
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.artwork import ArtworkError, decode, read_atlas, write_atlas
from data.tables import table
from data.things import THINGS

LONGEST = 224  # Pixels along the longer side of a picture
FAMILIES = ("fluent-emoji-flat", "noto", "noto-v1", "emojione")  # Of the atlas: none of the evaluation's


@dataclass(frozen=True)
class Noun:
    """A thing of the thousand. name: what instructions call it; label: the emoji's CLDR name; tags: other words for it
    or about it, first to last as emojibase has them; hexcode: its code points, as file names have."""

    name: str
    label: str
    tags: tuple[str, ...]
    hexcode: str


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a thing, trimmed, as compressed as it is stored (all decoded would take 600 MB)."""

    thing: str
    family: str
    tags: tuple[str, ...]
    png: np.ndarray

    @property
    def rgba(self) -> np.ndarray:
        """uint8 [h, w, 4], straight alpha, longest side LONGEST; decoded at each call (about 1 ms)."""
        return decode(self.png)


def slug(label: str) -> str:
    """The icon name of an emoji's CLDR name: "woman’s hat" -> "womans-hat"."""
    plain = unicodedata.normalize("NFD", label.lower()).encode("ascii", "ignore").decode().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def is_drawable(entry: dict, subgroup: str) -> bool:
    """Is this emoji (a dict of emojibase's data.json) a noun that can be drawn? subgroup: its key in groups.json."""
    label, nouns = entry["label"], table("thousand.toml")["nouns"]
    if label in nouns["symbols"] or label in nouns["people"]:
        return True
    if subgroup not in nouns["subgroups"] or subgroup.startswith("person"):
        return False
    left_out = lambda word: word == label or (len(word) > 5 and word in label) or label.startswith(word + " ")
    return not any(map(left_out, nouns["left_out"]))


def nouns(emoji: list[dict], meta: dict) -> list[Noun]:
    """The drawable nouns of emojibase's en/data.json, given its meta/groups.json; each name once."""
    vocabulary = {thing.art: thing.name for thing in THINGS if thing.art is not None}
    found: dict[str, Noun] = {}
    for entry in emoji:
        if entry.get("group") is None or not is_drawable(entry, meta["subgroups"][str(entry["subgroup"])]):
            continue
        label, icon = entry["label"].replace("’", "'"), slug(entry["label"])
        name = vocabulary.get(icon) or table("thousand.toml")["names"].get(icon) or label
        tags = tuple(dict.fromkeys(word for word in (label, *entry.get("tags", ())) if word != name))
        found.setdefault(name, Noun(name, entry["label"], tags, entry["hexcode"]))
    return list(found.values())


def save_thousand(path: Path, pictures: list[tuple[Noun, str, np.ndarray]]) -> None:
    """Write (noun, family, rgba uint8 [h, w, 4]) as an atlas beside a JSON list of each picture's facts."""
    facts = [{"thing": n.name, "family": family, "tags": n.tags} for n, family, _ in pictures]
    write_atlas(path, [rgba for _, _, rgba in pictures], facts=np.array(json.dumps(facts)))


def load_thousand(work_dir: str | Path) -> list[Picture]:
    """All pictures of work_dir/artwork/thousand.npz. Raises ArtworkError when the atlas is missing."""
    path = Path(work_dir) / "artwork" / "thousand.npz"
    files = [file for (file,) in read_atlas(path, "artwork")]
    with np.load(path) as atlas:
        facts = json.loads(str(atlas["facts"]))
    made = lambda file, fact: Picture(fact["thing"], fact["family"], tuple(fact["tags"]), file)
    return [made(file, fact) for file, fact in zip(files, facts, strict=True)]


def sketched_words(data_dir: str | Path) -> list[str]:
    """The words of data_dir/quickdraw.ndjson.gz (Quick, Draw!, CC BY 4.0), a drawing each. Raises ArtworkError."""
    path = Path(data_dir) / "quickdraw.ndjson.gz"
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: set PHOTODOODLE_DATA to the folder that has it")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["word"] for line in lines]
