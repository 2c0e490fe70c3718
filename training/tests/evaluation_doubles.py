"""Stand-ins for photos, artwork and autoencoder, so that tests of the evaluation need no data folder and no weights."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from evaluation.held_out import Tools
from evaluation.vocabulary import Taught, Vocabulary
from pairs.artwork import Artwork, Sprite
from pairs.photos import Photo

COLOURS = {"sunflower": (250, 200, 0), "cactus": (0, 170, 40), "rose": (230, 0, 40), "fish": (20, 40, 250)}
PLACES = ("above", "left", "right", "beside_left", "beside_right", "front", "behind", "top_left", "top_right", "both", "around", "scatter")
WORDS = Vocabulary({name: Taught(("place",), PLACES) for name in COLOURS}, frozenset({"red", "blue"}), frozenset({"noto"}), {"place": 9})


class Pool:
    """A figure before a grey wall, at another place in every view."""

    def view(self, size_hw: tuple[int, int], rng: np.random.Generator) -> Photo:
        height, width = size_hw
        y, x = np.mgrid[:height, :width]
        middle = width * rng.uniform(0.4, 0.6)
        head = (x - middle) ** 2 + (y - 0.5 * height) ** 2 < (0.12 * width) ** 2
        body = (abs(x - middle) < 0.14 * width) & (y > 0.6 * height)
        matte = (head | body).astype(np.float32)
        image = np.where(matte[..., None] > 0.5, (90, 60, 50), (170, 170, 165)) + rng.integers(-3, 4, (height, width, 1))
        return Photo(f"photo-{rng.integers(5)}", "made", "dog", "none", image.astype(np.uint8), matte, 0.99, float(matte.mean()))


class PooledCodec:
    """Latents are mean colours of 8 x 8 pixels."""

    def encode(self, images: np.ndarray) -> Tensor:
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
        return F.pad(F.avg_pool2d(pixels, 8), (0, 0, 0, 0, 0, 13))

    def decode(self, latents: Tensor) -> np.ndarray:
        pixels = F.interpolate(latents[:, :3].clamp(0, 1), scale_factor=8)
        return (pixels * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()


class Words:
    """One token a word."""

    def encode(self, text: str) -> tuple[Tensor, Tensor]:
        states = torch.stack([torch.full((384,), len(word) / 10) for word in ("", *text.split())])
        return states, states.mean(0)


class ColourReader(torch.nn.Module):
    """Reads a thing by the mean colour of what was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.known = torch.tensor(list(COLOURS.values())) / 255

    def forward(self, x: Tensor) -> Tensor:
        mean = x[:, 4:].sum((2, 3)) / x[:, 3:4].sum((2, 3)).clamp(min=1)
        return -100 * (mean[:, None] - self.known).abs().sum(2)


def artwork() -> Artwork:
    """A disc of its own colour for every thing, whole or with a bite taken: draws differ though places are on a grid."""
    y, x = np.mgrid[-60:60, -60:60]
    disc = x**2 + y**2 < 58**2
    shapes = {"noto": disc, "noto-v1": disc & (x < 30)}
    picture = lambda rgb, shape: np.dstack([np.full((120, 120, 3), rgb, np.uint8), (shape * 255).astype(np.uint8)])
    return Artwork([Sprite(name, family, picture(rgb, shape)) for name, rgb in COLOURS.items() for family, shape in shapes.items()])


def tools() -> Tools:
    return Tools(artwork(), PooledCodec(), Words(), Pool(), Pool())
