"""The named colours of instructions, and recolouring of artwork that keeps its shading."""

from __future__ import annotations

import numpy as np

PALETTE: dict[str, tuple[int, int, int]] = {
    "red": (226, 38, 44),
    "orange": (247, 132, 28),
    "yellow": (252, 209, 38),
    "green": (46, 168, 72),
    "light blue": (92, 196, 244),
    "blue": (34, 92, 222),
    "purple": (132, 58, 198),
    "pink": (250, 108, 178),
    "white": (252, 252, 252),
    "black": (26, 26, 30),
}
"""Name -> RGB, 0..255. Far enough apart to be told apart in a small picture."""

BRIGHT = tuple(name for name in PALETTE if name not in ("white", "black"))
"""Colours that a shaded thing can take and still show its shading."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Distance of two RGB colours in grey levels (mean absolute difference, 0..255)."""
    return float(np.abs(np.subtract(first, second)).mean())


def recolour(rgb: np.ndarray, alpha: np.ndarray, name: str) -> np.ndarray:
    """Give artwork a named colour: rgb uint8 [h, w, 3] (not premultiplied), alpha uint8 [h, w]; returns uint8 [h, w, 3].

    The body's brightness becomes the brightness of the new colour: darker parts stay darker, lights go towards white. In
    colourful artwork its grey parts (eyes, outlines, glints) keep their colour; grey artwork takes the colour everywhere.
    """
    pixels = rgb.astype(np.float32)
    high, low = pixels.max(axis=2), pixels.min(axis=2)
    saturation = (high - low) / np.maximum(high, 1.0)
    opaque = alpha > 128
    coloured = opaque & (saturation > 0.25)
    grey_artwork = coloured.sum() < 0.35 * max(1, opaque.sum())
    share = np.ones_like(saturation) if grey_artwork else np.clip((saturation - 0.12) / 0.2, 0.0, 1.0)
    body = opaque if grey_artwork else coloured
    luma = pixels @ _LUMA
    reference = float(np.median(luma[body])) if body.any() else 128.0
    tone = (luma / max(reference, 1.0))[..., None]
    colour = np.asarray(PALETTE[name], np.float32)
    light = np.clip((tone - 1.0) / 1.2, 0.0, 0.6)
    painted = np.where(tone <= 1.0, colour * np.clip(tone, 0.35, 1.0), colour + (255.0 - colour) * light)
    return np.clip(pixels + (painted - pixels) * share[..., None], 0, 255).astype(np.uint8)
