"""What `python training/evaluate.py` does: one function a command. How the figures are defined: training/README.md."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from configs import parser_of
from data.artwork import ArtworkError, load_artwork
from data.photos import PhotoError
from data.settings import REPO_ROOT, data_dir, work_dir
from data.things import THINGS, Thing
from evaluate import pages, report, styled
from evaluate.answers import EvaluationError, Row, read_png
from evaluate.drawn import codec_psnr, digest, draw, from_checkpoints
from evaluate.older import answer_all
from evaluate.questions import Question, QuestionSet, generator_digest, names_of
from judges import styles as style_judge
from judges import things as thing_judge
from judges.network import JudgeError, load_judge
from model.inference import MODEL_DIR, Nano

SAMPLES = REPO_ROOT / "public" / "samples"
WORST = 10
JUDGED = (60, 215)  # How many of the vocabulary's first things there are judges of


class Session:
    """The model, its rows and the set of questions, as the command line asks for them."""

    def __init__(self, args: argparse.Namespace) -> None:
        trained = args.drawing is not None
        self.nano = from_checkpoints(args.drawing, args.layout, args.codec) if trained else Nano.load(args.model)
        self.samples = not trained or args.layout is not None
        self.name = f"nano-{digest(self.nano)}"
        folder = args.set or work_dir() / "evaluation" / f"seed{args.seed}-{generator_digest()}"
        matte = lambda photo: self.nano.prepare(photo).matte
        self.chosen = QuestionSet(folder, load_artwork(work_dir()), matte, args.seed)

    def answer(self, questions: Sequence[Question], given: bool = False) -> dict[str, Row]:
        """Answers what is not answered yet, sampled ("nano") and, if asked, in the true boxes ("given")."""
        rows = {"nano": self.chosen.row(self.name)} if self.samples else {}
        if given or not self.samples:
            rows["given"] = self.chosen.row(f"{self.name}-given")
        wanted = lambda q: [kind for kind, row in rows.items() if q.id not in row and (q.boxes or kind == "nano")]
        missing = [question for question in questions if wanted(question)]
        for done, q in enumerate(missing):
            self.nano.use(q.style)
            photo = self.nano.prepare(self.chosen.photo(q))
            for kind in wanted(q):
                places = q.boxes if kind == "given" else None
                rows[kind].write(q.id, draw(self.nano, photo, q.text, q.seed, places, q.group == "two"))
            if done % 25 == 0:
                print(f"{self.name}: {done + 1} of {len(missing)}", flush=True)
        return rows


def ask(chosen: QuestionSet, args: argparse.Namespace, things: Sequence[Thing]) -> list[Question]:
    """The table's questions."""
    two = lambda name, rng: chosen.two_things(name, rng, args.things)
    single = chosen.questions(names_of("thing", args.pictures_a_thing, things), chosen.one_thing)
    worn = names_of("worn", 0, photos=len(chosen.heads))[: args.worn or None]
    return single + chosen.questions(names_of("two", args.two), two) + chosen.questions(worn, chosen.worn)


def make_table(args: argparse.Namespace) -> None:
    """Draws what is missing, judges it, prints and writes the table."""
    session, judge = Session(args), load_judge(args.classifier or thing_judge.weights_of(args.things), "thing_judge")
    chosen, things = session.chosen, [thing for thing in THINGS[: args.things] if thing.name in judge.classes]
    questions = ask(chosen, args, things)
    counts = {group: sum(question.group == group for question in questions) for group in ("thing", "two", "worn")}
    facts = {
        "set": chosen.folder.name, "questions": counts, "photos": len({question.photo for question in questions}),
        "things": len(things), "model": session.name, "seed": args.seed, "codec": codec_psnr(session.nano.codec),
    }  # fmt: skip
    titles = {"truth": "true pairs", "second": "another true draw", "nano": session.name, "given": "in the true boxes"}
    answered = {"truth": chosen.truth, "second": chosen.second} | session.answer(questions, given=True)
    if args.against:
        older = [question for question in questions if not args.older or int(question.seed) % 1000 < 10 * args.older]
        titles["older"] = f"{args.against.name}, {len(older)} pictures"
        answered["older"] = chosen.row(f"older-{args.against.resolve().name}")
        answer_all(args.against, answered["older"], older, chosen)
    rows = {name: report.judge_row(chosen, row, questions, judge) for name, row in answered.items()}
    text = report.write(args.out, questions, rows, titles, facts)
    print(f"{text}{args.out} and {args.out.with_suffix('.md').name} written; pictures in {chosen.folder / 'rows'}")


def make_styles(args: argparse.Namespace) -> None:
    """Draws every artist's questions; prints and writes the table."""
    session, hands = Session(args), load_judge(style_judge.WEIGHTS, "style_judge")
    things = load_judge(thing_judge.weights_of(60), "thing_judge")
    questions = session.chosen.questions(styled.names(args.count, args.withheld), session.chosen.styled)
    rows = next(iter(session.answer(questions).values())), session.chosen.truth
    drawn, true = (styled.judge_row(session.chosen, row, questions, hands, things) for row in rows)
    text = styled.table(questions, drawn, true)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text)
    print(text)
    order = np.random.default_rng(args.seed).permutation(len(questions))[:36]
    cells = [([rows[0].read(questions[at].id).picture], str(number)) for number, at in enumerate(order)]
    pages.page(cells, args.out.with_suffix(".webp"), 6)
    args.out.with_suffix(".key.json").write_text(json.dumps([questions[at].style for at in order]))


def looked_at(session: Session, count: int) -> tuple[list[Question], Row]:
    """The questions of the unpicked sheet and their answers."""
    questions = session.chosen.questions(names_of("any", count), session.chosen.photo_pair)
    return questions, next(iter(session.answer(questions).values()))


def make_sheet(args: argparse.Namespace) -> None:
    """Held-out photos, unpicked, one picture each."""
    questions, row = looked_at(Session(args), args.count)
    pages.page([([row.read(q.id).picture], q.text) for q in questions], args.out, 6)


def make_cases(args: argparse.Namespace) -> None:
    """What people type, each on the first sample photo whose subject it names, else on the first."""
    session, samples, cells = Session(args), json.loads((SAMPLES / "samples.json").read_text()), []
    for text in filter(None, map(str.strip, args.cases.read_text().splitlines())):
        sample = samples[pages.fitting(text, [sample["subject"] for sample in samples])]
        photo = session.nano.prepare(read_png(SAMPLES / sample["file"]))
        session.nano.use(args.style or None)
        answer = draw(session.nano, photo, text, args.seed)
        cells.append(([answer.picture], text))
    pages.page(cells, args.out, 6)


def make_worst(args: argparse.Namespace) -> None:
    """Photo, true and drawn picture of those where the judge sees least of the right thing."""
    session, judge = Session(args), load_judge(thing_judge.weights_of(60), "thing_judge")
    chosen, things = session.chosen, [thing for thing in THINGS[:60] if thing.name in judge.classes]
    questions = chosen.questions(names_of("thing", args.pictures_a_thing, things), chosen.one_thing)
    row, cells = next(iter(session.answer(questions).values())), []
    sure = [values["sure"] for values in report.judge_row(chosen, row, questions, judge)]
    for at in np.argsort(sure, kind="stable")[:WORST]:
        question = questions[at]
        pictures = [chosen.photo(question), chosen.truth.read(question.id).picture, row.read(question.id).picture]
        cells.append((pictures, f"{question.text} ({question.things[0]}: {sure[at]:.0%})"))
    pages.page(cells, args.out, 2)


def make_blind(args: argparse.Namespace) -> None:
    """Writes drawn and true pictures in random order to be rated, or reads the ratings."""
    if args.rate:
        print(pages.rate_blind(args.out, Path(args.rate)))
        return
    session = Session(args)
    questions, row = looked_at(session, args.count)
    rows = (True, row), (False, session.chosen.truth)
    pictures = [(q.photo, drawn, own.read(q.id).picture, q.text) for q in questions for drawn, own in rows]
    pages.shuffle_blind(pictures, args.out, args.seed)
    print(f"{args.out}: {len(pictures)} pictures; the key is {args.out.with_suffix('.key.json').name}, beside it")


COMMANDS = {
    "table": make_table, "styles": make_styles, "sheet": make_sheet, "cases": make_cases, "worst": make_worst,
    "blind": make_blind,
}  # fmt: skip


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; without a command it is the table."""
    command, words = (words[0], words[1:]) if words and words[0] in COMMANDS else ("table", words)
    parser = parser_of("evaluate", command)
    args = parser.parse_args(words)
    given = lambda path, default: Path(path) if path else default
    ending = {"table": "results.json", "styles": "styles.md", "blind": "blind"}.get(command, f"{command}.webp")
    args.command, args.out = command, given(args.out, work_dir() / "evaluation" / ending)
    args.model = given(args.model, MODEL_DIR)
    for name in ("drawing", "layout", "set", "classifier", "against"):
        setattr(args, name, given(getattr(args, name, ""), None))
    if command == "cases":
        args.cases = given(args.cases, data_dir().parent / "cases" / "instructions.txt")
    if command == "table" and args.things not in JUDGED:
        parser.error(f"--things: there are judges of {JUDGED[0]} and {JUDGED[1]}")
    return args


def main(words: list[str]) -> None:
    """Runs a command; whoever asks for something impossible is told so in one line."""
    args = parse(words)
    cv2.setNumThreads(1)
    torch.set_num_threads(args.threads)
    try:
        COMMANDS[args.command](args)
    except (EvaluationError, ArtworkError, PhotoError, JudgeError) as error:
        raise SystemExit(str(error)) from error
