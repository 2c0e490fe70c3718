"""Redraws the vocabulary in the manner of each hand (configs/hands.toml)."""

import functools
import tarfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from configs import options
from data.artwork import decode, load_artwork, trim
from data.hands import hand_pictures, save_hand
from data.settings import data_dir, work_dir
from data.styles.redraw import Art
from data.styles.things import RENDERERS
from data.things import BY_NAME, THINGS
from data.thousand import load_sketches, nouns, slug
from scripts.artwork import NAMES, fetch_package, rasterise, read_json

SOLID = ("@lobehub/fluent-emoji-3d", "1.1.0")
GLYPHS = ("@iconify-json/fluent-emoji-high-contrast", "1.2.6")

SKETCHED = {
    "teddy-bear": "teddy bear", "pizza": "pizza slice", "lightning": "lightning bolt", "firetruck": "fire truck",
    "diamond": "gem", "cake": "birthday cake",
}  # fmt: skip
"""Quick, Draw! words for things of other names."""


@functools.cache
def _packages(cache: Path) -> tuple[dict, dict, dict[str, bytes], dict[str, tuple]]:
    """(nouns by name, the icon set of one ink, WebP files by code points, the most typical sketch by name)."""
    emoji = read_json(fetch_package(*NAMES, cache), "en/data.json", "meta/groups.json")
    by_name = {noun.name: noun for noun in nouns(*emoji)}
    glyphs = read_json(fetch_package(*GLYPHS, cache), "icons.json")[0]
    with tarfile.open(fetch_package(*SOLID, cache)) as files:
        # Read once: looking for one file in a compressed archive reads all before it.
        pictures = [m for m in files.getmembers() if m.name.endswith(".webp")]
        solid = {_code(Path(m.name).stem): files.extractfile(m).read() for m in pictures}
    known = {alias: thing.name for thing in THINGS for alias in (*thing.aliases, thing.name)} | SKETCHED
    sketches: dict[str, list] = {}
    for sketch in load_sketches(data_dir()):
        sketches.setdefault(known.get(sketch.word, sketch.word), []).append(sketch.strokes)
    return by_name, glyphs, solid, {name: (_typical(found),) for name, found in sketches.items()}


def _code(name: str) -> str:
    return name.lower().replace("-fe0f", "").removeprefix("fe0f-")


def _typical(sketches: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """The sketch most like the others: what is odd or unfinished is far from them."""
    small = []
    for strokes in sketches:
        points = np.concatenate(strokes)
        low, span = points.min(0), max(np.ptp(points, axis=0).max(), 1.0)
        mark = np.zeros((32, 32), np.float32)
        fixed = [np.rint(((stroke - low) / span * 27 + 2) * 16).astype(np.int32)[:, None] for stroke in strokes]
        cv2.polylines(mark, fixed, False, 1.0, 1, cv2.LINE_8, 4)
        small.append(cv2.GaussianBlur(mark, (0, 0), 1.5).ravel())
    pictures = np.array(small) / (np.linalg.norm(small, axis=1, keepdims=True) + 1e-6)
    return sketches[int((pictures @ pictures.T).sum(0).argmax())]


def art_of(name: str, flat: np.ndarray, cache: Path) -> Art:
    """Everything there is to redraw a thing from. flat: its flat artwork, uint8 [h, w, 4], straight alpha."""
    by_name, glyphs, solid, sketches = _packages(cache)
    noun = by_name.get(name)
    if noun is None or BY_NAME[name].art is None:
        return Art(name, flat, sketches=sketches.get(name, ()))
    glyph = rasterise(glyphs, slug(noun.label))
    rendering, file = None, solid.get(_code(noun.hexcode))
    if file is not None:
        rendering = trim(decode(np.frombuffer(file, np.uint8)))
    return Art(name, flat, None if glyph is None else glyph[..., 3], rendering, sketches.get(name, ()))


def _redraw(job: tuple[str, str, np.ndarray, Path]) -> tuple[str, np.ndarray]:
    hand, name, flat, cache = job
    art = art_of(name, flat, cache)
    # Seeded by name: an atlas made again is the same atlas.
    rng = np.random.default_rng(zlib.crc32(f"{hand} {name} 0".encode()))
    return name, RENDERERS[hand](art, rng)


def flat_artwork() -> dict[str, np.ndarray]:
    """Name -> flat artwork (the first family that has it) of the vocabulary."""
    artwork = load_artwork(work_dir())
    order = ("fluent-emoji-flat", "drawn-0", "noto", "emojione", "noto-v1")
    found = {}
    for name in artwork.names:
        sprites = sorted(artwork.sprites(name), key=lambda s: order.index(s.family) if s.family in order else 9)
        found[name] = sprites[0].rgba
    return found


def hands(argv: Sequence[str] | None = None) -> None:
    """Makes or adds to the atlases."""
    args, cache = options("hands", argv), work_dir() / "artwork" / "npm"
    flats = {name: flat for name, flat in flat_artwork().items() if not args.things or name in args.things}
    for hand in args.hands:
        path = work_dir() / args.out / f"hands-{hand}.npz"
        kept = hand_pictures(path) if (args.things or args.missing) and path.is_file() else []
        jobs = [(hand, name, flat, cache) for name, flat in flats.items()]
        if args.missing:
            known = {name for name, _ in kept}
            jobs = [job for job in jobs if job[1] not in known]
        with ProcessPoolExecutor(args.processes) as pool:
            drawn = list(pool.map(_redraw, jobs, chunksize=8))
        redrawn = {name for name, _ in drawn}
        drawn += [(name, picture) for name, picture in kept if name not in redrawn]
        save_hand(path, drawn)
        print(f"{len(jobs)} things redrawn: {len(drawn)} pictures in {path}", flush=True)
