"""Crops at 100 % of large photos: plain enlarging, the zoom pass and outlines beside true pairs of the same size.

    python training/crisp.py --out docs/images/crisp.webp

draws pairs in all six styles on held-out photos brought to 12 megapixels (fixed seeds, nothing picked), then runs
`photodoodle crisp` on them, which prints edge widths, gradient energy, seams, time and memory. The judges of style and of a style's
things read the results, the enlarged first pass and the true pairs, all reduced alike.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import style_classifier  # noqa: E402
from nano.settings import data_dir  # noqa: E402
from pairs.pair import Pair  # noqa: E402
from pairs.photos import is_held_out, load_index, load_photo, random_view  # noqa: E402
from pairs.styles import STYLES, make_style_pair  # noqa: E402
from style_classifier import to_square  # noqa: E402
from style_thing_classifier import WEIGHTS as STYLE_THINGS  # noqa: E402
from style_thing_classifier import StyleThings  # noqa: E402

MEGAPIXELS = 12.0
STYLE_JUDGE = Path(style_classifier.__file__).with_name("style-classifier.safetensors")
TRIES = 8
"""Views of a photo that are tried before the next photo is taken: some take no doodle of a style."""


def draw_pairs(count: int, long_side: int) -> list[Pair]:
    """The first `count` held-out photos by id with a trusted subject, one after another in the six styles."""
    infos = sorted((info for info in load_index(data_dir()) if is_held_out(info.id) and info.has_subject), key=lambda info: info.id)
    infos = infos[:: max(1, len(infos) // (2 * count))]
    pairs: list[Pair] = []
    for number, info in enumerate(infos):
        if len(pairs) == count:
            break
        photo = load_photo(info, data_dir())
        height, width = photo.image.shape[:2]
        shape = (long_side, round(long_side * 0.75)) if height > width else (round(long_side * 0.75), long_side)
        for attempt in range(TRIES):
            rng = np.random.default_rng((7, number, attempt))
            try:
                pairs.append(make_style_pair(STYLES[len(pairs) % len(STYLES)], rng, random_view(photo, shape, rng)))
                break
            except ValueError:
                continue
    return pairs


def save(pairs: list[Pair], folder: Path) -> None:
    """pairs.json and a photo, a true target and its coverage for each."""
    entries = []
    for number, pair in enumerate(pairs):
        names = {role: f"{number:02}-{role}.png" for role in ("source", "target", "alpha")}
        for role, picture in (("source", pair.source[..., ::-1]), ("target", pair.target[..., ::-1]), ("alpha", np.rint(255 * pair.alpha).astype(np.uint8))):
            cv2.imwrite(str(folder / names[role]), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        entries.append({"id": f"{number:02}", "style": STYLES[number % len(STYLES)], "instruction": pair.text, "things": pair.meta["things"], **names})
    (folder / "pairs.json").write_text(json.dumps(entries, indent=1), encoding="utf-8")


def read_things(judge: StyleThings, manifest: Path) -> dict[str, float]:
    """Kind of picture ("zoom pass" or a control) -> mean share of the asked things that the judge reads."""
    shares: dict[str, list[float]] = {}
    picture = lambda name: to_square(np.asarray(Image.open(manifest.parent / name).convert("RGB")))
    for row in json.loads(manifest.read_text()):
        share = judge.named(picture(row["source"]), picture(row["result"]), row["style"], row["things"])
        if share is not None:
            shares.setdefault(row.get("control", "zoom pass"), []).append(share)
    return {kind: float(np.mean(found)) for kind, found in shares.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/images/crisp.webp", help="crops side by side (WebP)")
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--long-side", type=int, default=round(np.sqrt(MEGAPIXELS * 1e6 * 4 / 3)), help="pixels")
    parser.add_argument("--keep", type=Path, help="folder that keeps the pairs, and takes those that are there already")
    parser.add_argument("--seed", type=int, default=7, help="of every doodle; the photos and pairs stay")
    parser.add_argument("--zoom-from", type=float, help="highest noise level of the second pass; default: the engine's")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "pairs.json").is_file():
            save(draw_pairs(options.photos, options.long_side), folder)
        cli, results = Path(__file__).parent.parent / "cli" / "photodoodle.mjs", folder / "results"
        more = [] if options.zoom_from is None else ["--zoom-from", str(options.zoom_from)]
        limit = ["--limit", str(options.photos), "--seed", str(options.seed)]
        subprocess.run(["node", str(cli), "crisp", str(folder), "-o", options.out, "--keep", str(results), *limit, *more], check=True)
        style_classifier.judge(STYLE_JUDGE, results / "results.json", results / "styles.json")
        for kind, share in read_things(StyleThings.load(STYLE_THINGS), results / "results.json").items():
            print(f"things, {kind}: {share:.0%}")


if __name__ == "__main__":
    main()
