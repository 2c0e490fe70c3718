"""The fixed questions: pairs of held-out photos and held-out phrasings, made once and kept as files.

A set is a folder: `questions/ID.json` and `.png` are what is asked of which photo, `rows/truth` the true elements as
they are seen with the app's own matte, `rows/second` another true draw of the same instruction. Every question has its
own random generator, made from the seed and its id: a larger set contains the smaller one, all can go on."""

import hashlib
import itertools
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

import data as pairs
from data import grammar
from data.artwork import Artwork
from data.colours import PAINTERS
from data.hands import WITHHELD, colours_of, load_hand
from data.marks import Head, has_head
from data.pair import Pair
from data.photos import Photo, is_held_out, load_index, load_photo, random_shape
from data.placing import Draft, place_one
from data.pool import PhotoPool
from data.pretrain import PairError, make_pretrain_pair
from data.scene import Scene
from data.settings import data_dir
from data.styles import STYLES, make_style_pair
from data.things import BY_NAME, THINGS, Thing
from data.wording import name_subject
from evaluate.answers import EvaluationError, Row, read_boxes, read_png, write_json, write_png
from evaluate.drawn import true_answer, true_boxes
from judges.network import Alone
from model.slots import Box

SIDE = 384  # Pixels of a square photo's side; others have the same area
VIEWS = 400  # Views tried before a question counts as impossible
SECONDS = 60  # Draws that are searched for a second one at the same anchor
HATS = ("crown", "top hat", "wizard hat")  # True pairs of these pass the ruler: a party hat's cone is too narrow
WORN_SEEDS = 2
WITHHELD_FROM = 500  # Numbers of a style's questions from which on they ask for withheld things
_BY_SLUG = {thing.name.replace(" ", "-"): thing for thing in THINGS}


@dataclass(frozen=True)
class Question:
    """id: "crown-03"; group: thing, two, worn, any (a picture to look at) or a style's name; label: what macro means
    are over. things, colours: of each part of the instruction; boxes: the true elements; owners: their things; head of
    worn."""

    id: str
    group: str
    label: str
    text: str
    photo: str
    things: list[str]
    colours: list[str | None]
    boxes: list[Box]
    owners: list[str]
    head: Head | None = None

    @property
    def seed(self) -> int:
        """Seed of the noise, the same for every row."""
        return zlib.crc32(self.id.encode())

    @property
    def style(self) -> str | None:
        return self.group if self.group in STYLES else None

    @property
    def withheld(self) -> bool:
        """Does it ask an artist for a thing that no training pair shows in this hand?"""
        return self.style is not None and int(self.id.rsplit("-", 1)[1]) >= WITHHELD_FROM


Made = tuple[Question, np.ndarray, Pair | None, Pair | None]  # With its photo, the true pair, another draw


def generator_digest() -> str:
    """Eight hex digits of the pair generator's source: another generator asks other questions."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(pairs.__file__).parent.rglob("*.*") if path.suffix != ".pyc"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def names_of(group: str, count: int, things: Sequence[Thing] = (), photos: int = 0) -> list[str]:
    """Ids of a group's questions: `count` a thing, or in all; of "worn" three hats and two seeds a photo."""
    if group == "thing":
        return [f"{thing.name.replace(' ', '-')}-{number:02d}" for thing in things for number in range(count)]
    if group == "worn":
        every = itertools.product(range(photos), range(len(HATS)), range(WORN_SEEDS))
        return [f"worn-{photo:02d}-{hat}-{seed}" for photo, hat, seed in every]
    return [f"{group}-{number:03d}" for number in range(count)]


class QuestionSet:
    """A set's folder. artwork: the generator's; matte: function photo -> f32 [H, W], the app's own."""

    def __init__(self, folder: Path, artwork: Artwork, matte: Callable[[np.ndarray], np.ndarray], seed: int = 0):
        self.folder, self.artwork, self.matte, self.seed = folder, artwork, matte, seed
        self.truth, self.second = Row(folder / "rows" / "truth"), Row(folder / "rows" / "second")
        self.pool = PhotoPool(data_dir(), held_out=True)
        marked = (info for info in load_index(data_dir()) if is_held_out(info.id) and has_head(info.id, data_dir()))
        self.heads = sorted(marked, key=lambda info: info.id)

    def row(self, name: str) -> Row:
        return Row(self.folder / "rows" / name)

    def questions(self, names: Sequence[str], make: Callable[[str, np.random.Generator], Made]) -> list[Question]:
        """The questions of these ids; what is missing is made by `make` (one of the methods below)."""
        found = []
        for done, name in enumerate(names):
            if not self._path(name).is_file():
                question, photo, true, other = make(name, np.random.default_rng((self.seed, zlib.crc32(name.encode()))))
                self._keep(question, photo, true, other)
                if done % 25 == 0:
                    print(f"questions: {done + 1} of {len(names)}", flush=True)
            found.append(self._read(name))
        return found

    def photo(self, question: Question) -> np.ndarray:
        """uint8 [H, W, 3]."""
        return read_png(self._path(question.id).with_suffix(".png"))

    def _path(self, name: str) -> Path:
        return self.folder / "questions" / f"{name}.json"

    def _keep(self, question: Question, photo: np.ndarray, true: Pair | None, other: Pair | None) -> None:
        matte = self.matte(photo)
        for row, pair in ((self.truth, true), (self.second, other)):
            if pair is not None:
                row.write(question.id, true_answer(replace(pair, matte=matte), apart=question.group == "two"))
        write_png(self._path(question.id).with_suffix(".png"), photo)
        write_json(self._path(question.id), asdict(question) | {"boxes": question.boxes})

    def _read(self, name: str) -> Question:
        known = json.loads(self._path(name).read_text())
        head = known["head"] and Head(*(tuple(known["head"][key]) for key in ("box", "crown")))
        return Question(**(known | {"boxes": read_boxes(known["boxes"]), "head": head}))

    def _ask(self, name: str, group: str, label: str, pair: Pair, head: Head | None = None) -> Question:
        told, owners = pair.meta, [element.thing for element in pair.elements]
        asked = told["photo"], told["things"], told["colours"]
        return Question(name, group, label, pair.text, *asked, true_boxes(pair), owners, head)

    def _tried(self, make: Callable[[Photo], Made | None], rng: np.random.Generator, what: str) -> Made:
        """What `make` makes of the first view that has room for it."""
        for _ in range(VIEWS):
            try:
                made = make(self.pool.view(random_shape(rng, SIDE), rng))
            except PairError:
                continue
            if made is not None:
                return made
        raise EvaluationError(f"none of {VIEWS} views has room for {what}: leave it out, or take another --seed")

    def one_thing(self, name: str, rng: np.random.Generator) -> Made:
        return self._alone(name, "thing", _BY_SLUG[name[:-3]], self.artwork, rng)

    def styled(self, name: str, rng: np.random.Generator) -> Made:
        """A question to an artist, "monster-003": set pieces or things in this hand; from 500 on a withheld thing."""
        style, number = name.rsplit("-", 1)
        if int(number) >= WITHHELD_FROM:
            thing = BY_NAME[sorted(WITHHELD)[(int(number) - WITHHELD_FROM) % len(WITHHELD)]]
            thing = replace(thing, colours=colours_of(style)) if style in PAINTERS else thing
            return self._alone(name, style, thing, load_hand(style), rng)

        def make(view: Photo) -> Made:
            pair = make_style_pair(style, rng, view)
            return self._ask(name, style, style, pair), view.image, pair, None

        return self._tried(make, rng, style)

    def _alone(self, name: str, group: str, thing: Thing, artwork, rng: np.random.Generator) -> Made:
        """One thing, as an artwork or a hand has it."""

        def make(view: Photo) -> Made:
            scene = Scene(view)
            pair = make_pretrain_pair(rng, view, Alone(artwork, thing), "place", "held_out", scene=scene)
            other = self._again(pair, view, scene, Alone(artwork, thing, pair.meta["colour"]), rng)
            return self._ask(name, group, thing.name, pair), view.image, pair, other

        return self._tried(make, rng, repr(thing.name))

    def _again(self, pair: Pair, view: Photo, scene: Scene, same: Alone, rng: np.random.Generator) -> Pair | None:
        """Another draw at the same anchor in the same colour."""
        for _ in range(SECONDS):
            try:
                other = make_pretrain_pair(rng, view, same, "place", "held_out", scene=scene)
            except PairError:
                return None
            if other.meta["anchor"] == pair.meta["anchor"]:
                return other
        return None

    def photo_pair(self, name: str, rng: np.random.Generator) -> Made:
        """A question on the whole of one held-out photo, the first by id for the first number: a picture to look at."""
        infos = sorted(self.pool.infos, key=lambda info: info.id)
        view = load_photo(infos[int(name[-3:]) % len(infos)], data_dir())

        def make(_: Photo) -> Made:
            pair = make_pretrain_pair(rng, view, self.artwork, None, "held_out")
            return self._ask(name, "any", "any", pair), view.image, pair, None

        return self._tried(make, rng, f"anything on {view.id}")

    def two_things(self, name: str, rng: np.random.Generator, things: int | None = None) -> Made:
        """A question that names two of the first `things`."""

        def make(view: Photo) -> Made | None:
            pair = make_pretrain_pair(rng, view, self.artwork, "two", "held_out", things)
            two = len(pair.meta["things"]) == 2
            return (self._ask(name, "two", "two", pair), view.image, pair, None) if two else None

        return self._tried(make, rng, "two things")

    def worn(self, name: str, rng: np.random.Generator) -> Made:
        """A hat on a whole photo with a marked head; without a true pair where the head is too small."""
        _, number, hat, _ = name.split("-")
        photo = load_photo(self.heads[int(number)], data_dir())
        thing = BY_NAME[HATS[int(hat)]]
        subject, scene = name_subject(photo.subject, True, rng, True), Scene(photo)
        draft = Draft(rng, photo, scene, Alone(self.artwork, thing), (thing,), subject, "held_out")
        part = next(filter(None, (place_one(draft, thing) for _ in range(8))), None)
        colour = part.colour if part else str(rng.choice(thing.colours)) if thing.always_coloured else None
        text, (span,) = grammar.place_text(rng, thing, colour, "head", subject, "held_out")
        elements = [replace(element, words=span) for element in part.elements] if part else []
        meta = {"things": [thing.name], "colours": [colour], "photo": photo.id}
        pair = Pair(photo.image, scene.matte, elements, text, meta)
        return self._ask(name, "worn", "worn", pair, photo.head), photo.image, pair if part else None, None
