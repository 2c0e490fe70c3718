"""Measures nano on held-out photos and held-out phrasings: what was drawn, where, and what it did to the rest.

    python training/evaluate.py                                            # the table of the shipped weights
    python training/evaluate.py --steps 8 1 2 4 16 --cfg 1 2 3 --storage q8 f32 f16 q4
    python training/evaluate.py --weights training/checkpoints/nano.safetensors previous.safetensors
    python training/evaluate.py sheet --weights training/checkpoints/nano.safetensors --out sheet.png
    python training/evaluate.py styles --styles training/runs/styles --out styles.png   # six EditLoRAs: table and sheet
    python training/evaluate.py variants --style flat --files rank32=flat.safetensors full=full.safetensors   # one style, several trainings
    python training/evaluate.py vocabulary --cache training/runs/cache/pretrain --out training/checkpoints/vocabulary.json

Of a list, the first value is the base; every other value is tried with all else as in the base. Pictures are kept in the
work folder and only missing ones are made: an interrupted run is continued by the same command, and more pictures a class
add to those there. How the figures are defined: training/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

import style_classifier
from evaluation import report, style_variants, styles, vocabulary
from evaluation.draws import EvaluationError
from evaluation.held_out import EvaluationSet, Item, Tools, any_shape, encode_pair, generator_digest
from evaluation.report import NAMES, Judge, Row
from evaluation.sampling import SAMPLING, STORAGE, Cell, draw_tokens, load_network, run_cell, shipped_model, shipped_scheduler, variations
from nano.cache import Encoded
from nano.device import choose_device
from nano.settings import REPO_ROOT, data_dir, work_dir
from nano.sheet import lay_out
from nano.taef1 import Taef1
from nano.text import TextEncoder
from pairs.artwork import ArtworkError
from pairs.photos import PhotoError, is_held_out, load_index, load_photo, random_view
from pairs.pretrain import PairError, make_pretrain_pair
from pairs.styles import STYLES
from style_thing_classifier import WEIGHTS as STYLE_THINGS
from style_thing_classifier import StyleThings
from thing_classifier import VOCABULARY, WEIGHTS, load

SHIPPED = REPO_ROOT / "training" / "checkpoints" / "nano.safetensors"
STYLE_JUDGE = REPO_ROOT / "training" / "style-classifier.safetensors"
SHEET_PICTURES = 48


def set_folder(args: argparse.Namespace) -> Path:
    """The folder of the set that the settings ask for; another vocabulary or another generator has another one."""
    words = hashlib.sha256(args.vocabulary.read_bytes()).hexdigest()[:8] if args.vocabulary.is_file() else ""
    return args.set or work_dir() / "evaluation" / f"{args.side}px-seed{args.seed}-{words}-{generator_digest()}"


def title(cell: Cell, several_weights: bool) -> str:
    """The cell in words."""
    guided = "" if cell.cfg == 1 else f", cfg_scale {cell.cfg:g} above sigma {cell.cfg_above:g}"
    shifted = "" if cell.shift is None else f", shift {cell.shift:g}"
    return f"{cell.weights if several_weights else cell.weights.stem}, {cell.steps} {cell.sampling} steps, {cell.storage}{shifted}{guided}"


def asked(args: argparse.Namespace, weights: list[Path]) -> dict[str, list]:
    """Values for the fields of Cell, as the command line gives them."""
    return {"weights": weights, "steps": args.steps, "cfg": args.cfg, "storage": args.storage, "sampling": args.sampling, "shift": args.shift}


def shipped_defaults() -> dict:
    """Steps, guidance and sampling of the model in the app, from its model.json."""
    defaults = shipped_model()["defaults"]
    return {
        "steps": [defaults["steps"]], "cfg": [defaults["cfg_scale"]], "cfg_above": defaults.get("cfg_above_sigma", 0.4),
        "sampling": [SAMPLING[shipped_scheduler().stochastic_sampling]],
    }  # fmt: skip


def make_table(args: argparse.Namespace) -> None:
    """Draws the set and the cells' pictures where they are missing, judges them, prints and writes the table."""
    words = vocabulary.load_vocabulary(args.vocabulary)
    net, things = load(args.classifier)
    cells = variations(asked(args, args.weights), args.cfg_above)
    chosen, codec, text = EvaluationSet(set_folder(args), words, args.seed, args.side), Taef1.load(), TextEncoder()
    empty, device = text.encode(""), choose_device(args.device)
    codec.to(device)
    if chosen.missing(args.pictures_a_class):
        chosen.draw(args.pictures_a_class, Tools.load(vocabulary.generator_artwork(words), codec, text))
    items = list(chosen.items(args.pictures_a_class))
    photos = [item.sample.meta["photo"] for item in items]
    facts = {
        "set": chosen.digest(items), "pictures": len(items), "things": len(words.things), "pictures_a_class": args.pictures_a_class,
        "photos": len(set(photos)), "side": args.side, "seed": args.seed, "noise": "seeded by the pair's id",
        "classifier": hashlib.sha256(args.classifier.read_bytes()).hexdigest()[:12],
    }  # fmt: skip
    judge = Judge(chosen.folder / "rows", items, net, things)
    rows = [Row(name, NAMES[name], {}, judge.judge(name)) for name in ("truth", "second", "source", "mean", "blind")]
    for cell in cells:
        run_cell(cell, chosen, items, codec, empty, device)
        settings = {
            "steps": cell.steps, "cfg_scale": cell.cfg, "cfg_above_sigma": cell.cfg_above, "storage": cell.storage,
            "sampling": cell.sampling, "scheduler": cell.scheduler().to_json(),
        }  # fmt: skip
        rows.append(Row(cell.name, title(cell, len(args.weights) > 1), settings, judge.judge(cell.name)))
        report.write(args.out, rows, photos, facts)  # after every cell: a long run shows what it has so far
    print(report.write(args.out, rows, photos, facts))
    print(f"{args.out} and {args.out.with_suffix('.md').name} written; pictures in {chosen.folder / 'rows'}")


def sheet_pairs(args: argparse.Namespace, words: vocabulary.Vocabulary, codec: Taef1) -> list[Encoded]:
    """One pair on each of the first held-out photos (by id), of the kinds, things and anchors that were trained."""
    tools, kinds = Tools.load(vocabulary.generator_artwork(words), codec, TextEncoder()), words.kinds
    shares = np.array(list(kinds.values())) / sum(kinds.values())
    samples: list[Encoded] = []
    for number, info in enumerate(sorted(tools.held.infos, key=lambda info: info.id)):
        rng = np.random.default_rng((args.seed, number))
        photo = load_photo(info, data_dir())
        for _ in range(60):
            view, kind = random_view(photo, any_shape(args.side, rng), rng), str(rng.choice(list(kinds), p=shares))
            try:
                pair = make_pretrain_pair(rng, view, tools.artwork, kind, "held_out")
            except PairError:
                continue
            if words.knows(pair.meta):
                samples.append(encode_pair(pair, codec, tools.text))
                break
        if len(samples) == args.count:
            break
    return samples


def make_sheet(args: argparse.Namespace) -> None:
    """Photo | true target | what the weights draw, instruction underneath; nothing is picked."""
    codec, device = Taef1.load(), choose_device(args.device)
    samples = sheet_pairs(args, vocabulary.load_vocabulary(args.vocabulary), codec)
    cell = variations(asked(args, [args.weights]), args.cfg_above)[0]
    (model, recipe), empty = load_network(cell, device), TextEncoder().encode("")
    items = [Item(f"sheet-{number:02d}", "", sample, np.empty(0)) for number, sample in enumerate(samples)]
    lay_out(codec, samples, [draw_tokens(model, recipe, cell, [item], empty)[0] for item in items], args.out, columns=4)
    print(f"{args.out}: {len(samples)} held-out photos, photo | true target | {title(cell, False)}")


def make_styles(args: argparse.Namespace) -> None:
    """Draws the first held-out photos in all six styles; prints and writes the table, writes the sheet."""
    codec, text, device = Taef1.load(), TextEncoder(), choose_device(args.device)
    net, _ = style_classifier.load(args.classifier)
    held = [info for info in load_index(data_dir()) if is_held_out(info.id)]
    items = styles.style_items(held, args.count, args.side, args.seed, codec, text)
    cell = variations(asked(args, [args.weights]), args.cfg_above)[0]
    judge = styles.Judges(net, StyleThings.load(args.things))
    results = styles.run(cell, args.styles, items, codec, judge, text.encode(""), device)
    styles.sheet(results, args.out)
    lines = styles.table([result.facts for result in results])
    args.out.with_suffix(".md").write_text(lines)
    print(f"{lines}{args.out}: {len(results)} pictures, {title(cell, False)}")


def make_variants(args: argparse.Namespace) -> None:
    """Draws one style's held-out pairs with every variant of it and with the base alone; prints and writes the table."""
    codec, text, device = Taef1.load(), TextEncoder(), choose_device(args.device)
    net, _ = style_classifier.load(args.classifier)
    held = [info for info in load_index(data_dir()) if is_held_out(info.id)]
    items = [item for item in styles.style_items(held, args.count, args.side, args.seed, codec, text) if item.thing == args.style]
    named = [style_variants.Variant(name, Path(file)) for name, _, file in (entry.partition("=") for entry in args.files)]
    cell = variations(asked(args, [args.weights]), args.cfg_above)[0]
    rows = style_variants.run(cell, [style_variants.Variant("the base alone", None), *named], items, codec, net, text.encode(""), device)
    lines = style_variants.table(rows)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(lines)
    print(f"{lines}{args.out}: {args.style}, {len(items)} held-out photos, {title(cell, False)}")


def make_vocabulary(args: argparse.Namespace) -> None:
    """Writes down what a training cache, or so many composed pairs, taught."""
    metas = vocabulary.taught(args.cache) if args.cache else vocabulary.composed(args.composed, args.side)
    saved = vocabulary.record(metas, args.least)
    args.out.write_text(vocabulary.to_text(saved))
    print(f"{args.out}: {len(saved['things'])} things of {saved['pairs']} pairs")


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; without a command it is the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("table", help="figures (the default)")
    one.add_argument("--weights", type=Path, nargs="+", default=[SHIPPED], help="checkpoint.pt or master .safetensors")
    one.add_argument("--pictures-a-class", type=int, default=5, help="20 and more for figures to publish, where the machine allows")
    one.add_argument("--classifier", type=Path, default=WEIGHTS)
    one.add_argument("--set", type=Path, help="folder of the evaluation set; by default one for each vocabulary and generator in the work folder")
    one.add_argument("--out", type=Path, default=work_dir() / "evaluation" / "results.json")
    two = commands.add_parser("sheet", help="unpicked pictures to look at")
    two.add_argument("--weights", type=Path, default=SHIPPED)
    two.add_argument("--out", type=Path, required=True)
    two.add_argument("--count", type=int, default=SHEET_PICTURES)
    styled = commands.add_parser("styles", help="the six EditLoRAs on held-out photos")
    styled.add_argument("--weights", type=Path, default=SHIPPED, help="the base that the styles were trained on")
    styled.add_argument("--styles", type=Path, default=work_dir() / "styles", help="folder of their .safetensors")
    styled.add_argument("--classifier", type=Path, default=STYLE_JUDGE)
    styled.add_argument("--things", type=Path, default=STYLE_THINGS, help="the judge of what a style drew")
    styled.add_argument("--out", type=Path, required=True, help="the sheet; the table is written beside")
    styled.add_argument("--count", type=int, default=12, help="photos")
    compared = commands.add_parser("variants", help="one style trained in several ways, on the same held-out photos")
    compared.add_argument("--weights", type=Path, default=SHIPPED, help="the base that adapters were trained on")
    compared.add_argument("--style", choices=STYLES, required=True)
    compared.add_argument("--files", nargs="+", required=True, metavar="NAME=FILE", help="an adapter, or a master file of all weights")
    compared.add_argument("--classifier", type=Path, default=STYLE_JUDGE)
    compared.add_argument("--out", type=Path, default=work_dir() / "evaluation" / "variants.md")
    compared.add_argument("--count", type=int, default=24, help="photos")
    for command in (one, two, styled, compared):
        command.add_argument("--steps", type=int, nargs="+", help="by default, as sampling and guidance, what the app's model.json says")
        command.add_argument("--sampling", nargs="+", choices=SAMPLING, help="Euler steps, or fresh noise at every step")
        command.add_argument("--shift", type=float, nargs="+", default=[None], help="of the sigmas, in place of model.json's schedule")
        command.add_argument("--cfg", type=float, nargs="+", help="guidance scale; 1 is off")
        command.add_argument("--cfg-above", type=float, help="guide only where sigma is above this")
        command.add_argument("--storage", nargs="+", choices=STORAGE, default=["q8"], help="round the weights as the app stores them")
        command.set_defaults(**shipped_defaults())
        command.add_argument("--vocabulary", type=Path, default=VOCABULARY)
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--side", type=int, default=192, help="pixels of a square picture's side")
        command.add_argument("--threads", type=int, default=1)
        command.add_argument("--device", choices=("cpu", "cuda"), help="by default the best there is")
    three = commands.add_parser("vocabulary", help="write down what a training cache taught")
    taught = three.add_mutually_exclusive_group(required=True)
    taught.add_argument("--cache", type=Path, help="the cache that the weights were trained on")
    taught.add_argument("--composed", type=int, help="pairs to draw, where training composed its pairs meanwhile")
    three.add_argument("--side", type=int, default=192, help="pixels, of composed pairs")
    three.add_argument("--out", type=Path, default=VOCABULARY)
    three.add_argument("--least", type=int, default=10, help="pairs that a thing needs to count as taught")
    named = words and (words[0] in commands.choices or words[0] in ("-h", "--help"))
    args = parser.parse_args(words if named else ["table", *words])
    for entry in getattr(args, "files", []):
        if not Path(entry.partition("=")[2]).is_file():
            parser.error(f"--files {entry}: write NAME=FILE, with a file that is there")
    return args


def main() -> None:
    args = parse(sys.argv[1:])
    cv2.setNumThreads(1)
    torch.set_num_threads(getattr(args, "threads", 1))
    try:
        {"table": make_table, "sheet": make_sheet, "styles": make_styles, "variants": make_variants, "vocabulary": make_vocabulary}[args.command](args)
    except (EvaluationError, ArtworkError, PhotoError) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
