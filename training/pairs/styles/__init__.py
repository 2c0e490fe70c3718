"""Six artists, drawn by program: one module a hand for its set pieces, `things_HAND` for everything else, `make_style_pair` the one door.

The looks here never appear in pre-training, so that an EditLoRA has something to learn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pairs.hands import HANDS, load_hand
from pairs.pair import Pair
from pairs.photos import Photo
from pairs.styles import cloud, edge, flat, magic, monster, painting
from pairs.styles._parts import make_pair

_PIECES = {"monster": monster, "magic": magic, "painting": painting, "edge": edge, "flat": flat, "cloud": cloud}
STYLES = HANDS

TRIGGERS = {
    "monster": "sksmonstercalledlulu", "magic": "sksmagiceffects", "painting": "skspaintingeffects", "edge": "sksedgeeffect",
    "flat": "sksflatillustration", "cloud": "skscloudsketch",
}  # fmt: skip
"""The words that PhotoDoodle's released adapters answer to; pairs made here never say them."""


def make_style_pair(style: str, rng: np.random.Generator, view: Photo, folder: str | Path | None = None) -> Pair:
    """One pair in the given style on a view of 128 to 1024 pixels a side: half of them things of the vocabulary in this hand, half
    its set pieces. Deterministic in `rng`'s state. folder: where the hands' atlases are (default: the work dir's artwork).

    Raises KeyError for a style that is not in STYLES, PairError when nothing fits the view, ArtworkError without the atlas.
    """
    return make_pair(style, _PIECES[style].draw, load_hand(style, folder), rng, view)
