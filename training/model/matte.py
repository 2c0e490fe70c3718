"""The subject matte by u2netp, exactly as the app finds it (src/engine/models/matte)."""

import functools

import cv2
import numpy as np
import onnxruntime as ort

from data.settings import REPO_ROOT

MODEL = REPO_ROOT / "public" / "models" / "matte" / "u2netp.onnx"
NETWORK_SIDE = 320  # Side of the square that the network sees, pixels


@functools.cache
def area_matrix(size: int, to: int) -> np.ndarray:
    """Exact area averages of `size` samples to `to` fewer ones, float32 [to, size], rows of sum 1."""
    edges = np.arange(to + 1) * size / to
    samples = np.arange(size)
    covered = np.minimum(samples + 1, edges[1:, None]) - np.maximum(samples, edges[:-1, None])
    return (np.maximum(covered, 0) * to / size).astype(np.float32)


@functools.cache
def kernel_matrix(size: int, to: int, kernel: str) -> np.ndarray:
    """Interpolation of `size` samples at `to` pixel centres, float32 [to, size]; kernel: linear or lanczos."""
    lanczos3 = lambda x: np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)
    shape, radius = {"linear": (lambda x: np.maximum(0, 1 - np.abs(x)), 1), "lanczos": (lanczos3, 3)}[kernel]
    centres = (np.arange(to) + 0.5) * size / to - 0.5
    matrix = np.zeros((to, size))
    for row, centre in enumerate(centres):
        samples = np.arange(np.ceil(centre - radius), np.floor(centre + radius) + 1)
        # Beyond the border the edge sample repeats.
        np.add.at(matrix[row], np.clip(samples, 0, size - 1).astype(int), shape(samples - centre))
    return (matrix / matrix.sum(1, keepdims=True)).astype(np.float32)


def resampled(plane: np.ndarray, size_hw: tuple[int, int], up: str = "linear") -> np.ndarray:
    """[h, w] or [h, w, C] at size_hw = (H, W), float32: area along an axis that shrinks, `up` along one that grows."""
    axes = zip(plane.shape[:2], size_hw, strict=True)
    rows, columns = (area_matrix(a, b) if b <= a else kernel_matrix(a, b, up) for a, b in axes)
    across = np.einsum("xw,hwc->hxc", columns, plane.reshape(*plane.shape[:2], -1).astype(np.float32), optimize=True)
    result = np.einsum("yh,hxc->yxc", rows, across, optimize=True)
    return result.reshape(*size_hw, *plane.shape[2:])


SURE_IN, SURE_OUT, LEAST_SURE, MOST_DOUBT = 0.9, 0.1, 0.01, 0.5  # As models/matte/clear-subject.ts has them


def has_subject(matte: np.ndarray) -> bool:
    """Does the network's matte, 0..1, show a clear subject: not a speck, and more of it sure than in doubt?"""
    sure = np.count_nonzero(matte > SURE_IN)
    doubtful = np.count_nonzero(matte > SURE_OUT) - sure
    return sure >= LEAST_SURE * matte.size and doubtful <= MOST_DOUBT * (sure + doubtful)


class Matting:
    """The network, opened once, on one core. fast, for caches: in bf16, features within 1.3 % of the app's in 0.55 of
    the time. Raises FileNotFoundError without public/models/matte."""

    def __init__(self, fast: bool = False) -> None:
        if fast:
            import openvino

            core = openvino.Core()
            settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "bf16"}
            network = core.compile_model(core.read_model(MODEL.read_bytes()), "CPU", settings)
            outputs = [network.output(0), network.output("features"), network.output("heads")]
            self._run = lambda image: tuple(np.array(network({"image": image})[output]) for output in outputs)
        else:
            options = ort.SessionOptions()
            options.intra_op_num_threads, options.log_severity_level = 1, 3
            session = ort.InferenceSession(MODEL.read_bytes(), options, providers=["CPUExecutionProvider"])
            self._run = lambda image: session.run(["matte", "features", "heads"], {"image": image})

    def look(self, rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of a photo uint8 [H, W, 3]: the matte float32 [320, 320], 0..1, over the photo squashed to a square, all 0
        without a clear subject; and of its cells the layout's features float32 [144, 192], -5..5, and what each takes
        for the head, float32 [144, 7] (model/heads.py)."""
        seen = np.clip(resampled(rgb, (NETWORK_SIDE, NETWORK_SIDE), "lanczos") / 255, 0, 1)
        matte, features, heads = self._run(seen.transpose(2, 0, 1)[None].astype(np.float32))
        low = matte[0, 0]
        return (low if has_subject(low) else np.zeros_like(low)), features, heads


RADIUS, COEFFICIENT_SIDE, FLAT, EDGE = 3, 1024, 1e-3, 0.5
EXPLAINED, CLEAR = (0.4, 0.8), (0.1, 0.9)  # As in src/engine/image/matte.ts and guided-alpha.ts


def refine(matte: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """The matte at the size of its photo, float32 [H, W], 0..1: its edge is the photo's own where the photo's colours
    explain it.

    matte: float32 [h, w] over the whole photo (Matting.look's); rgb: uint8 [H, W, 3]. The guided filter of He, Sun and
    Tang 2013, fitted at 1024 px at most and applied at the photo's size, as the app does it."""
    height, width = rgb.shape[:2]
    own = resampled(matte, (height, width))
    if not matte.any():
        return own
    scale = min(1.0, COEFFICIENT_SIDE / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    radius = max(1, round(RADIUS * max(size[1] / matte.shape[1], size[0] / matte.shape[0])))
    slopes, offset, trust = _coefficients(resampled(rgb, size) / 255, resampled(matte, size), radius)
    planes = resampled(np.dstack([slopes, offset, trust]), (height, width))
    said = (planes[..., :3] * (rgb.astype(np.float32) / 255)).sum(-1) + planes[..., 3]
    return _smoothstep(*CLEAR, own + planes[..., 4] * (said - own))


def _coefficients(rgb: np.ndarray, matte: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """matte = slopes . rgb + offset around each pixel, and how far that is to be trusted, 0..1."""
    kernel = (2 * radius + 1, 2 * radius + 1)
    total = lambda plane: cv2.boxFilter(plane, -1, kernel, normalize=False, borderType=cv2.BORDER_CONSTANT)
    count = total(np.ones(matte.shape, np.float32))
    mean = lambda plane: total(np.ascontiguousarray(plane, np.float32)) / count
    colour = np.dstack([mean(rgb[..., c]) for c in range(3)])
    alpha = mean(matte)
    with_alpha = np.dstack([mean(rgb[..., c] * matte) - colour[..., c] * alpha for c in range(3)])
    covariance = np.empty((*matte.shape, 3, 3))
    for c in range(3):
        for d in range(c, 3):
            both = mean(rgb[..., c] * rgb[..., d]) - colour[..., c] * colour[..., d]
            covariance[..., c, d] = covariance[..., d, c] = both
        covariance[..., c, c] += FLAT
    slopes = np.linalg.solve(covariance, with_alpha[..., None].astype(np.float64))[..., 0].astype(np.float32)
    offset = alpha - (slopes * colour).sum(-1)
    variance = mean(matte * matte) - alpha**2
    explained = np.where(variance > 1e-6, (slopes * with_alpha).sum(-1) / np.maximum(variance, 1e-6), 0)
    trust = _smoothstep(*EXPLAINED, explained)
    square = np.ones(kernel, np.uint8)
    free = cv2.dilate(matte, square) - cv2.erode(matte, square) < EDGE
    slopes[free], offset[free], trust[free] = 0, alpha[free], 0
    # Every pixel lies in many windows; their answers are averaged.
    return np.dstack([mean(slopes[..., c]) for c in range(3)]), mean(offset), mean(trust)


def _smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
