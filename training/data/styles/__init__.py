"""Six artists, drawn by program: one module a hand for its set pieces, `things` for everything else, `make_style_pair`
the one door. The looks here never appear in pre-training, so that an EditLoRA has something to learn."""

from pathlib import Path

import numpy as np

from data.hands import HANDS, load_hand
from data.pair import Pair
from data.photos import Photo
from data.styles import cloud, edge, flat, magic, monster, painting
from data.styles.pieces import THINGS_SHARE, make_pair

_PIECES = {"monster": monster, "magic": magic, "painting": painting, "edge": edge, "flat": flat, "cloud": cloud}
STYLES = HANDS
MOTIFS = {"monster": monster.motif, "painting": painting.motif, "flat": flat.motif}
"""What else than things a hand draws alike wherever it goes."""


def make_style_pair(
    style: str, rng: np.random.Generator, view: Photo, folder: str | Path | None = None, things: float = THINGS_SHARE
) -> Pair:
    """One pair in the given style on a view of 128 to 1024 pixels a side: a share `things` of them the vocabulary's in
    this hand, the rest its set pieces. Deterministic in `rng`'s state. folder: where the hands' atlases are (default:
    the work dir's artwork).

    Raises KeyError for a style not in STYLES, PairError when nothing fits the view, ArtworkError without the atlas."""
    return make_pair(style, _PIECES[style].draw, load_hand(style, folder), rng, view, things)
