"""Trains one artist's EditLoRA on both networks; stops on the clock.

    python training/train_style.py --hand magic --minutes 8                  # drawing, then layout where its cache is there
    python training/train_style.py --hand magic --minutes 8 --resume         # goes on from training/runs/styles/magic.safetensors

Half of the drawing's samples are things in the artist's hand on any crop, half elements of the artist's own pairs
(cache_elements.py --hand); the layout learns from cache_layout.py --hand.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from nano.artwork_feed import HandFeed
from nano.codec import Codec
from nano.conditioned import LAYOUT_GRID, SLOTS, ConditionedConfig, ConditionedFlux, crop_ids, slot_ids
from nano.element_cache import ElementCache
from nano.elements import INSTRUCTION_DROPOUT, CropPool, Texts, collate, draw_sigmas, drawing_loss, place_picture
from nano.layout_feed import LayoutCache
from nano.loop import Schedule, train
from nano.lora import Adapter, merged, new_adapter
from nano.settings import work_dir
from nano.slots import slot_loss
from nano.text import TextEncoder
from pairs.things import THINGS
from train_layout import draw_sigmas as layout_sigmas

RANK = {"drawing": 16, "layout": 8}
RATE = 3e-3
LAYOUT_SHARE = 0.25
"""Share of the time that goes to the layout's EditLoRA."""


def load_base(path: Path) -> tuple[ConditionedFlux, dict[str, Tensor]]:
    saved = torch.load(path, weights_only=True)
    model = ConditionedFlux(ConditionedConfig.from_json(saved["config"]))
    model.load_state_dict(saved["model"])
    return model.requires_grad_(False), saved["model"]


class Learner:
    """A network with an EditLoRA in training; `call` runs it merged."""

    def __init__(self, part: str, base: Path, known: dict[str, Tensor], seed: int):
        self.part, (self.model, self.state) = part, load_base(base)
        fresh = new_adapter(self.model.config.blocks(), RANK[part], True, torch.Generator().manual_seed(seed))
        self.factors: dict[str, Tensor] = {}
        for name, pair in fresh.items():
            for side, value in zip("AB", pair):
                key = f"{part}.{name}.lora_{side}.weight"
                self.factors[key] = known.get(key, value).clone().requires_grad_()

    def adapter(self, factors: dict[str, Tensor]) -> Adapter:
        names = sorted({key.split(".", 1)[1].rsplit(".lora_", 1)[0] for key in factors})
        return {name: tuple(factors[f"{self.part}.{name}.lora_{side}.weight"] for side in "AB") for name in names}

    def call(self, *args):
        state = merged(self.state, self.adapter(self.factors), self.model.config.blocks())
        return torch.func.functional_call(self.model, state, args)


def learn_drawing(learner: Learner, args: argparse.Namespace, minutes: float, texts: Texts, save) -> None:
    rng, noise = np.random.default_rng((args.seed, 1)), torch.Generator().manual_seed(args.seed)
    codec = Codec.load(work_dir() / args.codec)
    pool, things = CropPool.load(work_dir() / "crops"), HandFeed(args.hand, THINGS)
    pairs = ElementCache(work_dir() / "elements" / args.hand)
    crop_rope = learner.model.rope(crop_ids())

    def objective() -> tuple[Tensor, int]:
        if rng.random() < args.pairs:
            b, rope = pairs.batch(args.batch, rng, texts, learner.model)
        else:
            pictures, rope = [things.draw(rng) for _ in range(args.batch)], crop_rope
            drawn = [place_picture(p.pixels, float(p.kind == "front"), rng, p.upright) for p in pictures]
            words = ["" if rng.random() < INSTRUCTION_DROPOUT else p.words for p in pictures]
            b = collate(drawn, [p.kind for p in pictures], words, pool.draw(args.batch, codec, rng), codec, texts)
        sigma = draw_sigmas(len(b.clean), rng)
        level = sigma[:, None, None]
        noisy = (1 - level) * b.clean + level * torch.randn(b.clean.shape, generator=noise)
        answer, _ = learner.call(noisy, sigma, b.src, b.txt, b.pooled, b.txt_mask, rope, rope, b.place)
        return drawing_loss(answer, b.clean), len(b.clean)

    run(learner, args, minutes, objective, save)


def learn_layout(learner: Learner, args: argparse.Namespace, minutes: float, texts: Texts, save) -> None:
    rng, noise = np.random.default_rng((args.seed, 2)), torch.Generator().manual_seed(args.seed)
    cache = LayoutCache(work_dir() / "layout-hands" / args.hand, texts)
    src_rope, slot_rope = learner.model.rope(crop_ids(LAYOUT_GRID, LAYOUT_GRID)), learner.model.rope(slot_ids())

    def objective() -> tuple[Tensor, int]:
        b = cache.batch(args.batch, rng)
        sigma = layout_sigmas(args.batch, rng)
        level = sigma[:, None, None]
        noisy = (1 - level) * b.target.slots + level * torch.randn(args.batch, SLOTS, 5, generator=noise)
        answer, keys = learner.call(noisy, sigma, b.src, b.txt, b.pooled, b.target.txt_mask, slot_rope, src_rope)
        return slot_loss(answer, keys, b.target), args.batch

    run(learner, args, minutes, objective, save)


def run(learner: Learner, args: argparse.Namespace, minutes: float, objective, save) -> None:
    schedule = Schedule(minutes, args.rate, args.rate, args.decay, warm_up=50)
    optimiser = torch.optim.AdamW(list(learner.factors.values()), args.rate, (0.9, 0.98), weight_decay=0.0)
    train(learner.factors, [optimiser], objective, schedule, args.out, lambda average, seen: save(average))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hand", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--drawing", type=Path, default=work_dir() / "drawing" / "checkpoint.pt")
    parser.add_argument("--layout", type=Path, default=work_dir() / "layout-run" / "checkpoint.pt")
    parser.add_argument("--out", type=Path, default=work_dir() / "styles")
    parser.add_argument("--codec", default="codec-256.safetensors")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--pairs", type=float, default=0.5, help="share of the batches that are the artist's own pairs")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--decay", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"{args.hand}.safetensors"
    kept: dict[str, Tensor] = load_file(path) if args.resume else {}
    texts = Texts(TextEncoder())

    def save(average: dict[str, Tensor]) -> None:
        kept.update({name: value.detach().clone() for name, value in average.items()})
        save_file(kept, path, {"name": args.hand, "version": "0.7.0"})

    has_layout = (work_dir() / "layout-hands" / args.hand).is_dir() and args.layout.is_file()
    share = LAYOUT_SHARE if has_layout else 0.0
    learn_drawing(Learner("drawing", args.drawing, kept, args.seed), args, args.minutes * (1 - share), texts, save)
    if has_layout:
        learn_layout(Learner("layout", args.layout, kept, args.seed), args, args.minutes * share, texts, save)


if __name__ == "__main__":
    main()
