"""Pages of pictures to look at, and the blind rating of drawn and true ones."""

import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evaluate.answers import EvaluationError, write_json, write_png
from evaluate.figures import Resampling

SIDE, GAP, LINES, LINE = 288, 6, 2, 13  # Pixels: a picture's longer side, between them; a caption's lines, a line

SUBJECT_WORDS = {"woman": ("her", "she", "woman", "grandmother", "girl"), "man": ("his", "him", "he", "man", "boy")}
"""Other words for the samples' subjects."""

Cell = tuple[Sequence[np.ndarray], str]  # Pictures side by side, uint8 [H, W, 3] each, and the words under them


def page(cells: Sequence[Cell], out: Path, columns: int, side: int = SIDE) -> None:
    """Writes a page, up to `columns` cells a row."""
    columns = min(columns, len(cells))
    wide, high = max(len(pictures) for pictures, _ in cells) * (side + GAP), side + LINES * LINE + GAP
    sheet = Image.new("RGB", (wide * columns, high * -(-len(cells) // columns)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for number, (pictures, words) in enumerate(cells):
        x, y = number % columns * wide, number // columns * high
        for at, picture in enumerate(pictures):
            image = Image.fromarray(np.ascontiguousarray(picture))
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            sheet.paste(image, (x + at * (side + GAP), y))
        lines = textwrap.wrap(words, max(8, (wide - GAP) // 6))[:LINES]
        pen.multiline_text((x, y + side + 1), "\n".join(lines), fill="black", font=font, spacing=1)
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out, quality=88)


def fitting(instruction: str, subjects: Sequence[str]) -> int:
    """Which sample photo fits an instruction: the first whose subject it names, else the first."""
    words = re.findall(r"[a-z]+", instruction.lower())
    for number, subject in enumerate(subjects):
        known = SUBJECT_WORDS.get(subject, tuple(subject.lower().split()))
        if any(word in (name, f"{name}s") for word in words for name in known):
            return number
    return 0


def shuffle_blind(pictures: Sequence[tuple[str, bool, np.ndarray, str]], folder: Path, seed: int) -> None:
    """Writes pictures (photo's id, is it drawn, uint8 [H, W, 3], instruction), shuffled, in sheets of 24, and their
    key."""
    order = np.random.default_rng(seed).permutation(len(pictures))
    for number, at in enumerate(order):
        write_png(folder / f"{number:03d}.png", pictures[at][2])
    for first in range(0, len(order), 24):
        part = enumerate(order[first : first + 24], first)
        cells = [([pictures[at][2]], f"{n}: {pictures[at][3]}") for n, at in part]
        page(cells, folder / f"sheet-{first:03d}.webp", 6)
    key = [{"photo": pictures[at][0], "drawn": bool(pictures[at][1])} for at in order]
    write_json(folder.with_suffix(".key.json"), key)


def rate_blind(folder: Path, ratings: Path) -> str:
    """Both rates from a JSON list of ratings (0 to 1; null for none), one a picture, or raises EvaluationError."""
    values, known = json.loads(ratings.read_text()), json.loads(folder.with_suffix(".key.json").read_text())
    if len(values) != len(known):
        raise EvaluationError(f"{ratings} rates {len(values)} pictures of {len(known)}: rate each, null for none")
    resampling = Resampling(["all"] * len(known), [entry["photo"] for entry in known])
    lines, rates = [], {}
    for name in ("drawn", "true"):
        own = [value if entry["drawn"] == (name == "drawn") else None for value, entry in zip(values, known)]
        if figure := resampling.figure(own):
            rates[name] = figure.value
            lines.append(f"{name}: {figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}) of {figure.pictures}")
    if rates.get("true") and "drawn" in rates:
        lines.append(f"drawn / true: {rates['drawn'] / rates['true']:.2f}")
    return "\n".join(lines)
