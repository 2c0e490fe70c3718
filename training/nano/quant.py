"""Block-32 symmetric quantisation in onnxruntime's MatMulNBits layout.

A weight [N, K] is cut into blocks of 32 along K. Each block keeps one f16 scale s and
w = (q - 8) s with 4 bits (two values a byte, low nibble first) or w = (q - 128) s with 8 bits.
"""

from dataclasses import dataclass

import numpy as np

BLOCK = 32


@dataclass(frozen=True)
class Quantised:
    """`data` uint8 [N, K / 32, 16] (4 bits) or [N, K / 32, 32] (8 bits); `scales` f16 [N, K / 32]."""

    bits: int
    data: np.ndarray
    scales: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.data.shape[0], self.data.shape[1] * BLOCK


def can_quantise(weight: np.ndarray) -> bool:
    return weight.ndim == 2 and weight.shape[1] % BLOCK == 0


def quantise(weight: np.ndarray, bits: int) -> Quantised:
    """weight f32 [N, K], K a multiple of 32. The scale is rounded to f16 before the values are, so that rounding
    of the scale costs nothing. Raises ValueError on other shapes or bit widths."""
    if bits not in (4, 8) or not can_quantise(weight):
        raise ValueError(f"cannot store {weight.shape} in {bits}-bit blocks of {BLOCK}; store it as F16 instead")
    blocks = np.asarray(weight, np.float32).reshape(weight.shape[0], -1, BLOCK)
    if bits == 8:
        scales = np.abs(blocks).max(-1) / 127
    else:
        # The value of largest magnitude sits at -8, the one level without a mirror image.
        extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)[..., 0]
        scales = extreme / -8
    scales = scales.astype(np.float16)
    divisor = scales.astype(np.float32)[..., None]
    safe = np.where(divisor == 0, 1, divisor)
    zero, top = (8, 15) if bits == 4 else (128, 255)
    q = np.clip(np.rint(np.where(divisor == 0, 0, blocks / safe)) + zero, 0, top).astype(np.uint8)
    data = q if bits == 8 else q[..., 0::2] | (q[..., 1::2] << 4)
    return Quantised(bits, data, scales)


def dequantise(tensor: Quantised) -> np.ndarray:
    """-> f32 [N, K]."""
    q, zero = tensor.data, 128
    if tensor.bits == 4:
        q, zero = np.stack((q & 15, q >> 4), -1).reshape(*q.shape[:2], BLOCK), 8
    values = (q.astype(np.float32) - zero) * tensor.scales.astype(np.float32)[..., None]
    return values.reshape(tensor.shape)
