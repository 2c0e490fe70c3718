"""Trains one style, an EditLoRA on both networks (configs/style.toml): someone's own pairs, or an artist of this
project.

Half of a hand's drawing samples are things in that hand on any crop, half elements of the artist's own pairs; of own
pairs all are elements."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from configs import parser_of
from data.hands import HANDS
from data.own import PairsError, check_name, read_jsonl
from data.settings import work_dir
from model.conditioned import crop_ids
from model.lora import Adapter, merged, new_adapter
from model.stored import read_manifest
from model.text import TextEncoder, Texts
from train.caches import ElementCache, LayoutCache
from train.layout import stepper
from train.loop import Schedule, train
from train.masters import SHIPPED, VERSION, load_codec, load_trained, named
from train.own_pairs import drawing_samples, layout_samples, read_own
from train.samples import CropPool, DrawingBatch, HandFeed, drawing_step, plain_batch

RANK = {"drawing": 16, "layout": 8}
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
        """The factors under diffusers names."""
        names = sorted({key.split(".", 1)[1].rsplit(".lora_", 1)[0] for key in self.factors})
        return {name: tuple(self.factors[f"{self.part}.{name}.lora_{side}.weight"] for side in "AB") for name in names}

    def call(self, *args):
        """The network's forward."""
        state = merged(self.state, self.adapter(), self.model.config.blocks())
        return torch.func.functional_call(self.model, state, args)


class Trainer:
    """Trains both EditLoRAs into one file."""

    def __init__(self, args: Namespace, known: dict[str, Tensor]):
        self.args, self.kept, self.path = args, dict(known), args.out / f"{args.name}.safetensors"
        self.rng, self.noise = np.random.default_rng((args.seed, 1)), torch.Generator().manual_seed(args.seed)

    def save(self, average: dict[str, Tensor], _: int) -> None:
        """What is learnt so far."""
        self.kept |= {name: value.detach().clone() for name, value in average.items()}
        save_file(self.kept, self.path, {"name": self.args.name, "base": f"nano {VERSION}"})

    def run(self, learner: Learner, minutes: float, objective: Callable[[], tuple[Tensor, int]]) -> None:
        """Until the clock ends."""
        rate = self.args.rate
        optimiser = torch.optim.AdamW(list(learner.factors.values()), rate, (0.9, 0.98), weight_decay=0.0)
        schedule, logs = Schedule(minutes, rate, rate, self.args.decay, warm_up=50), work_dir() / "styles"
        logs.mkdir(parents=True, exist_ok=True)
        train(learner.factors, [optimiser], objective, schedule, logs, self.save, most_samples=self.args.most_samples)

    def drawing(self, learner: Learner, minutes: float, batches: Batches) -> None:
        """The drawing's EditLoRA."""
        self.run(learner, minutes, lambda: drawing_step(learner.call, *batches(), self.rng, self.noise))

    def layout(self, learner: Learner, minutes: float, cache: LayoutCache) -> None:
        """The layout's EditLoRA."""
        step = stepper(learner.model, learner.call, self.rng, self.noise)
        self.run(learner, minutes, lambda: step(cache.batch(self.args.batch, self.rng)))


def hand_batches(args: Namespace, learner: Learner, texts: Texts, rng: np.random.Generator) -> Batches:
    """Things in an artist's hand, and elements of the artist's own pairs."""
    codec, things = load_codec(args.codec), HandFeed(args.hand)
    pool, pairs = CropPool.load(work_dir() / "crops"), ElementCache(work_dir() / "elements" / args.hand)
    crop_rope = learner.model.rope(crop_ids())

    def draw():
        if rng.random() < args.pairs:
            return pairs.batch(args.batch, rng, texts, learner.model)
        return plain_batch(things, pool, args.batch, rng, codec, texts), crop_rope

    return draw


def known_factors(path: Path, hand: str) -> dict[str, Tensor]:
    """What a hand's training goes on from: the work folder's file, else what ships, in 8 bits."""
    if path.is_file():
        return load_file(path)
    return {name: torch.from_numpy(value) for name, value in read_manifest(SHIPPED / "styles" / hand)[1].items()}


def train_hand(args: Namespace) -> None:
    """An artist of this project."""
    texts, path = Texts(TextEncoder()), args.out / f"{args.name}.safetensors"
    trainer, folder = (
        Trainer(args, known_factors(path, args.hand) if args.resume else {}),
        work_dir() / "layout-hands" / args.hand,
    )
    share = LAYOUT_SHARE if folder.is_dir() else 0.0
    learner = Learner("drawing", args.drawing, trainer.kept, args.seed)
    trainer.drawing(learner, args.minutes * (1 - share), hand_batches(args, learner, texts, trainer.rng))
    if share:
        learner = Learner("layout", args.layout, trainer.kept, args.seed)
        trainer.layout(learner, args.minutes * share, LayoutCache(folder, texts))


def train_own(args: Namespace, matting: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None) -> None:
    """matting: Matting.read of model/matte.py, which it is where none is given. Raises PairsError: pairs not
    readable."""
    started = time.monotonic()
    read_jsonl(args.own)  # its faults are said before anything is loaded
    if matting is None:
        from model.matte import Matting

        matting = Matting().read
    trainer, texts = Trainer(args, {}), Texts(TextEncoder())
    drawing, layout = (Learner(part, getattr(args, part), {}, args.seed) for part in ("drawing", "layout"))
    views = read_own(args.own, matting)
    cache, boxes = drawing_samples(views, load_codec(args.codec), trainer.rng), layout_samples(views, texts)
    elements = sum(len(pair.elements) for view in views for pair in view.pairs)
    print(f"{args.own}: {len(views)} views, {elements} elements on {len(cache)} crops", flush=True)
    left = max(0.5, args.minutes - (time.monotonic() - started) / 60)
    batches = lambda: cache.batch(args.batch, trainer.rng, texts, drawing.model)
    trainer.drawing(drawing, left * (1 - LAYOUT_SHARE), batches)
    trainer.layout(layout, left * LAYOUT_SHARE, boxes)
    print(trainer.path)


def arguments(argv: Sequence[str] | None = None) -> Namespace:
    """The command line; what makes no sense ends it."""
    parser = parser_of("style")
    args = parser.parse_args(argv)
    if bool(args.own) == bool(args.hand) or args.hand not in ("", *HANDS):
        parser.error(f"give --own FILE, or --hand with one of {', '.join(HANDS)}")
    if args.own and (not args.name or args.resume):
        parser.error("--own takes --name NAME, and starts anew")
    if args.hand and (args.name or not args.minutes):
        parser.error("--hand takes --minutes, and no --name")
    try:
        check_name(args.name)
    except PairsError as error:
        parser.error(str(error))
    args.drawing, args.layout = (named(getattr(args, part), part, bool(args.hand)) for part in ("drawing", "layout"))
    args.out = Path(args.out) if args.out or args.own else work_dir() / "styles"
    args.own, args.name, args.minutes = Path(args.own), args.name or args.hand, args.minutes or OWN_MINUTES
    return args


def style(argv: Sequence[str] | None = None) -> None:
    """Trains until the clock ends."""
    args = arguments(argv)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    (train_hand if args.hand else train_own)(args)
