"""A contact sheet of the six style renderers: `python training/style_sheet.py --out sheet.png --count 6`."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nano.settings import data_dir
from pairs.photos import is_held_out, load_index, load_photo, random_view
from pairs.styles import STYLES, make_style_pair


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write")
    parser.add_argument("--count", type=int, default=6, help="photos (columns)")
    parser.add_argument("--styles", nargs="+", default=list(STYLES), choices=STYLES, help="rows")
    parser.add_argument("--size", type=int, nargs=2, default=(256, 256), metavar=("H", "W"), help="pixels of a view")
    parser.add_argument("--rows", type=int, default=1, help="rows a style")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    sheet(args.styles, args.count, tuple(args.size), args.rows, args.seed).save(args.out)


def sheet(styles: list[str], count: int, size_hw: tuple[int, int], rows: int, seed: int) -> Image.Image:
    """Rows of styles over columns of photos, each with its instruction underneath."""
    rng = np.random.default_rng(seed)
    infos = [info for info in load_index(data_dir()) if not is_held_out(info.id)]
    weights = np.array([info.weight for info in infos])
    h, w = size_hw
    caption = 48
    page = Image.new("RGB", (count * (w + 6), len(styles) * rows * (h + caption)), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    for row in range(len(styles) * rows):
        chosen = rng.choice(len(infos), count, replace=False, p=weights / weights.sum())
        for column, i in enumerate(chosen):
            view = random_view(load_photo(infos[i], data_dir()), size_hw, rng)
            pair = make_style_pair(styles[row // rows], rng, view)
            x, y = column * (w + 6), row * (h + caption)
            page.paste(Image.fromarray(pair.target), (x, y))
            text = f"{pair.text} [{pair.alpha.mean():.0%}]"
            pen.multiline_text((x, y + h + 1), "\n".join(textwrap.wrap(text, w // 6)[:4]), fill="black", font=font, spacing=1)
    return page


if __name__ == "__main__":
    main()
