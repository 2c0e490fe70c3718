"""Tables that pairs are made of: vocabulary, phrases, nouns, landmarks, drawings."""

import functools
import json
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent


@functools.cache
def table(name: str) -> dict:
    """A TOML or JSON file of this folder, read once: nobody may change it."""
    path = FOLDER / name
    text = path.read_text(encoding="utf-8")
    return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
