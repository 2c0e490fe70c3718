"""Picture sizes of training: a few aspect ratios with nearly the same number of tokens."""

import math

from nano.taef1 import PIXELS_PER_TOKEN

SIZES = (192, 256, 384, 512)

ASPECTS = {1.0: 0.34, 1.4: 0.2, 1 / 1.4: 0.2, 16 / 9: 0.13, 9 / 16: 0.13}
"""Height divided by width -> share of the pairs. Photos are mostly square-ish or 4:3."""


def buckets(size: int) -> dict[tuple[int, int], float]:
    """(H, W) in pixels, multiples of 16 near size^2 in all -> share of the pairs; shares add up to 1.

    The number of tokens is a multiple of 4, so that sequences of 2 N plus padded text are multiples of 8, which attention
    kernels want. Raises ValueError when `size` is under 64 or no multiple of 16.
    """
    if size < 64 or size % PIXELS_PER_TOKEN:
        raise ValueError(f"--size {size}: use a multiple of {PIXELS_PER_TOKEN} from 64 on, such as {SIZES}")
    side = size // PIXELS_PER_TOKEN
    found: dict[tuple[int, int], float] = {}
    for aspect, share in ASPECTS.items():
        grid = min(
            ((r, c) for r in range(1, 2 * side) for c in range(1, 2 * side) if r * c % 4 == 0),
            key=lambda g: (abs(math.log(g[0] * g[1] / side**2)) + abs(math.log(g[0] / g[1] / aspect)), g),
        )
        shape = (grid[0] * PIXELS_PER_TOKEN, grid[1] * PIXELS_PER_TOKEN)
        found[shape] = found.get(shape, 0.0) + share
    return found
