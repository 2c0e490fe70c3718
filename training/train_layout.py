"""Trains the layout transformer on cached pairs (cache_layout.py); stops on the clock, resumes from its checkpoint.

    python training/train_layout.py --cache training/runs/layout --held-out training/runs/layout-held-out \
        --out training/runs/layout-run --minutes 30 [--resume | --init]
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from nano.conditioned import LAYOUT_GRID, SLOTS, ConditionedFlux, crop_ids, layout_config, slot_ids
from nano.elements import Texts
from nano.layout_feed import LayoutBatch, LayoutCache
from nano.loop import Schedule, optimisers, spread, train
from nano.masters import begin, master, save_checkpoint
from nano.slots import SlotTargets, read_boxes, sample_slots, slot_loss
from nano.text import TextEncoder

HELD_OUT = 320
LEVELS = 4
"""Noise levels that share a pair's photo and words: its 16 slots cost a tenth of these."""


def box_figures(model: ConditionedFlux, batches: list[LayoutBatch], seed: int = 1) -> dict[str, float]:
    """iou: of the union of sampled boxes and that of true ones (cells of 24 x 24), mean over pairs; count, kind and words: shares of
    pairs with the right number, and of boxes (of pairs with the right number) with the right kind and exactly the right words."""
    noise, ious, count, kinds, words = torch.Generator().manual_seed(seed), [], [], [], []
    for b in batches:
        fresh = torch.randn(b.target.slots.shape, generator=noise)
        slots, kind_logits, pointers = sample_slots(model, b.src, b.txt, b.pooled, b.target.txt_mask, fresh)
        for row, (truth, offsets) in enumerate(zip(b.boxes, b.offsets)):
            found = read_boxes(slots[row], kind_logits[row], pointers[row], offsets)
            ours, theirs = covered(found), covered(truth)
            ious.append((ours & theirs).sum() / max(1, (ours | theirs).sum()))
            count.append(len(found) == len(truth))
            if count[-1]:
                kinds += [f.kind == t.kind for f, t in zip(found, truth)]
                words += [f.words == t.words for f, t in zip(found, truth)]
    mean = lambda values: round(float(np.mean(values)), 4) if values else 0.0
    return {"iou": mean(ious), "count": mean(count), "kind": mean(kinds), "words": mean(words)}


def covered(boxes: list, cells: int = 24) -> np.ndarray:
    """bool [cells, cells]: which cells' middles lie in a box."""
    middle = (np.arange(cells) + 0.5) / cells
    inside = lambda at, size: np.abs(middle - at) < size / 2
    return np.any([np.outer(inside(b.cy, b.h), inside(b.cx, b.w)) for b in boxes] or [np.zeros((cells, cells), bool)], axis=0)


def draw_sigmas(count: int, rng: np.random.Generator) -> torch.Tensor:
    """Four in ten at pure noise, where places are chosen; the rest about the middle."""
    levels = np.where(rng.random(count) < 0.4, 1.0, 1 / (1 + np.exp(-rng.normal(0.5, 1.2, count))))
    return torch.from_numpy(levels.clip(0.02, 1).astype(np.float32))


def worker(rank: int, args: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    model, samples = begin(out, args.resume, args.init, layout_config(args.hidden), args.seed)
    texts = Texts(TextEncoder())
    cache = LayoutCache(Path(args.cache), texts)
    rng = np.random.default_rng((args.seed, samples, rank))
    noise = torch.Generator().manual_seed(args.seed * 1_000_003 + samples * 7 + rank)
    src_rope, slot_rope = model.rope(crop_ids(LAYOUT_GRID, LAYOUT_GRID)), model.rope(slot_ids())
    if rank == 0:
        print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {len(cache)} pairs, {samples} samples so far", flush=True)

    def objective() -> tuple[torch.Tensor, int]:
        b, rows = cache.batch(args.batch, rng), args.batch * LEVELS
        condition = model.condition(b.src, b.txt, b.pooled, b.target.txt_mask, src_rope).repeat(LEVELS)
        target = SlotTargets(*(values.repeat_interleave(LEVELS, 0) for values in b.target))
        sigma = draw_sigmas(rows, rng)
        level = sigma[:, None, None]
        noisy = (1 - level) * target.slots + level * torch.randn(rows, SLOTS, 5, generator=noise)
        return slot_loss(model.predict(noisy, sigma, condition, slot_rope), condition.pointers, target), args.batch

    def save(average: dict, seen: int) -> None:
        save_checkpoint(out, model.config, average, seen)
        cache.refresh()

    held = []
    if rank == 0 and args.held_out:
        others, order = LayoutCache(Path(args.held_out), texts), np.random.default_rng(5)
        held = [others.batch(40, order) for _ in range(HELD_OUT // 40)]
    shadow = ConditionedFlux(model.config)

    def measure(average: dict) -> dict:
        shadow.load_state_dict(average)
        return box_figures(shadow, held)

    schedule = Schedule(args.minutes, decay=args.decay)
    train(dict(model.named_parameters()), optimisers(model, schedule), objective, schedule, out, save, measure if held else None, samples,
          args.measure_minutes, args.most_samples)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--held-out")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    parser.add_argument("--init", type=Path, nargs="?", const=master("layout"), help="start from these weights; without a file: the committed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--decay", type=float, default=0.4)
    parser.add_argument("--measure-minutes", type=float, default=10)
    parser.add_argument("--most-samples", type=int, default=10**12)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    spread(worker, args, args.processes, "29514")


if __name__ == "__main__":
    main()
