"""Pairs of one's own: a JSONL file with one `{"source": path, "target": path, "text": instruction}` a line.

The format of PhotoDoodle's own training script. Paths are relative to the file's folder; `text` may be a list."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FEWEST = 2  # One pair teaches a network to repeat one picture
ASPECT_TOLERANCE = 0.02  # Share by which source and target may differ in aspect: one was resized and rounded
EXAMPLE = '{"source": "1-before.jpg", "target": "1-after.png", "text": "add a crown"}'


class PairsError(ValueError):
    """What is wrong with someone's pairs, where, and what to do."""


@dataclass(frozen=True)
class Example:
    """One line. `where`: file and line, for messages."""

    source: Path
    target: Path
    texts: tuple[str, ...]
    where: str


def read_jsonl(path: Path) -> list[Example]:
    """All lines of the file, pictures not opened yet. Raises PairsError."""
    if not path.is_file():
        raise PairsError(f"{path} does not exist: give a text file with one line a pair, such as {EXAMPLE}")
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise PairsError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}): save it as UTF-8") from None
    examples = [_read_line(line, path, number) for number, line in enumerate(lines, 1) if line.strip()]
    if len(examples) < FEWEST:
        count = f"{len(examples)} pair{'s' * (len(examples) != 1)}"
        raise PairsError(f"{path} has {count}: give at least {FEWEST}; 10 to 50 teach a style")
    return examples


def _read_line(line: str, path: Path, number: int) -> Example:
    where = f"{path}, line {number}"
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        what = f"not JSON ({error.msg} at character {error.colno})"
        raise PairsError(f"{where}: {what}; a line looks like {EXAMPLE}") from None
    if not isinstance(entry, dict):
        raise PairsError(f"{where}: not an object; a line looks like {EXAMPLE}")
    missing = [key for key in ("source", "target", "text") if not entry.get(key)]
    if missing:
        raise PairsError(f"{where}: no {' and no '.join(missing)}; a line looks like {EXAMPLE}")
    texts = entry["text"] if isinstance(entry["text"], list) else [entry["text"]]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise PairsError(f"{where}: text is neither an instruction nor a list of instructions")
    for key in ("source", "target"):
        if not isinstance(entry[key], str):
            raise PairsError(f"{where}: {key} is not a path")
        if not (picture := path.parent / entry[key]).is_file():
            remedy = "paths count from the folder of the JSONL file"
            raise PairsError(f"{where}: the {key} {picture} does not exist; {remedy}")
    pictures = path.parent / entry["source"], path.parent / entry["target"]
    return Example(*pictures, tuple(" ".join(text.split()) for text in texts), where)


def read_pictures(example: Example) -> tuple[Image.Image, Image.Image]:
    """Source and target, upright by EXIF, RGB on white, both of the source's size. Raises PairsError."""
    source, target = (_read_picture(path, example.where) for path in (example.source, example.target))
    aspects = [image.width / image.height for image in (source, target)]
    if abs(aspects[0] / aspects[1] - 1) > ASPECT_TOLERANCE:
        sizes = f"the source is {source.width} x {source.height} and the target {target.width} x {target.height} pixels"
        remedy = "a target is the same photo with the doodle on it, neither cropped nor turned"
        raise PairsError(f"{example.where}: {sizes}; {remedy}")
    if target.size != source.size:
        target = target.resize(source.size, Image.Resampling.LANCZOS)
    return source, target


def _read_picture(path: Path, where: str) -> Image.Image:
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
            if image.has_transparency_data:
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        remedy = "save it again as PNG or JPEG"
        raise PairsError(f"{where}: {path} cannot be read as a picture ({error}); {remedy}") from None


def resized(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """At `size` (width, height) -> uint8 [H, W, 3]."""
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def check_name(name: str) -> None:
    """Raises PairsError for a style's name that cannot name its file."""
    if name != Path(name).name or name.startswith("."):
        raise PairsError(f"--name {name!r} cannot name a file: it is a path, or begins with a dot")


def trigger_for(name: str) -> str:
    """A word that no instruction contains by chance: "Ink & wash" -> "sksinkwash". Raises PairsError: none."""
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    if not letters:
        raise PairsError(f"--name {name!r} has no letters a to z to make a trigger word of: give one with --trigger")
    return letters if letters.startswith("sks") else f"sks{letters}"


def with_trigger(text: str, trigger: str) -> str:
    """ "add a crown." -> "add a crown by sksink", as the app adds it; an instruction that has it stays as it is."""
    if trigger.lower() in text.lower():
        return text
    return f"{re.sub(r'[ .]+$', '', text)} by {trigger}"


def names_a_side(text: str) -> bool:
    """Whether the instruction would be wrong on the mirrored picture."""
    return re.search(r"\b(left|right)(most|wards?|[- ]hand(ed)?)?\b", text, re.IGNORECASE) is not None
