"""The subject matte by u2netp, exactly as the app finds it (src/engine/models/matte), for photos, pairs and evaluation.

    python training/nano/matte.py [--out runs/matte/mattes.npz] [--workers 2]

caches the mattes and features of all photos of the data folder.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import onnxruntime as ort

from nano.settings import REPO_ROOT

MODEL = REPO_ROOT / "public" / "models" / "matte" / "u2netp.onnx"
NETWORK_SIDE = 320
"""Side of the square that the network sees, pixels."""
CELLS, FEATURES = 12, 192
"""The layout sees 12 x 12 cells of the photo, 192 features each."""


@functools.cache
def area_matrix(size: int, to: int) -> np.ndarray:
    """Exact area averages of `size` samples to `to` fewer ones, float32 [to, size], rows of sum 1."""
    edges = np.arange(to + 1) * size / to
    samples = np.arange(size)
    covered = np.minimum(samples + 1, edges[1:, None]) - np.maximum(samples, edges[:-1, None])
    return (np.maximum(covered, 0) * to / size).astype(np.float32)


@functools.cache
def _kernel_matrix(size: int, to: int, kernel: str) -> np.ndarray:
    shape, radius = {"linear": (lambda x: np.maximum(0, 1 - np.abs(x)), 1), "lanczos": (_lanczos3, 3)}[kernel]
    centres = (np.arange(to) + 0.5) * size / to - 0.5
    matrix = np.zeros((to, size))
    for row, centre in enumerate(centres):
        samples = np.arange(np.ceil(centre - radius), np.floor(centre + radius) + 1)
        # Beyond the border the edge sample repeats.
        np.add.at(matrix[row], np.clip(samples, 0, size - 1).astype(int), shape(samples - centre))
    return (matrix / matrix.sum(1, keepdims=True)).astype(np.float32)


def _lanczos3(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


def linear_matrix(size: int, to: int) -> np.ndarray:
    """Linear interpolation of `size` samples at `to` pixel centres, float32 [to, size]."""
    return _kernel_matrix(size, to, "linear")


def resampled(plane: np.ndarray, size_hw: tuple[int, int], up: str = "linear") -> np.ndarray:
    """[h, w] or [h, w, C] at size_hw = (H, W), float32: area along an axis that shrinks, `up` (linear, lanczos) along one that grows."""
    rows, columns = (
        area_matrix(a, b) if b <= a else _kernel_matrix(a, b, up) for a, b in zip(plane.shape[:2], size_hw, strict=True)
    )
    across = np.einsum("xw,hwc->hxc", columns, plane.reshape(*plane.shape[:2], -1).astype(np.float32), optimize=True)
    result = np.einsum("yh,hxc->yxc", rows, across, optimize=True)
    return result.reshape(*size_hw, *plane.shape[2:])


def squash(rgb: np.ndarray) -> np.ndarray:
    """A photo, uint8 [H, W, 3], as the network takes it: float32 [1, 3, 320, 320], 0..1."""
    seen = resampled(rgb, (NETWORK_SIDE, NETWORK_SIDE), "lanczos")
    return np.clip(seen / 255, 0, 1).transpose(2, 0, 1)[None].astype(np.float32)


def open_session(model: bytes, threads: int = 1) -> ort.InferenceSession:
    """The network on the CPU; threads = 0 takes all cores."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
