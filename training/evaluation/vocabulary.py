"""What a set of weights was taught to draw, written down beside them, so that a wider generator asks them no more than that."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compose import Job
from evaluation.draws import KINDS, EvaluationError
from nano.settings import work_dir
from nano.sizes import buckets
from pairs.artwork import Artwork, load_artwork


@dataclass(frozen=True)
class Taught:
    """How a thing was trained: the kinds of pairs (of draws.KINDS) and the anchors it was seen at."""

    kinds: tuple[str, ...]
    anchors: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """things: by name. colours: named colours of the instructions. families: of artwork. kinds: kind of edit -> its pairs."""

    things: dict[str, Taught]
    colours: frozenset[str]
    families: frozenset[str]
    kinds: dict[str, int]

    def knows(self, meta: dict) -> bool:
        """Were a pair's anchor and colour trained for the thing that it names?"""
        if isinstance(meta["colour"], str) and meta["colour"] not in self.colours:
            return False
        return meta["kind"] not in KINDS or meta["anchor"] in self.things[meta["things"][0]].anchors


def taught(cache: Path) -> list[dict]:
    """The facts (Pair.meta) of all pairs of a training cache. Raises EvaluationError for a folder without shards."""
    shards = sorted(cache.glob("*.npz"))
    if not shards:
        raise EvaluationError(f"{cache} has no shards: name the cache that the weights were trained on")
    metas: list[dict] = []
    for shard in shards:
        with np.load(shard) as file:
            metas += json.loads(str(file["meta"]))
    return metas


def composed(count: int, size: int, seed: int = 0) -> list[dict]:
    """The facts of `count` pairs as a run that composes its pairs meanwhile draws them. size: pixels, see nano.sizes."""
    draw, rng, shapes = Job("pretrain")(), np.random.default_rng(seed), buckets(size)
    metas: list[dict] = []
    while len(metas) < count:
        shape = list(shapes)[int(rng.integers(len(shapes)))]
        metas += [pair.meta for pair in draw(rng, shape)]
    return metas[:count]


def record(metas: Iterable[dict], least: int) -> dict:
    """The vocabulary as JSON: things named by at least `least` pairs of KINDS, with their pairs and anchors."""
    pairs, anchors, seen, colours, families, kinds = Counter(), defaultdict(set), defaultdict(set), set(), set(), Counter()
    for meta in metas:
        kinds[meta["kind"]] += 1
        if meta["kind"] not in KINDS:
            continue
        name = meta["things"][0]
        pairs[name] += 1
        anchors[name].add(meta["anchor"])
        seen[name].add(meta["kind"])
        families.add(meta["family"])
        if meta["colour"] is not None:
            colours.add(meta["colour"])
    things = {
        name: {"pairs": n, "kinds": sorted(seen[name]), "anchors": sorted(anchors[name])} for name, n in sorted(pairs.items()) if n >= least
    }
    return {
        "least": least, "pairs": sum(kinds.values()), "kinds": dict(sorted(kinds.items())), "families": sorted(families),
        "colours": sorted(colours), "things": things,
    }  # fmt: skip


def load_vocabulary(path: Path) -> Vocabulary:
    """Reads what `record` gave. Raises EvaluationError when the file is missing."""
    if not path.is_file():
        raise EvaluationError(f"{path} is missing: run `python training/evaluate.py vocabulary --cache CACHE --out {path}`")
    saved = json.loads(path.read_text())
    things = {name: Taught(tuple(about["kinds"]), tuple(about["anchors"])) for name, about in saved["things"].items()}
    return Vocabulary(things, frozenset(saved["colours"]), frozenset(saved["families"]), saved["kinds"])


def generator_artwork(words: Vocabulary) -> Artwork:
    """The generator's artwork, of the vocabulary's things and families alone. Raises ArtworkError."""
    every = load_artwork(work_dir())
    return Artwork([sprite for thing in words.things for sprite in every.sprites(thing) if sprite.family in words.families])


def to_text(saved: dict) -> str:
    """JSON with one line a thing."""
    lines = [f"  {json.dumps(name)}: {json.dumps(about)}" for name, about in saved["things"].items()]
    head = json.dumps({key: value for key, value in saved.items() if key != "things"})
    return f'{head[:-1]}, "things": {{\n' + ",\n".join(lines) + "\n}}\n"
