"""Measures the six EditLoRAs on held-out photos: whose hand it is, what it did to the photo, what is still named rightly.

For each of the first held-out photos (by id) and each style one rendered pair gives the instruction and the truth. The same
noise serves the style and the base without it, so that what differs is the adapter's doing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from evaluation import figures
from evaluation.held_out import Item, any_shape, decode, encode_pair
from evaluation.judges import PictureNet, predict
from evaluation.sampling import Cell, adapted, draw_tokens, load_network
from nano.lora import load_adapter
from nano.model import Flux
from nano.settings import data_dir
from nano.taef1 import Taef1
from nano.text import TextEncoder
from pairs.pair import Pair
from pairs.photos import PhotoInfo, load_photo, random_view
from pairs.styles import STYLES, make_style_pair
from style_classifier import laid_over, to_square
from style_thing_classifier import StyleThings

CELL, GAP, CAPTION = 192, 4, 42
"""Pixels of the sheet's pictures, between them, and for the words under them."""

TRIES = 40
"""Views of a photo that are tried for one that a style has room on."""


@dataclass(frozen=True)
class Drawn:
    """What became of one pair. style: asked for; read, true_read: what the judge says of the result and of the true pair;
    background, base_background: PSNR in dB outside the true doodle, with and without the style; cover: share of the picture drawn on;
    named, true_named, base_named, guessed: share of the things asked for that the judge of a style's things reads in the result, in the true
    pair and in what the base draws without the style, and that a guess would get; None where the style always draws what was asked for."""

    style: str
    photo: str
    read: str
    true_read: str
    background: float | None
    base_background: float | None
    cover: float
    named: float | None = None
    true_named: float | None = None
    base_named: float | None = None
    guessed: float | None = None


def style_items(infos: Sequence[PhotoInfo], count: int, side: int, seed: int, codec: Taef1, text: TextEncoder) -> list[Item]:
    """One view of each of the first `count` photos by id, one pair a style on it; photos without room for some style are passed over."""
    items: list[Item] = []
    for number, info in enumerate(sorted(infos, key=lambda info: info.id)):
        pairs = _six_pairs(info, np.random.default_rng((seed, number)), side)
        items += [Item(f"{style}-{number:02d}", style, encode_pair(pair, codec, text), pair.alpha) for style, pair in pairs.items()]
        if len(items) == count * len(STYLES):
            break
    return items


def _six_pairs(info: PhotoInfo, rng: np.random.Generator, side: int) -> dict[str, Pair]:
    """Style -> a pair, all on the same view; nothing when no view has room for all."""
    photo, shape = load_photo(info, data_dir()), any_shape(side, rng)
    for _ in range(TRIES):
        view = random_view(photo, shape, rng)
        try:
            return {style: make_style_pair(style, rng, view) for style in STYLES}
        except ValueError:
            continue
    return {}


def with_adapter(base: Flux, file: Path, storage: str) -> Flux:
    """A copy of the network with an adapter, stored as the app stores it, at full strength."""
    model = Flux(base.config)
    model.load_state_dict(adapted(base.state_dict(), load_adapter(file), base.config, storage))
    return model.eval().requires_grad_(False).to(base.img_in.weight.device)


@dataclass(frozen=True)
class Result:
    """A pair, what was drawn, and the facts. source, picture: uint8 [H, W, 3], decoded."""

    item: Item
    source: np.ndarray
    picture: np.ndarray
    facts: Drawn


@dataclass(frozen=True)
class Judges:
    """hand: whose style it is; things: what of the style's was drawn."""

    hand: PictureNet
    things: StyleThings


def run(cell: Cell, styles: Path, items: Sequence[Item], codec: Taef1, judge: Judges, empty: tuple[Tensor, Tensor], device: torch.device) -> list[Result]:
    """Draws every pair with its style and with the base alone."""
    base, recipe = load_network(cell, device)
    results: list[Result] = []
    for style in STYLES:
        model = with_adapter(base, styles / f"{style}.safetensors", cell.storage)
        for item in (item for item in items if item.thing == style):
            drawn = torch.cat([draw_tokens(network, recipe, cell, [item], empty) for network in (model, base)])
            sample = item.sample
            source, truth, picture, plain = decode(codec, torch.cat([torch.stack([sample.source, sample.target]), drawn]), sample.grid)
            results.append(Result(item, source, picture, _facts(item, source, truth, picture, plain, judge)))
        print(f"{style}: {sum(result.item.thing == style for result in results)} pictures", flush=True)
    return results


def _facts(item: Item, source: np.ndarray, truth: np.ndarray, picture: np.ndarray, plain: np.ndarray, judge: Judges) -> Drawn:
    before, after = to_square(source), [to_square(laid_over(source, source, after)) for after in (picture, truth, plain)]
    hands = predict(judge.hand, torch.from_numpy(np.stack([before] * 2)), torch.from_numpy(np.stack(after[:2])))
    read, true_read = (STYLES[int(i)] for i in hands.argmax(1))
    asked = item.sample.meta["things"]
    return Drawn(
        item.thing, item.sample.meta["photo"], read, true_read, figures.background(source, picture, item.alpha),
        figures.background(source, plain, item.alpha), float(figures.drawn(source, picture).mean()),
        *(judge.things.named(before, square, item.thing, asked) for square in after), judge.things.chance(item.thing, asked),
    )  # fmt: skip


def table(drawn: Sequence[Drawn]) -> str:
    """Markdown: a line a style and one for all."""
    lines = [
        "| style | judge names it | true pairs | thing | true pairs | the base alone | a guess | raw background, dB | of the base alone | drawn on |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for style in (*STYLES, None):
        rows = [row for row in drawn if style in (row.style, None)]
        right, true = sum(row.read == row.style for row in rows), sum(row.true_read == row.style for row in rows)
        ours, base = _mean(row.background for row in rows), _mean(row.base_background for row in rows)
        cover = _mean(row.cover for row in rows)
        things = " | ".join(f"{_mean(getattr(row, name) for row in rows):.0%}" for name in ("named", "true_named", "base_named", "guessed"))
        lines.append(f"| {style or '**all six**'} | {right} of {len(rows)} | {true} of {len(rows)} | {things} | {ours:.1f} | {base:.1f} | {cover:.0%} |")
    return "\n".join(lines) + "\n"


def _mean(values: Iterable[float | None]) -> float:
    return float(np.mean([value for value in values if value is not None]))


def sheet(results: Sequence[Result], out: Path) -> None:
    """A row a photo: the photo, then what each style made of it, the instruction underneath."""
    rows: dict[str, dict[str, Result]] = {}
    for result in results:
        rows.setdefault(result.item.id.rsplit("-", 1)[1], {})[result.item.thing] = result
    page = Image.new("RGB", ((CELL + GAP) * (len(STYLES) + 1), (CELL + CAPTION) * len(rows)), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(10)
    for y, found in enumerate(rows.values()):
        cells = [(found[STYLES[0]].source, "")] + [(found[style].picture, found[style].item.sample.meta["text"]) for style in STYLES]
        for x, (picture, text) in enumerate(cells):
            image = Image.fromarray(picture)
            image.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
            corner = (x * (CELL + GAP), y * (CELL + CAPTION))
            page.paste(image, corner)
            pen.multiline_text((corner[0], corner[1] + CELL + 1), "\n".join(textwrap.wrap(text, 38)[:3]), fill="black", font=font, spacing=1)
    out.parent.mkdir(parents=True, exist_ok=True)
    page.save(out)
