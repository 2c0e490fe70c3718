"""The named colours of instructions, recolouring that keeps shading, and the hands' crayon and chalk."""

import numpy as np

from data.tables import table

PALETTE: dict[str, tuple[int, int, int]] = {name: tuple(rgb) for name, rgb in table("colours.toml")["palette"].items()}
"""Name -> RGB, 0..255. Far enough apart to be told apart in a small picture."""

BRIGHT = tuple(name for name in PALETTE if name not in ("white", "black"))
"""Colours that a shaded thing can take and still show its shading."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Distance of two RGB colours in grey levels (mean absolute difference, 0..255)."""
    return float(np.abs(np.subtract(first, second)).mean())


def recolour(rgb: np.ndarray, alpha: np.ndarray, name: str) -> np.ndarray:
    """Artwork in a named colour: rgb uint8 [h, w, 3] (not premultiplied), alpha uint8 [h, w] -> uint8 [h, w, 3].

    The body's brightness becomes that of the new colour: darker parts stay darker, lights go towards white. Grey parts
    of colourful artwork (eyes, outlines, glints) keep theirs; grey artwork takes the colour everywhere."""
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


def _layered(*coats: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Premultiplied float32 [h, w, 4], 0..1, of (tone, 0..1, its coverage uint8 [h, w]), from below upwards."""
    picture = np.zeros((*coats[0][1].shape, 4), np.float32)
    for tone, coverage in coats:
        alpha = coverage.astype(np.float32) / 255
        picture *= (1 - alpha)[..., None]
        picture[..., :3] += tone * alpha[..., None]
        picture[..., 3] += alpha
    return picture


def _tone(name: str, kind: str) -> np.ndarray:
    return np.asarray(table("colours.toml")[kind][name], np.float32) / 255


def crayon(planes: np.ndarray, colour: str | None) -> np.ndarray:
    """Premultiplied float32 [h, w, 4], 0..1, of an atlas picture (ring, patch, scribble, ink); of itself blue with
    pink."""
    outer, inner = (colour, colour) if colour is not None else ("blue", "pink")
    pale = "pale" if outer != "white" else "pale beside white"
    tones = (outer, pale, inner if inner != "white" else "scribble of white", "ink")
    return _layered(*((_tone(tone, "crayons"), planes[..., k]) for k, tone in enumerate(tones)))


def chalk(planes: np.ndarray, colour: str | None) -> np.ndarray:
    """Premultiplied float32 [h, w, 4], 0..1, of an atlas picture in a named colour (white without). planes: smudge,
    wash, lines. The dust is a little darker and bluer than the lines, or they would drown in it."""
    tone = _tone(colour or "white", "chalks")
    dust = tone * np.array([0.79, 0.84, 0.93], np.float32)
    return _layered(*zip((_tone("slate", "chalks"), dust, tone), np.moveaxis(planes[..., :3], 2, 0)))


PAINTERS = {"edge": crayon, "cloud": chalk}  # Hands whose atlas says where each crayon goes, and what paints them
