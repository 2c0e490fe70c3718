"""Crisp colours of a decoded layer, as in the app (src/engine/models/codec/crisp.ts).

A network's one answer is the mean of all pictures still possible: its areas are mottled where it is not sure of them,
and its edges inside the drawing are soft. So each pixel near an edge takes the colour further on its own side (a shock
filter, Osher and Rudin 1990, by looking up instead of by differences, so no colour appears that was not there); then
areas are smoothed by a recursive filter that edges stop (Gastal and Oliveira, "Domain Transform for Edge-Aware Image
and Video Processing", 2011)."""

from __future__ import annotations

import numpy as np

REACH, TOLERANCE = 6.0, 0.5
"""Of smoothing: pixels, and the sum of the differences of red, green and blue (0..1) over a pixel that halves them."""
STEP = 4.0
"""How far away a pixel looks at most, in pixels."""
BLUR = 2
"""Radius of the box, applied twice both ways, in which a slope is seen."""
BEND, SLOPE = 800.0, 0.01
"""Second difference at which a pixel is clearly on one side of an edge (as 1 / BEND); slope at which it looks half as
far as at a steep edge."""
FLAT = 4e-6
"""A slope squared that is none: a pixel that looks along it finds its own value, to a thousandth."""
LEAST = 4 / 255
"""Alpha below this is none (FLOOR of model.inference)."""
TINY = 1e-6
LUMA = np.array([0.3, 0.59, 0.11], np.float32)


def crisp_colours(layers: np.ndarray) -> np.ndarray:
    """Decoded layers f32 [B, H, W, 5] with crisper colours; alpha and front stay."""
    alpha = np.where(layers[..., 3:4] < LEAST, 0, layers[..., 3:4]).clip(0, 1)
    both = np.concatenate([layers[..., :3].clip(0, alpha), alpha], -1)
    field = _boxed(both[..., :3] @ LUMA) / np.maximum(_boxed(alpha[..., 0]), TINY)
    both = _smoothed(_looked_up(both, field, alpha))
    colour = both[..., :3] / np.maximum(both[..., 3:], TINY)
    return np.concatenate([colour * layers[..., 3:4].clip(0, 1), layers[..., 3:]], -1)


def crisp_alpha(layers: np.ndarray) -> np.ndarray:
    """The same with crisper edges of alpha, for what is translucent: its alpha is not to be steepened about a half."""
    alpha = layers[..., 3:4].clip(0, 1)
    looked = _looked_up(alpha, _boxed(alpha[..., 0]), alpha)
    scale = looked / np.maximum(alpha, LEAST)
    return np.concatenate([layers[..., :3] * scale, looked, layers[..., 4:] * scale], -1)


def _smoothed(both: np.ndarray) -> np.ndarray:
    """Premultiplied pixels [B, H, W, 4], smoothed where neighbours are alike; a pixel counts by its alpha, so that what
    is hardly seen takes the colours beside it."""
    weight, seen = both[..., 3], _binomial(both)
    seen = seen[..., :3] / np.maximum(seen[..., 3:], TINY)
    for axis in (2, 1):
        values, near, w = (np.moveaxis(part, axis, 0) for part in (both.copy(), seen, weight))
        steps = np.abs(near[1:] - near[:-1]).sum(-1) * np.minimum(w[1:], w[:-1])
        t = np.sqrt(2) / REACH + np.sqrt(2) / TOLERANCE * steps
        keep = (1 / (1 + t + t * t / 2))[..., None].astype(np.float32)  # close to exp(-t)
        for i in range(1, len(values)):
            values[i] += keep[i - 1] * (values[i - 1] - values[i])
        for i in range(len(values) - 2, -1, -1):
            values[i] += keep[i] * (values[i + 1] - values[i])
        both = np.moveaxis(values, 0, axis)
    return both


def _binomial(values: np.ndarray) -> np.ndarray:
    """1 2 1 over 4 both ways, edges repeated; [B, H, W, C]."""
    for axis in (1, 2):
        wide = _widened(values, axis, 1)
        values = np.moveaxis((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4, 0, axis)
    return values


def _boxed(field: np.ndarray) -> np.ndarray:
    """Means of boxes of 2 BLUR + 1, twice both ways, edges repeated; [B, H, W]."""
    side = 2 * BLUR + 1
    for axis in (1, 2, 1, 2):
        wide = _widened(field, axis, BLUR)
        field = np.moveaxis(sum(wide[k : len(wide) - side + 1 + k] for k in range(side)) / side, 0, axis)
    return field


def _widened(values: np.ndarray, axis: int, by: int) -> np.ndarray:
    """The axis in front, its ends repeated."""
    values = np.moveaxis(values, axis, 0)
    return np.concatenate([values[:1]] * by + [values] + [values[-1:]] * by)


def _looked_up(values: np.ndarray, field: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """values [B, H, W, C], each pixel's taken up to STEP pixels further away from the edge of field [B, H, W] it is
    near to: downhill where the field is hollow along its slope, uphill where it bulges. Pixels of no alpha
    [B, H, W, 1] stay."""
    f = np.pad(field, ((0, 0), (1, 1), (1, 1)), mode="edge")
    height, width = field.shape[1:]
    at = lambda dy, dx: f[:, 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
    gx, gy = (at(0, 1) - at(0, -1)) / 2, (at(1, 0) - at(-1, 0)) / 2
    gxx, gyy = at(0, 1) - 2 * at(0, 0) + at(0, -1), at(1, 0) - 2 * at(0, 0) + at(-1, 0)
    gxy = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
    square = gx * gx + gy * gy
    bend = BEND * (gx * gx * gxx + 2 * gx * gy * gxy + gy * gy * gyy) / np.maximum(square, FLAT)
    far = STEP * bend / (1 + np.abs(bend)) / (np.sqrt(square) + SLOPE)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    looked = _between(values, (y - far * gy).clip(0, height - 1), (x - far * gx).clip(0, width - 1))
    return np.where((alpha > 0) & (square >= FLAT)[..., None], looked, values)


def _between(values: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """values [B, H, W, C] at the places y, x [B, H, W], bilinear."""
    batch = np.arange(len(values))[:, None, None]
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    below, right = np.minimum(top + 1, values.shape[1] - 1), np.minimum(left + 1, values.shape[2] - 1)
    fy, fx = (y - top)[..., None], (x - left)[..., None]
    upper = values[batch, top, left] * (1 - fx) + values[batch, top, right] * fx
    lower = values[batch, below, left] * (1 - fx) + values[batch, below, right] * fx
    return (upper * (1 - fy) + lower * fy).astype(np.float32)
