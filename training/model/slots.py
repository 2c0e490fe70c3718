"""Boxes as the layout transformer's slots: encoding, the objective, sampling; reading boxes, kinds, words, anchors.

A slot is (exists, cx, cy, w, h): exists 1 or -1; 2 cx - 1 and 2 cy - 1 of the box's middle and 2 sqrt(w) - 1, 2 sqrt(h)
- 1 of its sides, all in shares of the photo's width and height (the root favours small ones). Empty: -1, 0."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from data.anchors import PLACES
from model.codec import MATTE_VALUES
from model.conditioned import (
    ANCHORS,
    FREE,
    KINDS,
    LAYOUT_GRID,
    POINTER_DIM,
    SLOT_CHANNELS,
    SLOTS,
    ConditionedFlux,
    crop_ids,
    slot_ids,
)

STEPS = 4
SHIFT = 2.0
KIND_WEIGHT = 0.1
ANCHOR_WEIGHT = 0.3  # A wrong one costs the whole box
POINTER_WEIGHT = 0.2
BOX_WEIGHT = 2.0  # Of a box's mean squared error. Six times less, words and numbers drown it: boxes hardly improve.


def photo_tokens(features: Tensor, matte: Tensor, aspect: Tensor) -> Tensor:
    """features [B, 144, 192], matte [B, 144, 16] 0..1, aspect [B] width / height -> [B, 144, 209]."""
    shape = aspect.log()[:, None, None].expand(-1, LAYOUT_GRID**2, 1)
    return torch.cat((features, matte, shape), -1)


def told_ground(src: Tensor) -> tuple[np.ndarray, float]:
    """The matte [48, 48] and width / height in photo tokens [144, 209]."""
    cells = src[:, -1 - MATTE_VALUES**2 : -1].unflatten(-1, (MATTE_VALUES, MATTE_VALUES))
    side = LAYOUT_GRID * MATTE_VALUES
    plane = cells.unflatten(0, (LAYOUT_GRID, LAYOUT_GRID)).transpose(1, 2).reshape(side, side)
    return plane.float().numpy(), float(src[0, -1].exp())


class Box(NamedTuple):
    """cx, cy, w, h in shares of the photo's sides; kind of KINDS; words (start, end): characters of the text; anchor:
    of ANCHORS."""

    cx: float
    cy: float
    w: float
    h: float
    kind: str
    words: tuple[int, int]
    anchor: str = FREE


def in_order(boxes: list[Box]) -> list[Box]:
    """As slots are filled: by first word, then from left to right; the largest ones where there are too many."""
    kept = sorted(boxes, key=lambda box: -box.w * box.h)[:SLOTS]
    return sorted(kept, key=lambda box: (box.words[0], box.cx, box.cy))


def encode_slots(boxes: list[Box]) -> np.ndarray:
    """f32 [16, 5]."""
    slots = np.zeros((SLOTS, SLOT_CHANNELS), np.float32)
    slots[:, 0] = -1
    for slot, box in zip(slots, boxes):
        slot[:] = (1, 2 * box.cx - 1, 2 * box.cy - 1, 2 * box.w**0.5 - 1, 2 * box.h**0.5 - 1)
    return slots


def pointer_targets(boxes: list[Box], offsets: list[tuple[int, int]]) -> np.ndarray:
    """bool [16, L]: which wordpieces (character spans; (0, 0) of [CLS] and [SEP]) are a slot's words."""
    wanted = np.zeros((SLOTS, len(offsets)), bool)
    for row, box in zip(wanted, boxes):
        start, end = box.words
        row[:] = [low < end and high > start and high > low for low, high in offsets]
    return wanted


class SlotTargets(NamedTuple):
    """slots f32 [B, 16, 5], kinds, anchors int64 [B, 16], pointers bool [B, 16, L], txt_mask bool [B, L]."""

    slots: Tensor
    kinds: Tensor
    anchors: Tensor
    pointers: Tensor
    txt_mask: Tensor


def split_answer(answer: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """[B, 16, 60] -> clean slots [.., 5], kind logits [.., 4], pointer queries [.., 32], anchor logits [.., 19]."""
    return answer.split((SLOT_CHANNELS, len(KINDS), POINTER_DIM, len(ANCHORS)), dim=-1)


def pointer_logits(queries: Tensor, keys: Tensor) -> Tensor:
    """queries [B, 16, 32], keys [B, L, 32] -> [B, 16, L]."""
    return queries @ keys.mT * POINTER_DIM**-0.5


RULED, MIDDLE_SIDE, LEAST_SIDE = 0.1, 0.25, 0.08
"""Weight of places that a rule settles; the side, in shares of the photo's, at which a free place has weight 1; the one
below which its weight grows no further: a hat is small, and has to sit."""


def box_weights(target: SlotTargets) -> Tensor:
    """[B, 16, 5]: what the squared error of every value of a slot counts."""
    weights = torch.ones_like(target.slots)
    sides = ((target.slots[..., 3:] + 1) / 2).square().clamp(min=LEAST_SIDE)
    ruled = torch.tensor([anchor in PLACES for anchor in ANCHORS])[target.anchors]
    weights[..., 1:3] = torch.where(ruled[..., None], RULED, MIDDLE_SIDE / sides)
    return weights


def slot_loss(answer: Tensor, keys: Tensor, target: SlotTargets) -> Tensor:
    clean, kinds, queries, anchors = split_answer(answer.float())
    exists = (target.slots[..., :1] > 0).float()
    error = (clean - target.slots).square() * box_weights(target)
    # A pair counts once, not once a box: else nine in ten boxes are those of a dozen little stars.
    each_pair = (error[..., 1:] * exists).sum((1, 2)) / (4 * exists.sum((1, 2)).clamp(min=1))
    boxes = error[..., 0].mean() / SLOT_CHANNELS + BOX_WEIGHT * each_pair.mean()
    lost = lambda logits, true: F.cross_entropy(logits.flatten(0, 1), true.flatten(), reduction="none")
    named = KIND_WEIGHT * lost(kinds, target.kinds) + ANCHOR_WEIGHT * lost(anchors, target.anchors)
    named = (named * exists.flatten()).sum() / exists.sum().clamp(min=1)
    logits = pointer_logits(queries, keys.float())
    real = exists * target.txt_mask[:, None].float()
    each = F.binary_cross_entropy_with_logits(logits, target.pointers.float(), reduction="none")
    pointer = (each * real).sum() / real.sum().clamp(min=1)
    return boxes + named + POINTER_WEIGHT * pointer


def sigmas(steps: int = STEPS, shift: float = SHIFT) -> list[float]:
    """Noise levels from 1 to 0, [steps + 1]."""
    t = np.linspace(1, 0, steps + 1)
    return (shift * t / (1 + (shift - 1) * t)).tolist()


class Sampled(NamedTuple):
    """slots: clean ones f32 [B, 16, 5]; logits of the last call: kinds [B, 16, 4], anchors [B, 16, 19], pointers [B,
    16, L]."""

    slots: Tensor
    kinds: Tensor
    anchors: Tensor
    pointers: Tensor


@torch.no_grad()
def sample_slots(
    model: ConditionedFlux, src: Tensor, txt: Tensor, pooled: Tensor, txt_mask: Tensor, noise: Tensor,
    steps: int = STEPS,
) -> Sampled:  # fmt: skip
    """src [B, 144, 209], noise [B, 16, 5]."""
    condition = model.condition(src, txt, pooled, txt_mask, model.rope(crop_ids(LAYOUT_GRID, LAYOUT_GRID)))
    rope, levels, x = model.rope(slot_ids()), sigmas(steps), noise
    for level, next_level in zip(levels, levels[1:]):
        answer = model.predict(x, torch.full((len(x),), level), condition, rope)
        clean, kinds, queries, anchors = split_answer(answer.float())
        x = x + (next_level - level) * (x - clean) / level
    return Sampled(x, kinds, anchors, pointer_logits(queries, condition.pointers.float()))


PARTS = -8.0  # A wordpiece with a logit below this is surely none of a slot's: it parts two things' words


def pointed_at(logits: list[float], offsets: list[tuple[int, int]]) -> tuple[int, int]:
    """Characters from the first to the last wordpiece above 0 of the strongest run between two that part words."""
    best = run = (0, 0, 0.0)
    for (start, end), logit in zip(offsets, logits):
        if end <= start or logit < PARTS:
            run = (0, 0, 0.0)
        elif logit > 0:
            run = (run[0] if run[2] else start, end, run[2] + logit)
        best = max(best, run, key=lambda found: found[2])
    return best[:2]


def read_boxes(sampled: Sampled, row: int, offsets: list[tuple[int, int]]) -> list[Box]:
    """Boxes of one picture of a batch."""
    slots, kinds, anchors, pointers = (values[row] for values in sampled)
    boxes, side = [], lambda value: max((value + 1) / 2, 0.05) ** 2
    for slot, kind, anchor, pointed in zip(slots.tolist(), kinds.argmax(-1), anchors.argmax(-1), pointers.tolist()):
        exists, cx, cy, w, h = slot
        if exists > 0:
            words = pointed_at(pointed, offsets)
            boxes.append(Box((cx + 1) / 2, (cy + 1) / 2, side(w), side(h), KINDS[kind], words, ANCHORS[anchor]))
    return boxes


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    end = lambda box, at, half: box[at] + half * box[at + 2]
    side = lambda a, b, at: min(end(a, at, 0.5), end(b, at, 0.5)) - max(end(a, at, -0.5), end(b, at, -0.5))
    shared = max(0.0, side(first, second, 0)) * max(0.0, side(first, second, 1))
    return shared / max(first.w * first.h + second.w * second.h - shared, 1e-9)


def boxes_iou(found: list[Box], true: list[Box]) -> float:
    """Mean intersection over union of boxes matched one to one, best first; what has no partner counts as 0."""
    ranked = sorted(((overlap(a, b), i, j) for i, a in enumerate(found) for j, b in enumerate(true)), reverse=True)
    total, left, right = 0.0, set(), set()
    for value, i, j in ranked:
        if i not in left and j not in right:
            total += value
            left.add(i)
            right.add(j)
    return total / max(len(found), len(true), 1)


ROUNDS, MAY_OVERLAP, LEFT_OVER = 12, 0.25, 0.1  # Boxes move apart; shares of the smaller's area, its side


def apart(boxes: list[Box]) -> list[Box]:
    """Several of one thing (boxes of the same words) moved off each other, the nearer way, inside the photo where they
    were: sampled places are rough, and a heart on a heart is one odd heart."""
    middles = np.array([(box.cx, box.cy) for box in boxes]).reshape(-1, 2)
    sides = np.array([(box.w, box.h) for box in boxes]).reshape(-1, 2)
    low, high = np.minimum(middles, sides / 2), np.maximum(middles, 1 - sides / 2)
    same = lambda a, b: a.words == b.words and "whole" not in (a.kind, b.kind)
    pairs = [(i, j) for j in range(len(boxes)) for i in range(j) if same(boxes[i], boxes[j])]
    for _ in range(ROUNDS):
        for i, j in pairs:
            away, least = middles[j] - middles[i], np.minimum(sides[i], sides[j])
            shared = (sides[i] + sides[j]) / 2 - np.abs(away)
            if shared.min() <= 0 or shared.prod() <= MAY_OVERLAP * least.prod():
                continue
            axis = int(np.argmin(shared / least))
            move = (shared[axis] - LEFT_OVER * least[axis]) / 2 * (-1 if away[axis] < 0 else 1)
            middles[i, axis] = np.clip(middles[i, axis] - move, low[i, axis], high[i, axis])
            middles[j, axis] = np.clip(middles[j, axis] + move, low[j, axis], high[j, axis])
    return [box._replace(cx=float(x), cy=float(y)) for box, (x, y) in zip(boxes, middles)]
