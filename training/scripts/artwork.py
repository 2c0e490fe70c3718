"""Fetches the emoji sets from npm and paints the atlases (configs/artwork.toml).

Needs resvg, and once `npm` and its registry: a machine that has the atlases composes pairs with numpy and OpenCV alone.
Versions are pinned. Things no emoji set has are the drawings of data/tables/drawn, four variants side by side: 0, 1 and
3 for training, 2, whose shapes and colours are its own, for evaluation."""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import resvg_py

from configs import options
from data.artwork import ArtworkError, Sprite, decode, save_atlas, shrink, trim
from data.settings import work_dir
from data.tables import FOLDER as TABLES
from data.things import THINGS
from data.thousand import FAMILIES, LONGEST, Noun, nouns, save_thousand, slug

VERSIONS = {
    "fluent-emoji-flat": "1.2.6", "noto": "1.2.9", "noto-v1": "1.2.5", "emojione": "1.2.3", "fxemoji": "1.2.2",
    "twemoji": "1.2.5",
}  # fmt: skip
DRAWN_SIDE = 304  # Pixels of a drawing: a box of 100 and 10 about it, so that strokes and tips beyond are not cut
NAMES = ("emojibase-data", "17.0.0")  # The package that names all emoji

UNFIT = {
    ("glasses", "noto-v1"), ("glasses", "emojione"), ("sunglasses", "emojione"), ("basketball", "noto-v1"),
    ("basketball", "emojione"), ("tent", "emojione"),
}  # fmt: skip
"""(thing, family) whose icon shows something else as well, or the thing from an angle at which nobody wears it."""


def fetch_package(package: str, version: str, cache: Path) -> Path:
    """The archive of an npm package, kept in cache. Raises ArtworkError."""
    archive = cache / f"{package.strip('@').replace('/', '-')}-{version}.tgz"
    if not archive.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{package}@{version}"]
        result = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
        if result.returncode != 0 or not archive.is_file():
            remedy = f"check the npm registry is reachable. {result.stderr.strip()}"
            raise ArtworkError(f"`{' '.join(command)}` failed: {remedy}")
    return archive


def read_json(archive: Path, *members: str) -> list:
    """Parsed JSON files of an npm package's archive, in the order asked for."""
    with tarfile.open(archive) as files:
        return [json.load(io.TextIOWrapper(files.extractfile(f"package/{member}"), "utf-8")) for member in members]


def icon_set(family: str, version: str, cache: Path) -> dict:
    """The icons of one family. Raises ArtworkError."""
    return read_json(fetch_package(f"@iconify-json/{family}", version, cache), "icons.json")[0]


def rasterise(icons: dict, name: str) -> np.ndarray | None:
    """Draw an icon: uint8 [h, w, 4], straight alpha, trimmed, longest side about 250; None when the set lacks it."""
    name = icons.get("aliases", {}).get(name, {}).get("parent", name)
    icon = icons["icons"].get(name)
    if icon is None:
        return None
    width = icon.get("width", icons.get("width", 16))
    height = icon.get("height", icons.get("height", 16))
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    svg = f'<svg {namespaces} width="{width}" height="{height}" viewBox="{box}">{icon["body"]}</svg>'
    first = trim(_render(svg, 250))
    longest = max(first.shape[:2])
    return first if longest > 225 else trim(_render(svg, round(250 * 250 / longest)))


def _render(svg: str, width: int) -> np.ndarray:
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))
    return decode(np.frombuffer(png, np.uint8))


def drawn_sprites(variants: tuple[int, ...] = (0, 1, 3)) -> list[Sprite]:
    """Sprites of all drawn things; needs no downloaded artwork."""
    sprites = []
    for path in sorted((TABLES / "drawn").glob("*.svg")):
        strip = _render(path.read_text(), 4 * DRAWN_SIDE)
        pictures = np.split(strip, 4, axis=1)
        name = path.stem.replace("-", " ")
        sprites += [Sprite(name, f"drawn-{variant}", trim(pictures[variant])) for variant in variants]
    return sprites


def build_sprites(cache: Path) -> list[Sprite]:
    """Sprites of the whole vocabulary in all families. Raises ArtworkError when a set that has all icons lacks one."""
    sprites = drawn_sprites((0, 1, 2, 3))
    for family, version in VERSIONS.items():
        icons = icon_set(family, version, cache)
        for thing in THINGS:
            name = thing.fx if family == "fxemoji" else thing.art
            if name is None or (thing.name, family) in UNFIT:
                continue
            pixels = rasterise(icons, name)
            if pixels is not None:
                sprites.append(Sprite(thing.name, family, pixels[:256, :256]))
            elif family in ("fluent-emoji-flat", "noto"):
                remedy = f"correct the name of {thing.name!r} in data/tables/things.toml"
                raise ArtworkError(f"{family} has no icon {name!r}: {remedy}")
            else:
                print(f"{family} has no icon {name!r}", file=sys.stderr)
    return sprites


def build_thousand(cache: Path) -> list[tuple[Noun, str, np.ndarray]]:
    """(noun, family, uint8 [h, w, 4]) of every drawable emoji noun in every family that pairs may use."""
    found = nouns(*read_json(fetch_package(*NAMES, cache), "en/data.json", "meta/groups.json"))
    pictures = []
    for family in FAMILIES:
        icons = icon_set(family, VERSIONS[family], cache)
        for noun in found:
            pixels = None if (noun.name, family) in UNFIT else rasterise(icons, slug(noun.label))
            if pixels is not None:
                h, w = (max(1, round(side * LONGEST / max(pixels.shape[:2]))) for side in pixels.shape[:2])
                pictures.append((noun, family, shrink(pixels, w, h)))
    return pictures


def artwork(argv: Sequence[str] | None = None) -> None:
    args, folder = options("artwork", argv), work_dir() / "artwork"
    if args.only != "thousand":
        sprites = build_sprites(folder / "npm")
        save_atlas(folder / "atlas.npz", sprites)
        print(f"{len(sprites)} pictures of {len(THINGS)} things in {folder / 'atlas.npz'}")
    if args.only != "vocabulary":
        pictures = build_thousand(folder / "npm")
        save_thousand(folder / "thousand.npz", pictures)
        names = {noun.name for noun, _, _ in pictures}
        print(f"{len(pictures)} pictures of {len(names)} things in {folder / 'thousand.npz'}")
