"""Fetch the emoji sets from npm; paint the vocabulary's icons and drawn things into one atlas (work dir, artwork/atlas.npz)
and every drawable emoji noun into another (artwork/thousand.npz).

    python training/fetch_artwork.py [--sheet out.png] [--only vocabulary|thousand]

Needs `npm` and its registry once, and resvg and skia, which nothing else needs: a machine that has the atlas composes pairs
with numpy and OpenCV alone. Versions are pinned. Licences: docs/licenses.md.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import cv2
import numpy as np
import resvg_py
from nano.settings import work_dir
from pairs.artwork import ArtworkError, Sprite, save_atlas, shrink, trim
from pairs.drawn import drawn_sprites
from pairs.things import THINGS, Thing
from pairs.thousand import FAMILIES, LONGEST, Noun, nouns, save_thousand, slug

PACKAGES = {
    "fluent-emoji-flat": ("@iconify-json/fluent-emoji-flat", "1.2.6"),
    "noto": ("@iconify-json/noto", "1.2.9"),
    "noto-v1": ("@iconify-json/noto-v1", "1.2.5"),
    "emojione": ("@iconify-json/emojione", "1.2.3"),
    "fxemoji": ("@iconify-json/fxemoji", "1.2.2"),
    "twemoji": ("@iconify-json/twemoji", "1.2.5"),
}

NAMES = ("emojibase-data", "17.0.0")
"""The package that names all emoji."""

UNFIT = {
    ("glasses", "noto-v1"), ("glasses", "emojione"), ("sunglasses", "emojione"), ("basketball", "noto-v1"), ("basketball", "emojione"), ("tent", "emojione"),
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
            raise ArtworkError(f"`{' '.join(command)}` failed: check the npm registry is reachable. {result.stderr.strip()}")
    return archive


def read_json(archive: Path, *members: str) -> list:
    """Parsed JSON files of an npm package's archive, in the order asked for."""
    with tarfile.open(archive) as files:
        return [json.load(io.TextIOWrapper(files.extractfile(f"package/{member}"), "utf-8")) for member in members]


def fetch_icons(family: str, cache: Path) -> dict:
    """The icon set of a family as parsed icons.json; the package archive stays in cache. Raises ArtworkError."""
    return read_json(fetch_package(*PACKAGES[family], cache), "icons.json")[0]


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
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


def icon_name(thing: Thing, family: str) -> str | None:
    """The icon that shows a thing in a family; None for things that are drawn here."""
    return thing.fx if family == "fxemoji" else thing.art


def build_sprites(cache: Path) -> list[Sprite]:
    """Sprites of the whole vocabulary in all families. Raises ArtworkError when a set that has all icons lacks one."""
    sprites = drawn_sprites((0, 1, 2, 3))
    for family in PACKAGES:
        icons = fetch_icons(family, cache)
        for thing in THINGS:
            name = icon_name(thing, family)
            if name is None or (thing.name, family) in UNFIT:
                continue
            pixels = rasterise(icons, name)
            if pixels is not None:
                sprites.append(Sprite(thing.name, family, pixels[:256, :256]))
            elif family in ("fluent-emoji-flat", "noto"):
                raise ArtworkError(f"{family} has no icon {name!r}: correct the name of {thing.name!r} in pairs/things.py")
            else:
                print(f"{family} has no icon {name!r}", file=sys.stderr)
    return sprites


def build_thousand(cache: Path) -> list[tuple[Noun, str, np.ndarray]]:
    """(noun, family, uint8 [h, w, 4]) of every drawable emoji noun in every family that pairs may use."""
    found = nouns(*read_json(fetch_package(*NAMES, cache), "en/data.json", "meta/groups.json"))
    pictures = []
    for family in FAMILIES:
        icons = fetch_icons(family, cache)
        for noun in found:
            if (noun.name, family) in UNFIT:
                continue
            pixels = rasterise(icons, slug(noun.label))
            if pixels is not None:
                h, w = (max(1, round(side * LONGEST / max(pixels.shape[:2]))) for side in pixels.shape[:2])
                pictures.append((noun, family, shrink(pixels, w, h)))
    return pictures


def write_sheet(path: Path, sprites: list[Sprite]) -> None:
    """A picture of all sprites on grey, one row a thing."""
    rows = []
    for thing in THINGS:
        row = np.full((72, 72 * 6, 3), 150, np.uint8)
        for column, sprite in enumerate([s for s in sprites if s.thing == thing.name][:6]):
            h, w = (np.array(sprite.rgba.shape[:2]) * 68 / max(sprite.rgba.shape[:2])).astype(int)
            pixels = cv2.resize(sprite.rgba, (int(w), int(h)), interpolation=cv2.INTER_AREA).astype(np.float32)
            spot = row[2 : 2 + h, 72 * column + 2 : 72 * column + 2 + w]
            alpha = pixels[..., 3:] / 255
            spot[:] = (spot * (1 - alpha) + pixels[..., :3] * alpha).astype(np.uint8)
        cv2.putText(row, thing.name, (2, 68), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(row)
    while len(rows) % 4:
        rows.append(np.full_like(rows[0], 150))
    per = len(rows) // 4
    sheet = np.hstack([np.vstack(rows[i * per : (i + 1) * per]) for i in range(4)])
    cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", type=Path, help="also write a picture of the vocabulary's atlas")
    parser.add_argument("--only", choices=("vocabulary", "thousand"), help="make one atlas only")
    arguments = parser.parse_args()
    folder = work_dir() / "artwork"
    if arguments.only != "thousand":
        sprites = build_sprites(folder / "npm")
        save_atlas(folder / "atlas.npz", sprites)
        print(f"{len(sprites)} pictures of {len(THINGS)} things in {folder / 'atlas.npz'}")
        if arguments.sheet:
            write_sheet(arguments.sheet, sprites)
    if arguments.only != "vocabulary":
        pictures = build_thousand(folder / "npm")
        save_thousand(folder / "thousand.npz", pictures)
        print(f"{len(pictures)} pictures of {len({noun.name for noun, _, _ in pictures})} things in {folder / 'thousand.npz'}")


if __name__ == "__main__":
    main()
