"""Trains the layout transformer (configs/layout.toml) on cached pairs."""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from configs import options
from data.settings import work_dir
from model.conditioned import LAYOUT_GRID, ConditionedFlux, crop_ids, layout_config, slot_ids
from model.settle import ground, settled
from model.slots import SlotTargets, boxes_iou, read_boxes, sample_slots, slot_loss, told_ground
from model.text import TextEncoder, Texts
from train.caches import LayoutBatch, LayoutCache
from train.hands import Hands, hands_with
from train.loop import Run, spread
from train.samples import Replay, noised

HELD_OUT, SIZE, FREE_TIMES = 320, 40, 3


def box_figures(model: ConditionedFlux, batches: list[LayoutBatch], seed: int = 1) -> dict[str, float]:
    """iou: of sampled and settled boxes and true ones, mean over pairs; unsettled: before rules; count: share of pairs
    with the right number; kind, words, anchor: shares of their boxes with the right ones."""
    noise, figures = torch.Generator().manual_seed(seed), defaultdict(list)
    for b in batches:
        fresh = torch.randn(b.target.slots.shape, generator=noise)
        sampled = sample_slots(model, b.src, b.txt, b.pooled, b.target.txt_mask, fresh)
        for row, (truth, offsets) in enumerate(zip(b.boxes, b.offsets)):
            found = read_boxes(sampled, row, offsets)
            figures["iou"].append(boxes_iou(settled(found, ground(*told_ground(b.src[row]))), truth))
            figures["unsettled"].append(boxes_iou(found, truth))
            figures["count"].append(len(found) == len(truth))
            if len(found) == len(truth):
                for name in ("kind", "words", "anchor"):
                    figures[name] += [getattr(f, name) == getattr(t, name) for f, t in zip(found, truth)]
    return {name: round(float(np.mean(values)), 4) for name, values in figures.items()}


def draw_sigmas(count: int, rng: np.random.Generator) -> Tensor:
    """Four in ten at pure noise, where places are chosen; the rest about the middle."""
    levels = np.where(rng.random(count) < 0.4, 1.0, 1 / (1 + np.exp(-rng.normal(0.5, 1.2, count))))
    return torch.from_numpy(levels.clip(0.02, 1).astype(np.float32))


def stepper(model: ConditionedFlux, rng: np.random.Generator, noise: torch.Generator, levels: int = 1) -> Callable:
    """A function (LayoutBatch, a forward) -> (loss, samples). levels: noise levels a pair."""
    ropes = model.rope(slot_ids()), model.rope(crop_ids(LAYOUT_GRID, LAYOUT_GRID))

    def step(b: LayoutBatch, call: Callable) -> tuple[Tensor, int]:
        target = SlotTargets(*(values.repeat_interleave(levels, 0) for values in b.target))
        sigma = draw_sigmas(len(target.slots), rng)
        noisy = noised(target.slots, sigma, noise)
        answer, keys = call(noisy, sigma, b.src, b.txt, b.pooled, b.target.txt_mask, *ropes)
        return slot_loss(answer, keys, target), len(b.boxes)

    return step


def worker(rank: int, args: Namespace) -> None:
    """One process of a run."""
    run, texts = Run("layout", args, layout_config(args.hidden), rank), Texts(TextEncoder())
    cache = LayoutCache(work_dir() / args.cache, texts, FREE_TIMES)
    step, held = stepper(run.model, run.rng, run.noise, args.levels), []
    if rank == 0 and args.held_out:
        others, order = LayoutCache(work_dir() / args.held_out, texts), np.random.default_rng(5)
        held = [others.batch(SIZE, order) for _ in range(HELD_OUT // SIZE)]
    names = hands_with("layout-hands") if args.hands else []
    hands = Hands("layout", run.model, run.out / "styles", names, args.seed)
    theirs = {hand: LayoutCache(work_dir() / "layout-hands" / hand, texts, FREE_TIMES) for hand in names}

    plain = Replay(lambda: cache.batch(args.batch, run.rng))
    of_hand = {hand: Replay(partial(theirs[hand].batch, args.batch, run.rng)) for hand in names}

    def objective() -> tuple[Tensor, int]:
        hand = names[int(run.rng.integers(len(names)))] if names and run.rng.random() < args.hands else None
        call, source = (hands.call(hand), of_hand[hand]) if hand else (run.model, plain)
        batch = source.batch(run.rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            return step(batch, call)

    def refresh() -> None:
        for shards in (cache, *theirs.values()):
            shards.refresh()

    measure = (lambda network, _: box_figures(network, held)) if held else None
    run.train(objective, measure, refresh, hands)


def layout(argv: Sequence[str] | None = None) -> None:
    """Trains until the clock ends."""
    args = options("layout", argv)
    spread(worker, args, args.processes, "29514")
