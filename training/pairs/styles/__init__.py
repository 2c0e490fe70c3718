"""Six artists, drawn by program: one module a hand, `make_style_pair` the one door.

The looks here never appear in pre-training, so that an EditLoRA has something to learn.
"""

from __future__ import annotations

import numpy as np

from pairs.pair import Pair
from pairs.photos import Photo
from pairs.styles import cloud, edge, flat, magic, monster, painting

_HANDS = {"monster": monster, "magic": magic, "painting": painting, "edge": edge, "flat": flat, "cloud": cloud}
STYLES = tuple(_HANDS)
TRIGGERS = {style: hand.TRIGGER for style, hand in _HANDS.items()}


def make_style_pair(style: str, rng: np.random.Generator, view: Photo) -> Pair:
    """Draws one pair in the given style on a view of 128 to 1024 pixels a side. Deterministic in `rng`'s state.

    Raises KeyError for a style that is not in STYLES, ValueError when no size of the doodle fits the view.
    """
    return _HANDS[style].draw_pair(rng, view)
