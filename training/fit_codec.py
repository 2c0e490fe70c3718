"""Fits the linear codec on artwork and photos: work dir, codec-K.safetensors; prints its PSNR on held-out artwork.

    python training/fit_codec.py --components 256
"""

import argparse

import numpy as np
import torch

from nano.artwork_feed import HandFeed, ThingFeed, ThousandFeed
from nano.codec import FRONT_WEIGHT, LAYER_CHANNELS, LAYER_PATCH, PHOTO_PATCH, fit, patches
from nano.elements import place_picture
from nano.settings import work_dir
from pairs.artwork import load_artwork
from pairs.hands import HANDS
from pairs.things import THINGS
from pairs.thousand import load_thousand

DRAWN = 0.02
"""Least alpha anywhere in a patch that counts as drawn."""


def drawn_patches(feeds: list, count: int, rng: np.random.Generator) -> np.ndarray:
    """[n, 5120] f32: the drawn patches of `count` pictures, the feeds in turn."""
    found = []
    for index in range(count):
        picture = feeds[index % len(feeds)].draw(rng)
        drawn = place_picture(picture.pixels, float(picture.kind == "front"), rng, picture.upright)
        tokens = patches(torch.from_numpy(drawn.layer)[None], LAYER_PATCH)[0].numpy()
        tokens = tokens[tokens[:, 3::LAYER_CHANNELS].max(1) > DRAWN]
        found.append(tokens[rng.random(len(tokens)) < 0.5])
    return np.concatenate(found)


def psnr(codec, tokens: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over drawn patches [n, 5120], colour, alpha and (at its weight) front alike."""
    x = torch.from_numpy(tokens)
    weight = torch.ones(LAYER_CHANNELS)
    weight[4] = FRONT_WEIGHT
    error = ((x @ codec.encode @ codec.decode).clamp(0, 1) - x) * weight.repeat(LAYER_PATCH**2)
    return float(-10 * torch.log10(error.square().mean()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--components", type=int, nargs="+", default=[256])
    parser.add_argument("--pictures", type=int, default=4000)
    args = parser.parse_args()
    rng = np.random.default_rng(3)
    things, thousand = ThingFeed(load_artwork(work_dir()), common=0.0), ThousandFeed(load_thousand(work_dir()))
    hands = [HandFeed(hand, THINGS) for hand in HANDS if (work_dir() / "artwork" / f"hands-{hand}.npz").is_file()]
    layers = drawn_patches([things, thousand, thousand, *hands], args.pictures, rng)
    held = {"things": drawn_patches([things], 300, rng), "thousand": drawn_patches([thousand], 600, rng)}
    held |= {feed.name: drawn_patches([feed], 150, rng) for feed in hands}
    crops = np.load(work_dir() / "crops" / "photo.npy", mmap_mode="r")
    photos = torch.from_numpy(np.ascontiguousarray(crops[::12])).float() / 255
    photo_patches = patches(photos, PHOTO_PATCH).reshape(-1, PHOTO_PATCH**2 * 3).numpy()
    for components in args.components:
        codec = fit(layers, photo_patches, components)
        codec.save(work_dir() / f"codec-{components}.safetensors")
        print(f"{components} components, {len(layers)} patches: " + ", ".join(f"{name} {psnr(codec, tokens):.2f} dB" for name, tokens in held.items()))


if __name__ == "__main__":
    main()
