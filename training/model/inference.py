"""Nano end to end in Python, on the very weights the app ships: what evaluation measures. The app's engine computes the
same.

nano = Nano.load()                                  # public/models/nano
photo = nano.prepare(image)                         # uint8 [H, W, 3]
boxes = nano.layout(photo, "add a red crown", seed=1)
elements = nano.draw(photo, "add a red crown", boxes, seed=1)
picture = nano.composite(photo, elements)           # uint8 [H, W, 3]
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from data.settings import REPO_ROOT
from model.codec import CROP_MARGIN, PHOTO, Codec, cut, matte_tokens, smooth_seams, whole_grid
from model.conditioned import (
    KINDS,
    LAYOUT_GRID,
    SLOT_CHANNELS,
    SLOTS,
    TOKENS,
    ConditionedConfig,
    ConditionedFlux,
    crop_ids,
    place_features,
)
from model.crisp import crisp_alpha, crisp_colours
from model.heads import look_nearer
from model.lora import Adapter, adapter_of, merged
from model.matte import Matting, refine
from model.settle import ground, settled
from model.slots import Box, apart, photo_tokens, read_boxes, sample_slots
from model.stored import read_manifest
from model.text import TextEncoder, Texts

MODEL_DIR = REPO_ROOT / "public" / "models" / "nano"
SHIFT = 3.0
CALLS = 1
"""Network calls of an edit. More name fewer things: 0.70 of the pictures after one, 0.67, 0.68, 0.62 after 2, 4, 6."""
FLOOR = 4 / 255  # Alpha below this is none (src/engine/models/codec/layer-pixels.ts)


@dataclass
class Prepared:
    """A photo, uint8 [H, W, 3]; matte f32 [H, W] 0..1 at its size; small, f32 [320, 320], the matte as the network gave
    it (zeros where there is no clear subject); features f32 [144, 192]."""

    image: np.ndarray
    matte: np.ndarray
    small: np.ndarray
    features: np.ndarray
    heads: np.ndarray


@dataclass
class DrawnElement:
    """layer f32 [h, w, 5] premultiplied 0..1 over `square` (x0, y0, x1, y1 in pixels, also outside)."""

    layer: np.ndarray
    square: tuple[float, float, float, float]
    box: Box
    words: str


@dataclass
class Style:
    """An artist's EditLoRA on both networks."""

    drawing: Adapter
    layout: Adapter


def crop_square(box: Box, height: int, width: int) -> tuple[float, float, float, float]:
    """The square of the photo around a box: x0, y0, x1, y1 in pixels."""
    side = CROP_MARGIN * max(box.w * width, box.h * height, 1.0)
    x, y = box.cx * width, box.cy * height
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


class Nano:
    def __init__(
        self, drawing: ConditionedFlux, layout: ConditionedFlux, codec: Codec, encoder: TextEncoder,
        styles: dict[str, Style], gains: dict[str | None, float] | None = None,
    ):  # fmt: skip
        """gains: what alpha is steepened by, of styles and, under None, of all else."""
        self.gains = {None: 1.0} | (gains or {})
        # `use` writes into the networks' own.
        copy = lambda net: {name: value.clone() for name, value in net.state_dict().items()}
        self.base = {"drawing": copy(drawing), "layout": copy(layout)}
        self.drawing, self.layout_net, self.codec, self.styles = drawing.eval(), layout.eval(), codec, styles
        self.texts, self.matting, self.style = Texts(encoder), Matting(), None

    @staticmethod
    def load(folder: Path = MODEL_DIR) -> Nano:
        """From the app's model folder, quantised as it ships."""

        def tensors(path: str) -> tuple[dict, dict[str, torch.Tensor]]:
            config, values = read_manifest(folder / path)
            return config, {name: torch.from_numpy(value) for name, value in values.items()}

        def network(name: str) -> ConditionedFlux:
            config, state = tensors(name)
            model = ConditionedFlux(ConditionedConfig.from_json(config))
            model.load_state_dict(state)
            return model

        _, tables = tensors("codec")
        codec = Codec(torch.zeros(0), tables["layer.decode"], tables["photo.mean"], tables["photo.encode"])
        about, styles = json.loads((folder / "model.json").read_text()), {}
        gains = {None: about["codec"].get("alpha_gain", 1.0)}
        for style in about["styles"]:
            gains |= {style["id"]: style["alpha_gain"]} if "alpha_gain" in style else {}
            _, factors = tensors(style["path"])
            styles[style["id"]] = Style(*(adapter_of(part, factors) for part in ("drawing", "layout")))
        return Nano(network("drawing"), network("layout"), codec, TextEncoder(folder / "text-encoder"), styles, gains)

    def use(self, style: str | None) -> None:
        """Makes a style (or the bare network) the active one."""
        if style == self.style:
            return
        for name, net in (("drawing", self.drawing), ("layout", self.layout_net)):
            adapter = getattr(self.styles[style], name) if style else {}
            net.load_state_dict(merged(self.base[name], adapter, net.config))
        self.style = style

    def prepare(self, image: np.ndarray) -> Prepared:
        small, features, cells = self.matting.look(image)
        heads = look_nearer(image, small, cells, self.matting.look)
        return Prepared(image, refine(small, image), small, features, heads)

    @torch.no_grad()
    def layout(self, photo: Prepared, text: str, seed: int) -> list[Box]:
        """Boxes sampled for an instruction."""
        height, width = photo.image.shape[:2]
        small = torch.from_numpy(photo.small)[None]
        matte = matte_tokens(small, LAYOUT_GRID, LAYOUT_GRID)
        src = photo_tokens(torch.from_numpy(photo.features).float()[None], matte, torch.tensor([width / height]))
        txt, pooled, mask = self.texts.batch([text])
        noise = torch.randn(1, SLOTS, SLOT_CHANNELS, generator=torch.Generator().manual_seed(seed))
        found = read_boxes(
            sample_slots(self.layout_net, src, txt, pooled, mask, noise), 0, self.texts.encoder.offsets(text)
        )
        return apart(settled(found, ground(photo.small, width / height, photo.heads)))

    @torch.no_grad()
    def draw(self, photo: Prepared, text: str, boxes: list[Box], seed: int) -> list[DrawnElement]:
        """The elements in the boxes, each told its own words (or the whole text where it has none)."""
        groups: dict[tuple[int, int], list[int]] = {}
        height, width = photo.image.shape[:2]
        for index, box in enumerate(boxes):
            grid = whole_grid(height, width) if box.kind == "whole" else (TOKENS, TOKENS)
            groups.setdefault(grid, []).append(index)
        drawn: dict[int, DrawnElement] = {}
        noise = torch.Generator().manual_seed(seed)
        for grid, members in groups.items():
            own = [boxes[index] for index in members]
            words = [text[slice(*box.words)] if box.words[1] > box.words[0] else text for box in own]
            whole = (0.0, 0.0, width, height)
            squares = [whole if box.kind == "whole" else crop_square(box, height, width) for box in own]
            layers = self._draw(photo, own, squares, words, grid, noise)
            for index, layer, square, box, said in zip(members, layers, squares, own, words):
                drawn[index] = DrawnElement(layer, square, box, said)
        return [drawn[index] for index in range(len(boxes))]

    def _draw(self, photo, boxes, squares, words, grid, noise) -> np.ndarray:
        rows, columns = grid
        size = columns * PHOTO // TOKENS, rows * PHOTO // TOKENS
        seen = torch.from_numpy(np.stack([cut(photo.image, square, size) for square in squares]))
        mattes = torch.from_numpy(np.stack([cut(photo.matte, square, size) for square in squares]))
        src = torch.cat((self.codec.photo_tokens(seen), matte_tokens(mattes, rows, columns)), -1)
        kinds = torch.tensor([KINDS.index(b.kind) for b in boxes])
        place = place_features(placed(boxes, squares, photo.image.shape[:2], grid), kinds, rows, columns)
        rope = self.drawing.rope(crop_ids(rows, columns))
        condition = self.drawing.condition(src, *self.texts.batch(words), rope, place)
        x = torch.randn(len(boxes), rows * columns, self.codec.components, generator=noise)
        clean = self.drawing.predict(x, torch.ones(len(x)), condition, rope, place)
        layers = crisp_colours(smooth_seams(self.codec.layer(clean, rows, columns).numpy()))
        hand = None if boxes[0].kind == "whole" else self.style  # outlines and frames are drawn alike by nearly all
        gain = self.gains.get(hand, self.gains[None])
        return as_pixels(crisp_alpha(layers) if gain == 1 else layers, gain)

    def composite(self, photo: Prepared, elements: list[DrawnElement]) -> np.ndarray:
        return composite(photo.image, photo.matte, elements)


def as_pixels(layer: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """Decoded layers f32 [B, H, W, 5] within their range, as the app has them: nothing where alpha is a ripple about
    zero, alpha steepened by `gain` about one half, colour and front at most alpha."""
    drawn = layer[..., 3:4].clip(0, 1)
    alpha = (0.5 + gain * (drawn - 0.5)).clip(0, 1)
    alpha = np.where((drawn < FLOOR) | (alpha < FLOOR), 0, alpha)
    scale = alpha / np.maximum(drawn, FLOOR)
    return np.concatenate([(layer[..., :3] * scale).clip(0, alpha), alpha, (layer[..., 4:] * scale).clip(0, alpha)], -1)


def placed(boxes: list[Box], squares: list, size_hw: tuple[int, int], grid: tuple[int, int]) -> torch.Tensor:
    """Boxes as place features have them: y0, y1, x0, x1 in units of 8 tokens from the grid's corner, [B, 4]."""
    found, (height, width), (rows, columns) = [], size_hw, grid
    for box, (x0, y0, x1, _) in zip(boxes, squares):
        if box.kind == "whole":
            found.append((0.0, rows / TOKENS, 0.0, columns / TOKENS))
            continue
        side = x1 - x0
        top, left = (box.cy - box.h / 2) * height - y0, (box.cx - box.w / 2) * width - x0
        found.append((top / side, (top + box.h * height) / side, left / side, (left + box.w * width) / side))
    return torch.tensor(found)


def composite(image: np.ndarray, matte: np.ndarray, elements: list[DrawnElement]) -> np.ndarray:
    """The picture of `shown`."""
    return shown(image, matte, elements)[0]


def shown(image: np.ndarray, matte: np.ndarray, elements: list[DrawnElement]) -> tuple[np.ndarray, np.ndarray]:
    """alpha (front + (1 - front) (1 - matte)) of every element over the photo: uint8 [H, W, 3], and alpha [H, W]."""
    height, width = image.shape[:2]
    picture, seen = image.astype(np.float32), np.zeros((height, width), np.float32)
    for element in elements:
        layer = spread_over(element.layer, element.square, height, width)
        alpha = layer[..., 3]
        front = np.where(alpha > 1e-3, layer[..., 4] / np.maximum(alpha, 1e-3), 0).clip(0, 1)
        share = front + (1 - front) * (1 - matte)
        picture = picture * (1 - alpha * share)[..., None] + 255 * layer[..., :3] * share[..., None]
        seen = seen + (1 - seen) * alpha * share
    return picture.clip(0, 255).round().astype(np.uint8), seen


def spread_over(layer: np.ndarray, square: tuple[float, float, float, float], height: int, width: int) -> np.ndarray:
    """A layer over a square of the photo as one of the photo's size, f32 [H, W, 5]; nothing beyond the square."""
    x0, y0, x1, y1 = square
    # OpenCV takes four channels at most, and rounds positions otherwise for other numbers: colour and alpha stay
    # together.
    parts = np.ascontiguousarray(layer[..., :4]), np.ascontiguousarray(layer[..., 4:])
    sx, sy = (x1 - x0) / layer.shape[1], (y1 - y0) / layer.shape[0]
    if max(sx, sy) < 0.5:
        size = max(1, round(x1 - x0)), max(1, round(y1 - y0))
        parts = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in parts]
        sx, sy = (x1 - x0) / size[0], (y1 - y0) / size[1]
    matrix = np.array([[sx, 0, x0 + sx / 2 - 0.5], [0, sy, y0 + sy / 2 - 0.5]])
    warp = lambda part: cv2.warpAffine(part, matrix, (width, height), flags=cv2.INTER_LINEAR).reshape(height, width, -1)
    return np.concatenate([warp(part) for part in parts], -1)
