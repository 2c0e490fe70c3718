"""Someone's own pairs for nano: the visible change of a photo becomes elements, each a layer of its own.

What lies before the subject and what behind it cannot be told from a finished picture. The subject's matte says where
most of a change lies; a change that keeps off the subject its box overlaps is taken to go on behind it."""

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes, distance_transform_edt, find_objects, label, maximum_filter, uniform_filter

from data.own import Example, PairsError, names_a_side, read_jsonl, read_pictures, resized
from data.pair import Element, Pair, trimmed
from model.codec import Codec
from model.conditioned import SLOTS
from model.text import Texts
from train.caches import ElementCache, LayoutCache, encode_element, matte_cells, pair_arrays, stacked

SIDE = 1024  # Longest side, in pixels, at which a change is read: four times what an element's crop shows of it
FAINTEST, STRONGEST = 10, 60  # Grey levels: less is the noise of two JPEGs, more hides the photo altogether
GROWN = 9  # Pixels of the square that a change is grown by: what nearly touches is one part, soft edges included
CORE, EDGE = 5, 6  # Pixels: of the square that leaves what surely hides the photo; from there a soft edge
LEAST_PART = 0.03  # A part smaller than this share of the largest belongs to its nearest neighbour
SPECK, HOLE = 1e-4, 0.02  # Parts of less of the photo are left out, holes of less of a change painted over
WHOLE = 0.6  # Share of the photo from which on a part's box makes it an element of the whole photo
ON_SUBJECT, OVERLAPPED = 0.05, 0.1  # Less of it on a subject that takes more of its box: it is behind
CROPS = 12  # Samples of each element, which differ in the matte that is told

VERBS = "add|draw|put|paint|make|place|give|sketch|doodle|scatter|create|insert|include|let there be"


@dataclass
class OwnView:
    """A photo and the elements of its change, as it is or mirrored: a pair an instruction. features: f32 [144, 192]."""

    pairs: list[Pair]
    features: np.ndarray


def words_of(text: str) -> tuple[int, int]:
    """The span of characters that names what is drawn: all of it but "add", "draw", "put" ... and the full stop."""
    match = re.match(rf"(please\s+)?({VERBS})\s+", text, re.IGNORECASE)
    start = match.end() if match else 0
    end = len(text.rstrip(" .!"))
    return (start, end) if end > start else (0, len(text))


def change(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The layer that turns one uint8 [H, W, 3] picture into the other: float32 [H, W, 4], colour premultiplied 0..1 and
    alpha.

    Where the difference is strong, alpha is 1 and the colour the target's. What a mixture of the photo and the nearest
    such paint explains is its soft edge, in that paint's colour. Elsewhere alpha follows the difference."""
    before, after = (picture.astype(np.float32) / 255 for picture in (source, target))
    difference = 255 * np.abs(after - before).max(-1)
    near = maximum_filter(uniform_filter(difference, 3) > FAINTEST, GROWN)
    alpha = np.clip((difference - FAINTEST) / (STRONGEST - FAINTEST), 0, 1) * near
    solid = alpha >= 1
    holes = binary_fill_holes(solid) & ~solid
    sizes = np.bincount((holes := label(holes)[0]).ravel())
    solid |= (holes > 0) & (sizes[holes] < HOLE * solid.sum())
    colour = before + (after - before) / np.maximum(alpha, 1e-3)[..., None]
    alpha[solid], colour[solid] = 1, after[solid]
    core = cv2.erode(solid.astype(np.uint8), np.ones((CORE, CORE), np.uint8)) > 0
    if core.any():
        distance, (rows, columns) = distance_transform_edt(~core, return_indices=True)
        paint = after[rows, columns]
        contrast = paint - before
        share = ((after - before) * contrast).sum(-1) / np.maximum((contrast * contrast).sum(-1), 1e-6)
        share = share.clip(0, 1)[..., None]
        unexplained = 255 * np.abs(before + share * contrast - after).max(-1)
        edge = near & ~core & (distance <= EDGE) & (unexplained < FAINTEST) & (share[..., 0] > 0.02)
        alpha[edge], colour[edge] = share[edge, 0], paint[edge]
    return np.dstack([colour.clip(0, 1) * alpha[..., None], alpha]).astype(np.float32)


def parts(alpha: np.ndarray) -> list[np.ndarray]:
    """Masks bool [H, W] of the connected parts of a change, small ones with a neighbour; 16 at most, largest first."""
    regions, count = label(maximum_filter(alpha > 0.1, GROWN))
    sizes = np.bincount(regions.ravel(), weights=alpha.ravel(), minlength=count + 1)[1:]
    if not count or not sizes.max():
        return []
    order = np.argsort(-sizes)
    own = [index + 1 for index in order[:SLOTS] if sizes[index] >= LEAST_PART * sizes.max()]
    large = np.isin(regions, own)
    distance, nearest = distance_transform_edt(~large, return_indices=True)
    belongs = np.where(large, regions, 0)
    for index, where in enumerate(find_objects(regions), 1):
        if index in own or sizes[index - 1] < SPECK * alpha.size:
            continue
        mine = regions[where] == index
        closest = np.argmin(np.where(mine, distance[where], np.inf))
        row, column = (axis[where].ravel()[closest] for axis in nearest)
        belongs[where][mine] = regions[row, column]
    return [belongs == index for index in own]


def element_of(planes: np.ndarray, matte: np.ndarray, words: tuple[int, int]) -> Element:
    """A part of a change (float32 [H, W, 4], nothing else on it) as an element; its kind by where it lies."""
    height, width = matte.shape
    alpha = planes[..., 3]
    layer, x, y = trimmed(np.dstack([planes, alpha]))
    rows, columns = layer.shape[:2]
    on = float((alpha * matte).sum() / alpha.sum())
    behind = on < ON_SUBJECT and matte[y : y + rows, x : x + columns].mean() > OVERLAPPED
    if behind:
        layer[..., 4] = 0
    if rows * columns > WHOLE * height * width:
        full = np.zeros((height, width, 5), np.float32)
        full[y : y + rows, x : x + columns] = layer
        return Element(full, 0, 0, (0.0, 0.0, float(width), float(height)), words, "whole", "own")
    box = (float(x), float(y), float(x + columns), float(y + rows))
    return Element(layer, x, y, box, words, "behind" if behind else "front", "own")


def views_of(example: Example, matting) -> list[OwnView]:
    """The pair, and its mirror image where no instruction names a side. matting: Matting.look. Raises PairsError."""
    source, target = read_pictures(example)
    factor = min(1.0, SIDE / max(source.size))
    size = tuple(max(1, round(side * factor)) for side in source.size)
    before, after = resized(source, size), resized(target, size)
    planes = change(before, after)
    masks = parts(planes[..., 3])
    if not masks:
        raise PairsError(f"{example.where}: source and target show the same picture, so there is nothing to learn")
    views = []
    for step in (1,) if any(map(names_a_side, example.texts)) else (1, -1):
        image = np.ascontiguousarray(before[:, ::step])
        small, features, *_ = matting(image)
        matte = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
        pairs = []
        for text in example.texts:
            elements = [element_of((planes * mask[..., None])[:, ::step], matte, words_of(text)) for mask in masks]
            pairs.append(Pair(image, matte, elements, text, {}))
        views.append(OwnView(pairs, features))
    return views


def read_own(path: Path, matting) -> list[OwnView]:
    """Every pair of a JSONL file. Raises PairsError."""
    return [view for example in read_jsonl(path) for view in views_of(example, matting)]


def drawing_samples(views: list[OwnView], codec: Codec, rng: np.random.Generator) -> ElementCache:
    """Every element on the crop about it. Raises PairsError where all are too small to learn from."""
    cache, by_grid = ElementCache(None), {}
    for pair in (pair for view in views for pair in view.pairs):
        for element in pair.elements:
            for _ in range(CROPS if element.kind != "whole" else 1):
                if sample := encode_element(pair, element, codec, rng):
                    by_grid.setdefault(sample.grid, []).append(sample)
    for samples in by_grid.values():
        cache.add(stacked(samples))
    if not len(cache):
        raise PairsError("every change is smaller than 14 pixels on a photo of 1024: there is too little to learn from")
    return cache


def layout_samples(views: list[OwnView], texts: Texts) -> LayoutCache:
    """Every pair's boxes, kinds and words on its photo."""
    cache = LayoutCache(None, texts)
    rows = [pair_arrays(pair) | {"view": np.int32(i)} for i, view in enumerate(views) for pair in view.pairs]
    shard = {name: np.stack([row[name] for row in rows]) for name in rows[0] if name != "meta"}
    mattes = [view.pairs[0].matte for view in views]
    cache.add(shard | {
        "features": np.stack([view.features for view in views]).astype(np.float16),
        "matte": np.stack([matte_cells(matte) for matte in mattes]),
        "aspect": np.array([matte.shape[1] / matte.shape[0] for matte in mattes], np.float32),
    })  # fmt: skip
    return cache
