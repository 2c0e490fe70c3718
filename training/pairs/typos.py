"""Slips of the finger, as people type: one or two letters, never in words that would then mean something else."""

from __future__ import annotations

import re

import numpy as np

SHARE = 0.04
"""Share of training instructions with a slip."""

_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_MEANING = frozenset((
    "left", "right", "above", "below", "behind", "front", "around", "corner", "upper", "between", "middle", "centre", "center", "beside",
    "background", "outline", "frame", "border", "dashed", "dotted", "glowing", "first", "second",
    "three", "seven", "eight", "eleven", "twelve", "several", "scattered",
))  # fmt: skip


def with_slips(text: str, protected: set[str], rng: np.random.Generator) -> str:
    """text with one or, rarely, two slips in words of five letters and more that are neither protected nor carry the place."""
    words = [
        match for match in re.finditer(r"(?<![\w'-])[A-Za-z]{5,}(?![\w'-])", text)
        if match[0].lower() not in protected and match[0].lower() not in _MEANING
    ]  # fmt: skip
    count = min(len(words), 2 if rng.random() < 0.2 else 1)
    # From the end, so that the earlier places stay where they are.
    for i in sorted(rng.permutation(len(words))[:count], reverse=True):
        text = text[: words[i].start()] + _slip(words[i][0], rng) + text[words[i].end() :]
    return text


def _slip(word: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(4))
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + _neighbour(word[at], rng) + word[at + 1 :]


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    for row in _KEYBOARD:
        at = row.find(letter)
        if at >= 0:
            near = [row[k] for k in (at - 1, at + 1) if 0 <= k < len(row)]
            return near[int(rng.integers(len(near)))]
    return letter
