"""What `python training/evaluate.py` does: one function a command. How the figures are defined: training/README.md."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from configs import parser_of
from data.artwork import ArtworkError, load_artwork
from data.hands import load_hand
from data.photos import PhotoError
from data.settings import REPO_ROOT, data_dir, work_dir
from data.things import THINGS, Thing
from evaluate import pages, report
from evaluate import report as styled
from evaluate.answers import EvaluationError, Row
from evaluate.drawn import codec_psnr, digest, draw, from_checkpoints
from evaluate.older import answer_all
from evaluate.questions import Question, QuestionSet, generator_digest, names_of
from evaluate.report import Judge
from judges import styles as style_judges
from judges import things as thing_judges
from judges.network import JudgeError
from model.inference import CALLS, MODEL_DIR, Nano

SAMPLES, CONTACT = REPO_ROOT / "public" / "samples", REPO_ROOT / "docs" / "contact-sheet.json"
JUDGED = (60, 215)
"""How many of the vocabulary's first things there are judges of."""
HANDS_JUDGE = thing_judges.weights_of(215, hands=True)
WORST = 10


class Session:
    """The model, its rows and the set of questions, as the command line asks for them."""

    def __init__(self, args: argparse.Namespace) -> None:
        trained = args.drawing is not None
        self.args = args
        self.nano = from_checkpoints(args.drawing, args.layout, args.codec) if trained else Nano.load(args.model)
        self.samples = not trained or args.layout is not None
        self.style_calls = {} if trained else calls_of_styles(args.model)
        shipped = (
            {"steps": CALLS, "cfg_scale": 1.0}
            if trained
            else json.loads((args.model / "model.json").read_text())["defaults"]
        )
        self.calls, self.cfg = args.calls or shipped["steps"], args.cfg or shipped.get("cfg_scale", 1.0)
        self.title = f"nano, {self.calls} calls" + ("" if self.cfg == 1 else f", guidance {self.cfg:g}")
        self.name = f"nano-{digest(self.nano)}-{self.calls}-{self.cfg:g}"
        folder = args.set or work_dir() / "evaluation" / f"seed{args.seed}-{generator_digest()}"
        matte = lambda photo: self.nano.prepare(photo).matte
        self.chosen = QuestionSet(folder, load_artwork(work_dir()), matte, args.seed, load_hand)

    def row(self, suffix: str = "") -> Row:
        """This model's answers."""
        return self.chosen.row(self.name + suffix)

    def use(self, style: str | None) -> None:
        """Makes an artist the active one. Raises EvaluationError for one that the model has not."""
        if style and style not in self.nano.styles:
            raise EvaluationError(
                f"the model has no style {style!r}: train and export it, or name another folder with --model"
            )
        self.nano.use(style)

    def draw(self, photo: np.ndarray, text: str, seed: int, style: str | None = None) -> np.ndarray:
        """A picture of any photo, end to end."""
        self.use(style)
        calls = self.style_calls.get(style, self.calls)
        return draw(self.nano, self.nano.prepare(photo), text, seed, None, calls, self.cfg).picture

    def answer(self, questions: Sequence[Question], given: bool = False) -> dict[str, Row]:
        """Answers what is not answered yet, sampled and, if asked, in given boxes."""
        rows = ({False: self.row()} if self.samples else {}) | (
            {True: self.row("-given")} if given or not self.samples else {}
        )
        missing = [
            q for q in questions if any(q.id not in row and (q.boxes or not known) for known, row in rows.items())
        ]
        for done, question in enumerate(missing):
            self.use(question.style)
            photo = self.nano.prepare(self.chosen.photo(question))
            for known, row in rows.items():
                if question.id not in row and (question.boxes or not known):
                    places = question.boxes if known else None
                    apart = question.group == "two"
                    row.write(
                        question.id,
                        draw(
                            self.nano,
                            photo,
                            question.text,
                            question.seed,
                            places,
                            self.style_calls.get(question.style, self.calls),
                            self.cfg,
                            apart,
                        ),  # fmt: skip
                    )
            if done % 25 == 0:
                print(f"{self.name}: {done + 1} of {len(missing)}", flush=True)
        return {("given" if known else "nano"): row for known, row in rows.items()}


def calls_of_styles(model: Path) -> dict[str, int]:
    """The styles of a model folder that take another number of calls than the model."""
    styles = json.loads((model / "model.json").read_text())["styles"]
    return {style["id"]: style["steps"] for style in styles if "steps" in style}


def load_judge(path: Path) -> Judge:
    """A judge of things."""
    return Judge(*thing_judges.load(path))


def ask(chosen: QuestionSet, args: argparse.Namespace, things: Sequence[Thing]) -> list[Question]:
    """The table's questions."""
    two = lambda name, rng: chosen.two_things(name, rng, args.things)
    single = chosen.questions(names_of("thing", args.pictures_a_thing, things), chosen.one_thing)
    worn = names_of("worn", 0, photos=len(chosen.heads))[: args.worn or None]
    return single + chosen.questions(names_of("two", args.two), two) + chosen.questions(worn, chosen.worn)


def make_table(args: argparse.Namespace) -> None:
    """Draws what is missing, judges it, prints and writes the table."""
    session, judge = Session(args), load_judge(args.classifier or thing_judges.weights_of(args.things))
    chosen, things = session.chosen, [thing for thing in THINGS[: args.things] if thing.name in judge.things]
    questions = ask(chosen, args, things)
    counts = {group: sum(question.group == group for question in questions) for group in ("thing", "two", "worn")}
    facts = {
        "set": chosen.folder.name, "questions": counts, "photos": len({question.photo for question in questions}),
        "things": len(things), "model": session.name, "seed": args.seed, "codec": codec_psnr(session.nano.codec),
    }  # fmt: skip
    titles = {"truth": "true pairs", "second": "another true draw", "nano": session.title, "given": "in the true boxes"}
    answered = {"truth": chosen.truth, "second": chosen.second} | session.answer(questions, given=True)
    rows = {name: report.judge_row(chosen, row, questions, judge) for name, row in answered.items()}
    text = report.write(args.out, questions, rows, titles, facts)
    if args.against:
        older = [question for question in questions if not args.older or int(question.seed) % 1000 < 10 * args.older]
        titles["older"], row = (
            f"{args.against.name}, {len(older)} pictures",
            chosen.row(f"older-{args.against.resolve().name}"),
        )
        answer_all(args.against, row, older, chosen)
        rows["older"] = report.judge_row(chosen, row, questions, judge)
        text = report.write(args.out, questions, rows, titles, facts)
    print(f"{text}{args.out} and {args.out.with_suffix('.md').name} written; pictures in {chosen.folder / 'rows'}")


def make_styles(args: argparse.Namespace) -> None:
    """Draws every artist's questions; prints and writes the table."""
    session, (hands, _) = Session(args), style_judges.load(style_judges.WEIGHTS)
    things = load_judge(HANDS_JUDGE) if HANDS_JUDGE.is_file() else None
    if things is None:
        print(f"{HANDS_JUDGE.name} is missing, so withheld things are not named: see `run.py thing_judge --hands`")
    questions = session.chosen.questions(styled.names(args.count, args.withheld), session.chosen.styled)
    row = next(iter(session.answer(questions).values()))
    drawn, true = (
        styled.judge_row(session.chosen, part, questions, hands, things) for part in (row, session.chosen.truth)
    )
    text = styled.table(questions, drawn, true)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.with_suffix(".json").write_text(
        json.dumps({"ids": [q.id for q in questions], "drawn": drawn, "true": true}) + "\n"
    )
    args.out.with_suffix(".md").write_text(text)
    print(text)


def looked_at(session: Session, count: int) -> tuple[list[Question], Row]:
    """The questions of the unpicked sheet and their answers."""
    questions = session.chosen.questions(names_of("any", count), session.chosen.photo_pair)
    return questions, next(iter(session.answer(questions).values()))


def make_sheet(args: argparse.Namespace) -> None:
    """Held-out photos, unpicked, one picture each."""
    questions, row = looked_at(Session(args), args.count)
    pages.page([([row.read(q.id).picture], q.text) for q in questions], args.out, 6)


def make_contact(args: argparse.Namespace) -> None:
    """The recipe of docs/contact-sheet.json: eight photos x six styles at one seed."""
    session, spec = Session(args), json.loads(CONTACT.read_text())
    cells = []
    for style, text, path in styled.contact_cells(spec, CONTACT.parent):
        cells.append(([session.draw(cv2.imread(str(path))[..., ::-1], text, spec["seed"], style)], f"{style}: {text}"))
    pages.page(cells, args.out, len(spec["photos"]))


def make_cases(args: argparse.Namespace) -> None:
    """What people type, each on the first sample photo whose subject it names, else on the first."""
    session, samples = Session(args), json.loads((SAMPLES / "samples.json").read_text())
    cells = []
    for text in filter(None, map(str.strip, args.cases.read_text().splitlines())):
        sample = samples[pages.fitting(text, [sample["subject"] for sample in samples])]
        cells.append(([session.draw(cv2.imread(str(SAMPLES / sample["file"]))[..., ::-1], text, args.seed)], text))
    pages.page(cells, args.out, 6)


def make_worst(args: argparse.Namespace) -> None:
    """Photo, true and drawn picture of those where the judge sees least of the right thing."""
    session, judge = Session(args), load_judge(thing_judges.weights_of(60))
    things = [thing for thing in THINGS[:60] if thing.name in judge.things]
    questions = session.chosen.questions(names_of("thing", args.pictures_a_thing, things), session.chosen.one_thing)
    row = next(iter(session.answer(questions).values()))
    sure = [values["sure"] for values in report.judge_row(session.chosen, row, questions, judge)]
    cells = []
    for at in np.argsort(sure, kind="stable")[:WORST]:
        question, chosen = questions[at], session.chosen
        pictures = [chosen.photo(question), chosen.truth.read(question.id).picture, row.read(question.id).picture]
        cells.append((pictures, f"{question.text} ({question.things[0]}: {sure[at]:.0%})"))
    pages.page(cells, args.out, 2)


def make_blind(args: argparse.Namespace) -> None:
    """Writes drawn and true pictures to be rated, or reads the ratings."""
    if args.rate:
        print(pages.rate_blind(args.rate, args.key))
        return
    session = Session(args)
    questions, row = looked_at(session, args.count)
    pictures = [
        (q.photo, own is row, own.read(q.id).picture, q.text) for q in questions for own in (row, session.chosen.truth)
    ]
    pages.shuffle_blind(pictures, args.out, args.key, args.seed)
    print(f"{args.out}: {len(pictures)} pictures; the key is {args.key}")


COMMANDS = {
    "table": make_table, "styles": make_styles, "sheet": make_sheet, "contact": make_contact, "cases": make_cases,
    "worst": make_worst, "blind": make_blind,
}  # fmt: skip


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; without a command it is the table."""
    command, words = (words[0], words[1:]) if words and words[0] in COMMANDS else ("table", words)
    parser = parser_of("evaluate", command)
    args = parser.parse_args(words)
    ending = {"table": "results.json", "styles": "styles.md", "blind": "blind"}.get(command, f"{command}.webp")
    given = lambda path, default: Path(path) if path else default
    args.command, args.out = command, given(args.out, work_dir() / "evaluation" / ending)
    args.model = given(args.model, MODEL_DIR)
    for name in ("drawing", "layout", "set", "classifier", "against", "rate"):
        setattr(args, name, given(getattr(args, name, ""), None))
    if command == "cases":
        args.cases = given(args.cases, data_dir().parent / "cases" / "instructions.txt")
    if command == "table" and args.things not in JUDGED:
        parser.error(f"--things: there are judges of {JUDGED[0]} and {JUDGED[1]}")
    if command == "blind":
        if not args.key:
            parser.error("blind takes --key FILE")
        args.key = Path(args.key)
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
