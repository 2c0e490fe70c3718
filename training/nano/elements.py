"""Samples of the drawing transformer, made on the fly: a picture of a thing in any box on any crop of any photo, told its own words.

Drawing needs no anchors: where a thing goes is the layout's to learn. A sample takes a millisecond or two.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from nano.codec import Codec, matte_tokens
from nano.conditioned import KINDS, TOKENS, place_features

CANVAS = 256
"""Side of a crop's layer in pixels."""
PHOTO = 128
"""Side of a crop as the network sees the photo."""
MARGINS = (1.12, 1.7)
"""Side of the crop relative to the longer side of the box."""
MOST_TURN = 8.0
BEHIND_SHARE = 0.4
INSTRUCTION_DROPOUT = 0.1
MATTE_DROPOUT = 0.1
WHOLE_SIDE = 16
"""Longest side, in tokens, of a grid over the whole photo."""
WHOLE_LEAST = 4
TEXT_LENGTHS = (8, 12, 16, 24, 32, 48, 64, 96)
"""Texts of a batch are padded to one of these."""


class Drawn(NamedTuple):
    """A picture in its crop: layer f32 [256, 256, 5] premultiplied 0..1; box (y0, y1, x0, x1) in units of the crop's side."""

    layer: np.ndarray
    box: tuple[float, float, float, float]


def frame_of(height: float, width: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """(scale, y, x): how a picture of height x width pixels is brought into a crop; its place there is random."""
    side = max(height, width) * rng.uniform(*MARGINS)
    scale = CANVAS / side
    room = lambda size: (CANVAS - size * scale) / 2
    y = room(height) * (1 + rng.uniform(-0.8, 0.8))
    x = room(width) * (1 + rng.uniform(-0.8, 0.8))
    return scale, y, x


def place_picture(picture: np.ndarray, front: float, rng: np.random.Generator, upright: bool = False) -> Drawn:
    """A picture uint8 [h, w, 4], premultiplied and trimmed, somewhere in a crop, a little stretched and turned; the box is that of what is seen."""
    height, width = picture.shape[:2]
    stretch = float(np.exp(rng.normal(0, 0.06)))
    turn = 0.0 if upright or rng.random() < 0.5 else float(np.radians(rng.uniform(-MOST_TURN, MOST_TURN)))
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag([stretch, 1 / stretch])
    corners = linear @ np.array([[0, width, width, 0], [0, 0, height, height]], float)
    low, high = corners.min(1), corners.max(1)
    scale, y, x = frame_of(high[1] - low[1], high[0] - low[0], rng)
    matrix = np.hstack([linear * scale, (np.array([x, y]) - low * scale)[:, None]]).astype(np.float32)
    drawn = cv2.warpAffine(picture, matrix, (CANVAS, CANVAS), flags=cv2.INTER_LINEAR)
    alpha = drawn[..., 3]
    rows, columns = np.flatnonzero(alpha.max(1) > 8), np.flatnonzero(alpha.max(0) > 8)
    box = (rows[0] / CANVAS, (rows[-1] + 1) / CANVAS, columns[0] / CANVAS, (columns[-1] + 1) / CANVAS)
    layer = np.empty((CANVAS, CANVAS, 5), np.float32)
    np.multiply(drawn, np.float32(1 / 255), out=layer[..., :4])
    np.multiply(alpha, np.float32(front / 255), out=layer[..., 4])
    return Drawn(layer, box)


def whole_grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of tokens over a whole photo, the longer side 16."""
    longest = max(height, width)
    return tuple(max(WHOLE_LEAST, round(WHOLE_SIDE * side / longest)) for side in (height, width))


def cut(picture: np.ndarray, square: tuple[float, float, float, float], size: tuple[int, int]) -> np.ndarray:
    """A rectangle of a picture at size (width, height), edges repeated outside; averaged where it shrinks."""
    x0, y0, x1, y1 = square
    shrink = min(1.0, 2.0 * size[0] / (x1 - x0), 2.0 * size[1] / (y1 - y0))
    if shrink < 1:
        small = max(1, round(picture.shape[1] * shrink)), max(1, round(picture.shape[0] * shrink))
        fx, fy = small[0] / picture.shape[1], small[1] / picture.shape[0]
        picture, x0, x1, y0, y1 = cv2.resize(picture, small, interpolation=cv2.INTER_AREA), x0 * fx, x1 * fx, y0 * fy, y1 * fy
    sx, sy = size[0] / (x1 - x0), size[1] / (y1 - y0)
    matrix = np.array([[sx, 0, (0.5 - x0) * sx - 0.5], [0, sy, (0.5 - y0) * sy - 0.5]])
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@dataclass
class CropPool:
    """Crops of photos as the network sees them. photo uint8 [n, 128, 128, 3], matte uint8 [n, 128, 128]."""

    photo: np.ndarray
    matte: np.ndarray

    @staticmethod
    def load(path) -> "CropPool":
        return CropPool(np.load(path / "photo.npy", mmap_mode="r"), np.load(path / "matte.npy", mmap_mode="r"))

    def draw(self, count: int, codec: Codec, rng: np.random.Generator) -> Tensor:
        """Photo tokens and matte of random crops, mirrored half of the time: [count, 64, 80]."""
        picked = rng.integers(len(self.photo), size=count)
        flip = lambda x: x[:, ::-1] if rng.random() < 0.5 else x
        photos, mattes = [], []
        for index in picked:
            both = flip(np.dstack([self.photo[index], self.matte[index]]))
            photos.append(both[..., :3])
            mattes.append(both[..., 3] * (0 if rng.random() < MATTE_DROPOUT else 1))
        photo = torch.from_numpy(np.stack(photos))
        matte = torch.from_numpy(np.stack(mattes)).float() / 255
        return torch.cat((codec.photo_tokens(photo), matte_tokens(matte, TOKENS, TOKENS)), -1)


class Texts:
    """Encoded words by string; [CLS] [SEP] for none."""

    def __init__(self, encoder, keep: int = 60_000):
        self.encoder, self.known, self.keep = encoder, {}, keep

    def encode(self, text: str) -> tuple[Tensor, Tensor]:
        if text not in self.known:
            if len(self.known) >= self.keep:
                self.known.clear()
            states, pooled = self.encoder.encode(text)
            self.known[text] = (states.half(), pooled)
        return self.known[text]

    def batch(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        """-> states [B, L, 384], pooled [B, 384], mask bool [B, L]."""
        encoded = [self.encode(text) for text in texts]
        longest = max(len(states) for states, _ in encoded)
        length = next((n for n in TEXT_LENGTHS if n >= longest), longest)
        states, mask = torch.zeros(len(texts), length, 384), torch.zeros(len(texts), length, dtype=torch.bool)
        for row, (own, _) in enumerate(encoded):
            states[row, : len(own)], mask[row, : len(own)] = own.float(), True
        return states, torch.stack([pooled for _, pooled in encoded]), mask


class DrawingBatch(NamedTuple):
    """clean [B, N, K], src [B, N, 80], place [B, N, 29], txt [B, L, 384], pooled [B, 384], txt_mask [B, L]."""

    clean: Tensor
    src: Tensor
    place: Tensor
    txt: Tensor
    pooled: Tensor
    txt_mask: Tensor


def collate(drawn: list[Drawn], kinds: list[str], texts: list[str], src: Tensor, codec: Codec, encoder: Texts) -> DrawingBatch:
    """Crops of 8 x 8 tokens as a batch."""
    layers = torch.from_numpy(np.stack([d.layer for d in drawn]))
    boxes = torch.tensor([d.box for d in drawn])
    place = place_features(boxes, torch.tensor([KINDS.index(kind) for kind in kinds]))
    return DrawingBatch(codec.layer_tokens(layers), src, place, *encoder.batch(texts))


def draw_sigmas(count: int, rng: np.random.Generator, pure: float = 0.5) -> Tensor:
    """Noise levels [count]: `pure` of them next to pure noise, where everything is decided, the rest leaning towards much noise."""
    lean = 1 / (1 + np.exp(-rng.normal(1.2, 1.1, count)))
    levels = np.where(rng.random(count) < pure, rng.uniform(0.97, 1.0, count), lean)
    return torch.from_numpy(levels.clip(0.05, 1.0).astype(np.float32))


def drawing_loss(prediction: Tensor, clean: Tensor) -> Tensor:
    """Squared error, a picture weighted by 1 / sqrt(share of tokens drawn): small things count nearly as much as large ones."""
    drawn = (clean.abs().amax(-1) > 1e-4).float().mean(1)
    weight = drawn.clamp(min=1 / 36).rsqrt()
    return ((prediction.float() - clean).square().mean((1, 2)) * weight).mean()
