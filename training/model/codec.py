"""The linear codec: principal components of a layer's 32 x 32 px patches and of a photo's 16 x 16 px patches.

It is nano's autoencoder, for what it draws and for what it sees: no network, decoding is one matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from data.pair import resample

LAYER_PATCH = 32
LAYER_CHANNELS = 5  # Red, green, blue times alpha, alpha, front times alpha, all in 0..1
PHOTO_PATCH = 16
PHOTO_COMPONENTS = 64
MATTE_VALUES = 4
CANVAS = 256  # Side of a crop's layer in pixels
CROP_MARGIN = 1.15  # Side of a crop relative to the longer side of its box, which lies in its middle
PHOTO = 128  # Side of a crop as the network sees the photo
WHOLE_SIDE = 16  # Longest side, in tokens, of a grid over the whole photo
WHOLE_LEAST = 4
ALPHA_GAIN = 2.5
"""What a drawn layer's alpha is steepened by about one half: a network's answer is the mean of all edges still
possible, softer than each of them. As crisp as the artwork's own."""
FRONT_WEIGHT = 0.5  # Of an error of `front` beside one of colour or alpha: it is nearly all or nothing


def patches(pixels: Tensor, side: int) -> Tensor:
    """[B, rows * side, columns * side, C] -> [B, rows * columns, side * side * C], index (y * side + x) * C + c."""
    batch, height, width, channels = pixels.shape
    grid = pixels.reshape(batch, height // side, side, width // side, side, channels)
    return grid.permute(0, 1, 3, 2, 4, 5).reshape(batch, -1, side * side * channels)


def unpatched(tokens: Tensor, side: int, rows: int, columns: int) -> Tensor:
    """The inverse of `patches`: [B, rows * columns, side * side * C] -> [B, rows * side, columns * side, C]."""
    grid = tokens.reshape(len(tokens), rows, columns, side, side, -1)
    return grid.permute(0, 1, 3, 2, 4, 5).reshape(len(tokens), rows * side, columns * side, -1)


def matte_tokens(matte: Tensor, rows: int, columns: int) -> Tensor:
    """matte f32 [B, H, W] 0..1 -> [B, rows * columns, 16]: area means of 4 x 4 cells of every token, row-major."""
    small = F.interpolate(matte[:, None], size=(rows * MATTE_VALUES, columns * MATTE_VALUES), mode="area")
    return patches(small[:, 0, :, :, None], MATTE_VALUES)


def whole_grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of tokens over a whole photo, the longer side 16."""
    longest = max(height, width)
    return tuple(max(WHOLE_LEAST, round(WHOLE_SIDE * side / longest)) for side in (height, width))


def cut(picture: np.ndarray, square: tuple[float, float, float, float], size: tuple[int, int]) -> np.ndarray:
    """A rectangle of a picture at size (width, height), edges repeated outside; averaged where it shrinks."""
    return resample(picture, square, *size, cv2.BORDER_REPLICATE)


@dataclass
class Codec:
    """encode [5120, K] and decode [K, 5120] of a layer's patch; mean [768] and photo [768, 64] of a photo's."""

    encode: Tensor
    decode: Tensor
    mean: Tensor
    photo: Tensor

    @property
    def components(self) -> int:
        return self.decode.shape[0]

    def layer_tokens(self, layer: Tensor) -> Tensor:
        """layer f32 [B, H, W, 5] -> [B, N, K]; zero where nothing is drawn."""
        tokens = patches(layer, LAYER_PATCH)
        drawn = tokens.amax(-1) > 0  # most of a crop is empty: a third of the products do
        encoded = torch.zeros(*tokens.shape[:2], self.components)
        encoded[drawn] = tokens[drawn] @ self.encode
        return encoded

    def layer(self, tokens: Tensor, rows: int = 8, columns: int = 8) -> Tensor:
        """[B, N, K] -> f32 [B, 32 rows, 32 columns, 5], not clipped."""
        return unpatched(tokens @ self.decode, LAYER_PATCH, rows, columns)

    def photo_tokens(self, photo: Tensor) -> Tensor:
        """photo uint8 or f32 0..255 [B, H, W, 3] -> [B, N, 64]."""
        return (patches(photo.float() / 255, PHOTO_PATCH) - self.mean) @ self.photo

    def save(self, path: Path) -> None:
        tables = {"layer.encode": self.encode, "layer.decode": self.decode}
        save_file(tables | {"photo.mean": self.mean, "photo.encode": self.photo}, path)

    @staticmethod
    def load(path: Path) -> Codec:
        """Tables f32, also of a file in f16. Raises SystemExit when there is none."""
        if not path.is_file():
            raise SystemExit(f"{path} does not exist: run `python training/run.py codec` first")
        t = {name: value.float() for name, value in load_file(path).items()}
        return Codec(t["layer.encode"], t["layer.decode"], t["photo.mean"], t["photo.encode"])


SEAM_REACH, SEAM_STEP, SEAM_ALONG = 8, 0.15, 6
"""As in the app (src/engine/models/codec/seams.ts): pixels to either side of a seam that take up the step there; steps
up to which it is a seam (twice as high ones are the picture's own edges); pixels along it whose steps are averaged."""


def smooth_seams(layers: np.ndarray) -> np.ndarray:
    """Decoded layers f32 [B, H, W, 5] smoothed where one token's patch meets the next: each is decoded by itself, and
    where the network is not sure of it, neighbours differ a little in brightness."""
    weight = (1 - (np.arange(SEAM_REACH) + 0.5) / SEAM_REACH)[:, None, None] / 2
    for axis in (1, 2):
        layers = np.moveaxis(layers, axis, 0).copy()  # [pixels across the seams, B, along, 5]
        for seam in range(LAYER_PATCH, len(layers), LAYER_PATCH):
            jump = layers[seam] - layers[seam - 1]
            jump = jump * (2 - np.abs(jump) / SEAM_STEP).clip(0, 1)
            sums = np.cumsum(np.pad(jump, ((0, 0), (1, 0), (0, 0))), 1)
            at = np.arange(jump.shape[1])
            low, high = (at - SEAM_ALONG).clip(0), (at + SEAM_ALONG + 1).clip(None, len(at))
            near = (sums[:, high] - sums[:, low]) / (high - low)[:, None]
            layers[seam : seam + SEAM_REACH] -= weight[..., None] * near
            layers[seam - SEAM_REACH : seam] += weight[::-1, ..., None] * near
        layers = np.moveaxis(layers, 0, axis)
    return layers


def basis(samples: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """encode [D, count] and decode [count, D] of samples [n, D] by their principal components, the largest first. One
    is scaled by eigenvalue^-1/4, at an energy of 1 on average: between whitening (a loss of noise) and none."""
    values, vectors = torch.linalg.eigh(samples.T @ samples / len(samples))
    values, vectors = values.flip(0)[:count].clamp(min=1e-9), vectors.flip(1)[:, :count].contiguous()
    scale = values**-0.25
    scale = scale / (values * scale**2).mean().sqrt()
    return vectors * scale, (vectors / scale).T.contiguous()


def value_weights() -> Tensor:
    """What an error of each of a patch's 5120 values counts."""
    return torch.tensor([1, 1, 1, 1, FRONT_WEIGHT]).repeat(LAYER_PATCH**2)


def fit(layer_patches: np.ndarray, photo_patches: np.ndarray, components: int) -> Codec:
    """layer_patches f32 [n, 5120] of drawn tokens, 0..1; photo_patches f32 [m, 768], 0..1."""
    weight = value_weights()
    encode, decode = basis(torch.from_numpy(layer_patches) * weight, components)
    photos = torch.from_numpy(photo_patches)
    mean = photos.mean(0)
    photo, _ = basis(photos - mean, PHOTO_COMPONENTS)
    return Codec(weight[:, None] * encode, decode / weight, mean, photo)


def psnr(codec, tokens: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over drawn patches [n, 5120], colour, alpha and (at its weight) front alike."""
    x = torch.from_numpy(tokens)
    error = ((x @ codec.encode @ codec.decode).clamp(0, 1) - x) * value_weights()
    return float(-10 * torch.log10(error.square().mean()))
