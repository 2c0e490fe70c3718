"""Trains one style, an EditLoRA on both networks; stops on the clock.

Pairs of your own, one `{"source": path, "target": path, "text": instruction}` a line (paths count from the file's folder):

    python training/train_style.py --own my.jsonl --name mystyle --minutes 5

An artist of this project, from the caches of cache_elements.py and cache_layout.py:

    python training/train_style.py --hand magic --minutes 8                  # drawing, then layout where its cache is there
    python training/train_style.py --hand magic --minutes 8 --resume         # goes on from training/runs/styles/magic.safetensors

Half of a hand's drawing samples are things in that hand on any crop, half elements of the artist's own pairs; of own pairs all
are elements. Writes OUT/NAME.safetensors: dropped on the app's page, or given to `photodoodle edit --style`, it is a style.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from nano.artwork_feed import HandFeed
from nano.conditioned import LAYOUT_GRID, crop_ids, slot_ids
from nano.element_cache import ElementCache
from nano.elements import INSTRUCTION_DROPOUT, CropPool, DrawingBatch, Texts, collate, draw_sigmas, drawing_loss, place_picture
from nano.layout_feed import LayoutCache
from nano.loop import Schedule, train
from nano.lora import Adapter, merged, new_adapter
from nano.manifest import read_manifest
from nano.masters import CODEC, SHIPPED, VERSION, load_codec, load_trained, master, newest
from nano.own_pairs import drawing_samples, layout_samples, read_own
from nano.settings import work_dir
from nano.slots import slot_loss
from nano.text import TextEncoder
from pairs.hands import HANDS
from pairs.jsonl import PairsError, check_name, read_jsonl
from pairs.things import THINGS
from train_layout import draw_sigmas as layout_sigmas

RANK = {"drawing": 16, "layout": 8}
RATE = 3e-3
LAYOUT_SHARE = 0.25
"""Share of the time that goes to the layout's EditLoRA."""
OWN_MINUTES = 5.0

Batches = Callable[[], tuple[DrawingBatch, tuple[Tensor, Tensor]]]


class Learner:
    """A network with an EditLoRA in training; `call` runs it merged."""

    def __init__(self, part: str, base: Path, known: dict[str, Tensor], seed: int):
        trained = load_trained(base)
        self.part, self.model, self.state = part, trained.network().requires_grad_(False), trained.state
        fresh = new_adapter(self.model.config.blocks(), RANK[part], True, torch.Generator().manual_seed(seed))
        self.factors: dict[str, Tensor] = {}
        for name, pair in fresh.items():
            for side, value in zip("AB", pair):
                key = f"{part}.{name}.lora_{side}.weight"
                self.factors[key] = known.get(key, value).clone().requires_grad_()

    def adapter(self) -> Adapter:
        names = sorted({key.split(".", 1)[1].rsplit(".lora_", 1)[0] for key in self.factors})
        return {name: tuple(self.factors[f"{self.part}.{name}.lora_{side}.weight"] for side in "AB") for name in names}

    def call(self, *args):
        state = merged(self.state, self.adapter(), self.model.config.blocks())
        return torch.func.functional_call(self.model, state, args)


class Trainer:
    """Trains both EditLoRAs into one file."""

    def __init__(self, args: argparse.Namespace, known: dict[str, Tensor]):
        self.args, self.kept = args, dict(known)
        self.rng, self.noise = np.random.default_rng((args.seed, 1)), torch.Generator().manual_seed(args.seed)

    def save(self, average: dict[str, Tensor], _: int) -> None:
        self.kept |= {name: value.detach().clone() for name, value in average.items()}
        save_file(self.kept, self.args.out / f"{self.args.name}.safetensors", {"name": self.args.name, "base": f"nano {VERSION}"})

    def run(self, learner: Learner, minutes: float, objective: Callable[[], tuple[Tensor, int]]) -> None:
        rate = self.args.rate
        optimiser = torch.optim.AdamW(list(learner.factors.values()), rate, (0.9, 0.98), weight_decay=0.0)
        schedule, logs = Schedule(minutes, rate, rate, self.args.decay, warm_up=50), work_dir() / "styles"
        logs.mkdir(parents=True, exist_ok=True)
        train(learner.factors, [optimiser], objective, schedule, logs, self.save, most_samples=self.args.most_samples)

    def noisy(self, clean: Tensor, sigma: Tensor) -> Tensor:
        level = sigma[:, None, None]
        return (1 - level) * clean + level * torch.randn(clean.shape, generator=self.noise)

    def drawing(self, learner: Learner, minutes: float, batches: Batches) -> None:
        def objective() -> tuple[Tensor, int]:
            b, rope = batches()
            sigma = draw_sigmas(len(b.clean), self.rng)
            answer, _ = learner.call(self.noisy(b.clean, sigma), sigma, b.src, b.txt, b.pooled, b.txt_mask, rope, rope, b.place)
            return drawing_loss(answer, b.clean), len(b.clean)

        self.run(learner, minutes, objective)

    def layout(self, learner: Learner, minutes: float, cache: LayoutCache) -> None:
        src_rope, slot_rope = learner.model.rope(crop_ids(LAYOUT_GRID, LAYOUT_GRID)), learner.model.rope(slot_ids())

        def objective() -> tuple[Tensor, int]:
            b = cache.batch(self.args.batch, self.rng)
            sigma = layout_sigmas(self.args.batch, self.rng)
            answer, keys = learner.call(self.noisy(b.target.slots, sigma), sigma, b.src, b.txt, b.pooled, b.target.txt_mask, slot_rope, src_rope)
            return slot_loss(answer, keys, b.target), self.args.batch

        self.run(learner, minutes, objective)


def hand_batches(args: argparse.Namespace, learner: Learner, texts: Texts, rng: np.random.Generator) -> Batches:
    """Things in an artist's hand, and elements of the artist's own pairs."""
    codec, things = load_codec(args.codec), HandFeed(args.hand, THINGS)
    pool, pairs = CropPool.load(work_dir() / "crops"), ElementCache(work_dir() / "elements" / args.hand)
    crop_rope = learner.model.rope(crop_ids())

    def draw():
        if rng.random() < args.pairs:
            return pairs.batch(args.batch, rng, texts, learner.model)
        pictures = [things.draw(rng) for _ in range(args.batch)]
        drawn = [place_picture(p.pixels, float(p.kind == "front"), rng, p.upright) for p in pictures]
        words = ["" if rng.random() < INSTRUCTION_DROPOUT else p.words for p in pictures]
        return collate(drawn, [p.kind for p in pictures], words, pool.draw(args.batch, codec, rng), codec, texts), crop_rope

    return draw


def known_factors(path: Path, hand: str) -> dict[str, Tensor]:
    """What a hand's training goes on from: the work folder's file, else what ships, in 8 bits."""
    if path.is_file():
        return load_file(path)
    _, shipped = read_manifest(SHIPPED / "styles" / hand)
    return {name: torch.from_numpy(value) for name, value in shipped.items()}


def train_hand(args: argparse.Namespace) -> None:
    path = args.out / f"{args.name}.safetensors"
    trainer, texts = Trainer(args, known_factors(path, args.hand) if args.resume else {}), Texts(TextEncoder())
    folder = work_dir() / "layout-hands" / args.hand
    share = LAYOUT_SHARE if folder.is_dir() else 0.0
    drawing = Learner("drawing", args.drawing, trainer.kept, args.seed)
    trainer.drawing(drawing, args.minutes * (1 - share), hand_batches(args, drawing, texts, trainer.rng))
    if share:
        trainer.layout(Learner("layout", args.layout, trainer.kept, args.seed), args.minutes * share, LayoutCache(folder, texts))


def train_own(args: argparse.Namespace, matting: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None) -> None:
    """matting: Matting.read of nano/matte.py, which it is where none is given. Raises PairsError when the pairs cannot be read."""
    started = time.monotonic()
    read_jsonl(args.own)  # its faults are said before anything is loaded
    if matting is None:
        from nano.matte import Matting

        matting = Matting().read
    trainer, texts = Trainer(args, {}), Texts(TextEncoder())
    drawing, layout = (Learner(part, path, {}, args.seed) for part, path in (("drawing", args.drawing), ("layout", args.layout)))
    views = read_own(args.own, matting)
    cache, boxes = drawing_samples(views, load_codec(args.codec), trainer.rng), layout_samples(views, texts)
    elements = sum(len(pair.elements) for view in views for pair in view.pairs)
    print(f"{args.own}: {len(views)} views, {elements} elements on {len(cache)} crops", flush=True)
    left = max(0.5, args.minutes - (time.monotonic() - started) / 60)
    trainer.drawing(drawing, left * (1 - LAYOUT_SHARE), lambda: cache.batch(args.batch, trainer.rng, texts, drawing.model))
    trainer.layout(layout, left * LAYOUT_SHARE, boxes)
    print(args.out / f"{args.name}.safetensors")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--own", type=Path, help="a JSONL file of your pairs")
    whose.add_argument("--hand", choices=HANDS)
    parser.add_argument("--name", help="with --own: what the style is called")
    parser.add_argument("--minutes", type=float, help=f"by the clock; with --own {OWN_MINUTES:g}")
    parser.add_argument("--drawing", type=Path, help="a checkpoint.pt or a master; default: a hand learns on the work folder's newest, own pairs on the committed")
    parser.add_argument("--layout", type=Path)
    parser.add_argument("--out", type=Path, help="folder; default: this one, with --hand the work folder's styles")
    parser.add_argument("--codec", default=CODEC, help="in the work folder; where it is missing, the committed one")
    parser.add_argument("--resume", action="store_true", help="with --hand: go on from OUT/HAND.safetensors, else from what ships")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--pairs", type=float, default=0.5, help="with --hand: share of the batches that are the artist's own pairs")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--decay", type=float, default=0.5)
    parser.add_argument("--most-samples", type=int, default=10**12)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    if args.own:
        if not args.name or args.resume:
            parser.error("--own takes --name NAME, and starts anew")
        try:
            check_name(args.name)
        except PairsError as error:
            parser.error(str(error))
    elif args.name or args.minutes is None:
        parser.error("--hand takes --minutes, and no --name")
    base = master if args.own else newest
    args.drawing, args.layout = args.drawing or base("drawing"), args.layout or base("layout")
    args.out, args.name = args.out or (Path() if args.own else work_dir() / "styles"), args.name or args.hand
    args.minutes = args.minutes or OWN_MINUTES
    return args


def main(argv: list[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        (train_own if args.own else train_hand)(args)
    except PairsError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
