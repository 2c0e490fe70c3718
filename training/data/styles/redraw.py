"""Redrawing artwork: flat regions, distances and line art, which the hands turn into their own pictures.

All arrays are [side, side] of a square canvas, SIDE pixels or more; this runs while an atlas is built."""

from dataclasses import dataclass

import cv2
import numpy as np

from data.styles import brush as b

SIDE = 256  # Pixels along a side of the canvas that things are redrawn on


@dataclass(frozen=True)
class Art:
    """What there is to redraw a thing from. flat: uint8 [h, w, 4] straight alpha, flat artwork; glyph: uint8 [h, w], an
    icon in one ink, or None; solid: uint8 [h, w, 4], a rendering in three dimensions, or None."""

    name: str
    flat: np.ndarray
    glyph: np.ndarray | None = None
    solid: np.ndarray | None = None


@dataclass(frozen=True)
class Regions:
    """Flat artwork cut into areas of one colour. label: int32 [side, side], -1 outside; colours: float32 [k, 3],
    0..255; edge: float32 [side, side], pixels to the nearest border of an area; body: bool, the silhouette."""

    label: np.ndarray
    colours: np.ndarray
    edge: np.ndarray
    body: np.ndarray


def on_canvas(picture: np.ndarray, margin: int, side: int = SIDE) -> np.ndarray:
    """A trimmed picture (uint8, [h, w] or [h, w, 4]) in the middle of the canvas, at least margin pixels about it."""
    h, w = picture.shape[:2]
    scale = (side - 2 * margin) / max(h, w)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    if picture.ndim == 3:
        alpha = picture[..., 3:].astype(np.float32) / 255
        pixels = np.concatenate([picture[..., :3] * alpha, picture[..., 3:]], axis=2).astype(np.float32)
    else:
        pixels = picture.astype(np.float32)
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    if picture.ndim == 3:
        pixels[..., :3] /= np.maximum(pixels[..., 3:] / 255, 1e-3)
    pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    canvas = np.zeros((side, side, *picture.shape[2:]), np.uint8)
    x, y = (side - size[0]) // 2, (side - size[1]) // 2
    canvas[y : y + size[1], x : x + size[0]] = pixels
    return canvas


def regions(canvas: np.ndarray, most: int, smallest: float = 0.004, alike: float = 14.0) -> Regions:
    """Cut artwork on the canvas (uint8 [side, side, 4]) into at most `most` colours; specks below `smallest` of the
    silhouette go to their neighbours, colours nearer than `alike` (CIELAB) are one."""
    body = canvas[..., 3] > 127
    lab = cv2.cvtColor(canvas[..., :3], cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    # The rim is a blend with nothing and would be a colour of its own.
    inner = cv2.erode(body.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    samples = lab[inner] if inner.sum() > 50 else lab[body]
    samples = np.ascontiguousarray(samples[:: max(1, len(samples) // 5000)])
    cv2.setRNGSeed(1)
    count = min(most, len(samples))
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.5)
    _, _, centres = cv2.kmeans(samples, count, None, criteria, 3, cv2.KMEANS_PP_CENTERS)
    keep: list[np.ndarray] = []
    for centre in centres:
        if all(np.linalg.norm(centre - other) > alike for other in keep):
            keep.append(centre)
    centres = np.array(keep, np.float32)
    distance = np.linalg.norm(lab[:, :, None] - centres, axis=3)
    # Votes of the neighbourhood: the blended pixels between two areas join one of them.
    nearest, reach = distance.argmin(2), 1.6 * len(body) / SIDE
    blurred = lambda k: cv2.GaussianBlur((nearest == k).astype(np.float32) * body, (0, 0), reach)
    votes = np.stack([blurred(k) for k in range(len(centres))])
    label = votes.argmax(0).astype(np.int32)
    label = _without_specks(label, body, votes, smallest)
    edge = np.full(body.shape, float(len(body)), np.float32)
    for k in range(len(centres)):
        part = (label == k) & body
        if part.any():
            inside = cv2.distanceTransform(np.pad(part, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
            edge = np.where(part, inside, edge)
    label[~body] = -1
    parts = [(label == k) & inner for k in range(len(centres))]
    colours = np.array([canvas[..., :3][part].mean(0) if part.any() else (128, 128, 128) for part in parts], np.float32)
    return Regions(label, colours, np.where(body, edge, 0), body)


def _without_specks(label: np.ndarray, body: np.ndarray, votes: np.ndarray, smallest: float) -> np.ndarray:
    least = smallest * body.sum()
    wide = np.stack([cv2.GaussianBlur(v, (0, 0), 5) for v in votes])
    for k in range(len(votes)):
        own = ((label == k) & body).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=4)
        for part in range(1, count):
            if stats[part, cv2.CC_STAT_AREA] < least:
                x, y, w, h = stats[part, :4]
                here = slice(y, y + h), slice(x, x + w)
                others = wide[:, *here].copy()
                others[k] = -1
                label[here] = np.where(parts[here] == part, others.argmax(0), label[here])
    return label


def outside(body: np.ndarray) -> np.ndarray:
    """float32 [side, side]: pixels from the silhouette, negative inside."""
    mask = body.astype(np.uint8)
    if not mask.any():
        return np.full(mask.shape, float(len(mask)), np.float32)
    inside = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) - inside


def soft_outside(alpha: np.ndarray) -> np.ndarray:
    """As outside, from an alpha of uint8 [side, side], exact to a fraction of a pixel."""
    big = cv2.resize(alpha, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC) > 127
    return cv2.resize(outside(big), alpha.shape[::-1], interpolation=cv2.INTER_AREA) / 3


def filled(mask: np.ndarray) -> np.ndarray:
    """bool: the mask with its holes filled and its gaps of a few pixels bridged."""
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, near)
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros_like(closed), contours, -1, 1, -1) > 0


def within(distance: np.ndarray, limit: float | np.ndarray) -> np.ndarray:
    """float32, 0..1: where distance < limit, antialiased over one pixel."""
    return np.clip(limit - distance + 0.5, 0, 1).astype(np.float32)


def seams(found: Regions, contrast: float = 18.0) -> np.ndarray:
    """float32 [side, side]: pixels to the nearest border of areas that differ by more than `contrast` grey levels."""
    border = np.zeros(found.label.shape, np.uint8)
    for axis in (0, 1):
        here, there = found.label, np.roll(found.label, 1, axis)
        pair = (here >= 0) & (there >= 0) & (here != there)
        far = np.abs(found.colours[here] - found.colours[there]).mean(2) > contrast
        border |= (pair & far).astype(np.uint8)
    nothing = np.full(border.shape, float(len(border)), np.float32)
    return cv2.distanceTransform(1 - border, cv2.DIST_L2, 5) if border.any() else nothing


def noise(cell: float, rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """As brush.noise, of the canvas."""
    return b.noise((side, side), cell, rng)


_LIGHT = np.array([-0.45, -0.62, 0.64], np.float32)
_HALF = (_LIGHT + [0, 0, 1]) / np.linalg.norm(_LIGHT + [0, 0, 1])


def lit_from_left(height: np.ndarray, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Diffuse light from the upper left on a relief [h, w] in pixels, and its gleam, each [h, w, 1], 0..1."""
    slope = [-cv2.Sobel(height, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1))]
    normal = np.dstack([*slope, np.ones_like(height)])
    normal = normal / np.linalg.norm(normal, axis=2, keepdims=True)
    return np.clip(normal @ _LIGHT, 0, 1)[..., None], np.clip(normal @ _HALF, 0, 1)[..., None] ** sharpness


def snap(colours: np.ndarray, palette: tuple[b.RGB, ...]) -> np.ndarray:
    """The nearest palette colour of each, float32 [k, 3]; those that would look alike differ in brightness."""

    def lab(rgb: np.ndarray) -> np.ndarray:
        return cv2.cvtColor(np.float32(rgb)[None] / 255, cv2.COLOR_RGB2LAB)[0]

    mine, theirs = lab(colours), lab(np.array(palette, np.float32))
    # Hue is what names a colour: it counts for more than brightness.
    cost = np.linalg.norm((mine[:, None] - theirs) * [0.7, 1.0, 1.0], axis=2)
    chosen = cost.argmin(1)
    result = np.array(palette, np.float32)[chosen]
    for k in np.unique(chosen):
        same = np.flatnonzero(chosen == k)
        if len(same) > 1:
            order = same[np.argsort(mine[same, 0])]
            for rank, index in enumerate(order):
                lean = 0.30 * (rank / (len(order) - 1) - 0.5) * 2
                target = 255.0 if lean > 0 else 0.0
                result[index] += (target - result[index]) * abs(lean)
    return result


def over(bottom: np.ndarray, colour: np.ndarray | b.RGB, alpha: np.ndarray) -> np.ndarray:
    """Paint colour ([3] or [h, w, 3], 0..255) through alpha [h, w] over a premultiplied float32 [h, w, 4]."""
    paint = np.dstack([np.broadcast_to(np.asarray(colour, np.float32), (*alpha.shape, 3)) * alpha[..., None], alpha])
    return bottom * (1 - alpha[..., None]) + paint


def straight(premultiplied: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 4], straight alpha, of premultiplied float32 (colour 0..255, alpha 0..1)."""
    colour = premultiplied[..., :3] / np.maximum(premultiplied[..., 3:], 1e-3)
    return np.clip(np.rint(np.dstack([colour, premultiplied[..., 3:] * 255])), 0, 255).astype(np.uint8)


def shaken(picture: np.ndarray, reach: float, cell: float, rng: np.random.Generator) -> np.ndarray:
    """The picture (uint8) as an unsteady hand would draw it: every point up to about `reach` pixels away."""
    side = len(picture)
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    across, down = (reach * noise(cell, rng, side) for _ in "xy")
    return cv2.remap(picture, xs + across, ys + down, cv2.INTER_LINEAR)


def glyph_lines(glyph: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """(ink float32 [SIDE, SIDE] 0..1, body bool: what the lines enclose) of an icon in one ink."""
    ink = on_canvas(glyph, margin).astype(np.float32) / 255
    return ink, filled(ink > 0.4)


def seam_lines(flat: np.ndarray, margin: int, width: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same of flat artwork: its silhouette and the borders of its areas. width: pixels of a drawn line."""
    canvas = on_canvas(flat, margin)
    found = regions(canvas, 6, smallest=0.0016)
    far, sway = soft_outside(canvas[..., 3]), 0.8 * noise(40, rng)
    line = np.maximum(
        within(np.abs(far + width / 2), width / 2 + sway * 0.6),
        within(seams(found, 22), 0.42 * width + sway * 0.5) * within(far, 0),
    )
    # Dark and small areas (eyes, noses, mouths) are filled in.
    for k, colour in enumerate(found.colours):
        part = found.label == k
        if part.any() and colour.mean() < 75 and part.sum() < 0.16 * found.body.sum():
            line = np.maximum(line, within(outside(part), 0.5))
    return line.astype(np.float32), found.body
