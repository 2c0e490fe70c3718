"""Packs what training needs beside the checkout, for a machine without network; unpacks it there.

    python training/pack_inputs.py pack --out training/runs/packed [--extra FILE ...]
    python training/pack_inputs.py unpack --parts training/runs/packed --to training/runs/unpacked
    . training/runs/unpacked/env.sh

Packed are the photos (long side at most --photo-px, JPEG), their mattes, the artwork atlas, TAEF1, the 8-bit MiniLM with its
tokenizer, --init weights, and --extra files: wheels are installed into a folder of their own, .deb packages unpacked into another
(skia-python needs libegl1 and libgl1), anything else lies under extra/. env.sh points the training's settings there.
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

from nano.settings import data_dir, weights_dir, work_dir
from nano.text import model_dir
from pairs.photos import resize
from parcels import read_parcel, write_parcel

NAME = "inputs"
JPEG_QUALITY = 90  # TAEF1 loses far more


def pack_photos(source: Path, target: Path, longest: int) -> int:
    """Copies photos.jsonl with its photos and mattes, shrunk to a long side of `longest` pixels. -> number of photos."""
    for name in ("photos", "masks"):
        (target / name).mkdir(parents=True, exist_ok=True)
    records = [json.loads(line) for line in (source / "photos.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
    for record in records:
        image = cv2.imread(str(source / "photos" / f"{record['id']}.jpg"), cv2.IMREAD_COLOR)
        matte = cv2.imread(str(source / "masks" / f"{record['id']}.png"), cv2.IMREAD_GRAYSCALE)
        scale = min(1.0, longest / max(matte.shape))
        size = tuple(round(side * scale) for side in matte.shape)
        if scale < 1:
            image, matte = resize(image, size), resize(matte, size)
        record["height"], record["width"] = size
        cv2.imwrite(str(target / "photos" / f"{record['id']}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        cv2.imwrite(str(target / "masks" / f"{record['id']}.png"), matte, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    (target / "photos.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return len(records)


def pack(args: argparse.Namespace) -> None:
    """Writes the parts and prints what is in them."""
    from export_nano import export_text_encoder  # needs skia, which unpacking may be about to bring

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pack_photos(data_dir(), folder / "data", args.photo_px)
        export_text_encoder(folder / "minilm")
        shutil.copyfile(model_dir() / "tokenizer.json", folder / "minilm" / "tokenizer.json")
        files = {name: folder / name for name in ("data", "minilm")}
        files |= {f"weights/taef1_{part}.safetensors": weights_dir() / f"taef1_{part}.safetensors" for part in ("encoder", "decoder")}
        files["runs/artwork/atlas.npz"] = work_dir() / "artwork" / "atlas.npz"
        if args.init:
            files["init.safetensors"] = args.init
        files |= {f"extra/{path.name}": path for path in args.extra}
        for inside, path in files.items():
            sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path.stat().st_size]
            print(f"{inside:40s} {sum(sizes) / 2**20:7.2f} MiB, {len(sizes)} files")
        for part in write_parcel(args.out, NAME, files, int(args.part_mib * 2**20)):
            print(f"{part} {part.stat().st_size / 2**20:.2f} MiB")


def unpack(args: argparse.Namespace) -> None:
    """Joins the parts under --to and writes env.sh there."""
    root = args.to.resolve()
    read_parcel(args.parts, NAME, root)
    extra = sorted((root / "extra").iterdir()) if (root / "extra").is_dir() else []
    for path in extra:
        if path.suffix == ".whl":
            options = ("--quiet", "--no-index", "--no-deps", "--upgrade", "--target", str(root / "site"))
            subprocess.run([sys.executable, "-m", "pip", "install", *options, str(path)], check=True)
        elif path.suffix == ".deb":
            subprocess.run(["dpkg", "-x", str(path), str(root / "system")], check=True)
    (root / "env.sh").write_text(environment(root))
    print(f"{root}: run `. {root / 'env.sh'}` before training")


def environment(root: Path) -> str:
    """Shell lines that point the training's settings at an unpacked folder."""
    places = {"DATA": "data", "WEIGHTS": "weights", "WORK": "runs", "MINILM": "minilm"}
    lines = [f"export PHOTODOODLE_{name}={shlex.quote(str(root / place))}" for name, place in places.items()]
    libraries = sorted({str(path.parent) for path in (root / "system").rglob("*.so*")})
    for name, paths in (("PYTHONPATH", [str(root / "site")]), ("LD_LIBRARY_PATH", libraries)):
        if paths and Path(paths[0]).exists():
            lines.append(f"export {name}={shlex.quote(':'.join(paths))}${{{name}:+:${name}}}")
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    packing = verbs.add_parser("pack")
    packing.add_argument("--out", type=Path, default=work_dir() / "packed")
    packing.add_argument("--photo-px", type=int, default=320, help="320 serves training at 256, 512 at 384 and 512")
    packing.add_argument("--part-mib", type=float, default=57)
    packing.add_argument("--init", type=Path, help="weights to go on from (training/checkpoints/nano.safetensors)")
    packing.add_argument("--extra", type=Path, nargs="*", default=[], help="wheels, .deb packages, other files")
    unpacking = verbs.add_parser("unpack")
    unpacking.add_argument("--parts", type=Path, default=work_dir() / "packed")
    unpacking.add_argument("--to", type=Path, required=True)
    args = parser.parse_args(argv)
    pack(args) if args.verb == "pack" else unpack(args)


if __name__ == "__main__":
    main()
