"""Pages of pictures to look at, and the blind rating of drawn and true ones."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evaluate.answers import EvaluationError, write_json, write_png
from evaluate.figures import Resampling

SIDE, GAP, LINES, LINE = 288, 6, 2, 13
"""Pixels of a picture's longer side and between pictures; lines of a caption and their height."""

SUBJECT_WORDS = {"woman": ("her", "she", "woman", "grandmother", "girl"), "man": ("his", "him", "he", "man", "boy")}
"""Other words for the samples' subjects."""

Cell = tuple[Sequence[np.ndarray], str]
"""Pictures side by side, uint8 [H, W, 3] each, and the words under them."""


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


def shuffle_blind(pictures: Sequence[tuple[str, bool, np.ndarray, str]], folder: Path, key: Path, seed: int) -> None:
    """Writes pictures (photo's id, is it drawn, uint8 [H, W, 3], instruction) in random order as NNN.png, the
    instructions as instructions.json, and who drew which as a key elsewhere. Raises EvaluationError for a key among the
    pictures."""
    if key.resolve().is_relative_to(folder.resolve()):
        raise EvaluationError(f"{key} lies among the pictures: keep the key where the rater does not look")
    order = np.random.default_rng(seed).permutation(len(pictures))
    for number, at in enumerate(order):
        write_png(folder / f"{number:03d}.png", pictures[at][2])
    write_json(folder / "instructions.json", [pictures[at][3] for at in order])
    write_json(key, [{"photo": pictures[at][0], "drawn": bool(pictures[at][1])} for at in order])


def rate_blind(ratings: Path, key: Path) -> str:
    """Both rates from a JSON list of ratings (true or false, or 0 to 1; null for none) in the order of the pictures."""
    values, known = json.loads(ratings.read_text()), json.loads(key.read_text())
    if len(values) != len(known):
        raise EvaluationError(
            f"{ratings} rates {len(values)} pictures, {key} knows {len(known)}: rate every picture, null for none"
        )
    resampling = Resampling(["all"] * len(known), [entry["photo"] for entry in known])
    part = lambda drawn: [
        None if value is None or entry["drawn"] != drawn else float(value) for value, entry in zip(values, known)
    ]
    rates = {name: resampling.figure(part(drawn)) for name, drawn in (("drawn", True), ("true", False))}
    lines = [
        f"{name}: {f.value:.2f} ({f.low:.2f} to {f.high:.2f}) of {f.pictures} pictures"
        for name, f in rates.items()
        if f
    ]
    if all(rates.values()) and rates["true"].value > 0:
        lines.append(f"drawn / true: {rates['drawn'].value / rates['true'].value:.2f}")
    return "\n".join(lines)
