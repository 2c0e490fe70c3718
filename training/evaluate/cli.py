"""What `python training/evaluate.py` does: one function a command. How the figures are defined: training/README.md."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import torch

from configs import parser_of
from data.artwork import ArtworkError, load_artwork
from data.photos import PhotoError
from data.settings import work_dir
from data.things import THINGS, Thing
from evaluate import pages, report
from evaluate.answers import EvaluationError, Row
from evaluate.drawn import codec_psnr, digest, draw, from_checkpoints
from evaluate.older import answer_all
from evaluate.questions import Question, QuestionSet, generator_digest, names_of
from judges import things as thing_judges
from judges.network import JudgeError
from model.inference import CALLS, MODEL_DIR, Nano

JUDGED = (60, 215)
"""How many of the vocabulary's first things there are judges of."""


class Session:
    """The model, its rows and the set of questions, as the command line asks for them."""

    def __init__(self, args: argparse.Namespace) -> None:
        trained, defaults = args.drawing is not None, {"steps": CALLS}
        self.nano = from_checkpoints(args.drawing, args.layout, args.codec) if trained else Nano.load(args.model)
        self.samples = not trained or args.layout is not None
        if not trained:
            defaults = json.loads((args.model / "model.json").read_text())["defaults"]
        self.calls, self.cfg = args.calls or defaults["steps"], args.cfg or defaults.get("cfg_scale", 1.0)
        self.title = f"nano, {self.calls} calls" + ("" if self.cfg == 1 else f", guidance {self.cfg:g}")
        self.name = f"nano-{digest(self.nano)}-{self.calls}-{self.cfg:g}"
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
            photo = self.nano.prepare(self.chosen.photo(q))
            for kind in wanted(q):
                places = q.boxes if kind == "given" else None
                answer = draw(self.nano, photo, q.text, q.seed, places, self.calls, self.cfg, q.group == "two")
                rows[kind].write(q.id, answer)
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
    session, path = Session(args), args.classifier or thing_judges.weights_of(args.things)
    chosen, judge = session.chosen, report.Judge(*thing_judges.load(path))
    things = [thing for thing in THINGS[: args.things] if thing.name in judge.things]
    questions = ask(chosen, args, things)
    counts = {group: sum(question.group == group for question in questions) for group in ("thing", "two", "worn")}
    facts = {
        "set": chosen.folder.name, "questions": counts, "photos": len({question.photo for question in questions}),
        "things": len(things), "model": session.name, "seed": args.seed, "codec": codec_psnr(session.nano.codec),
    }  # fmt: skip
    titles = {"truth": "true pairs", "second": "another true draw", "nano": session.title, "given": "in the true boxes"}
    answered = {"truth": chosen.truth, "second": chosen.second} | session.answer(questions, given=True)
    if args.against:
        older = [question for question in questions if not args.older or int(question.seed) % 1000 < 10 * args.older]
        titles["older"] = f"{args.against.name}, {len(older)} pictures"
        answered["older"] = chosen.row(f"older-{args.against.resolve().name}")
        answer_all(args.against, answered["older"], older, chosen)
    rows = {name: report.judge_row(chosen, row, questions, judge) for name, row in answered.items()}
    text = report.write(args.out, questions, rows, titles, facts)
    print(f"{text}{args.out} and {args.out.with_suffix('.md').name} written; pictures in {chosen.folder / 'rows'}")


def make_sheet(args: argparse.Namespace) -> None:
    """Held-out photos, unpicked, one picture each."""
    session = Session(args)
    questions = session.chosen.questions(names_of("any", args.count), session.chosen.photo_pair)
    row = next(iter(session.answer(questions).values()))
    pages.page([([row.read(q.id).picture], q.text) for q in questions], args.out, 6)


COMMANDS = {"table": make_table, "sheet": make_sheet}


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; without a command it is the table."""
    command, words = (words[0], words[1:]) if words and words[0] in COMMANDS else ("table", words)
    parser = parser_of("evaluate", command)
    args = parser.parse_args(words)
    given = lambda path, default: Path(path) if path else default
    ending = {"table": "results.json", "sheet": "sheet.webp"}[command]
    args.command, args.out = command, given(args.out, work_dir() / "evaluation" / ending)
    args.model = given(args.model, MODEL_DIR)
    for name in ("drawing", "layout", "set", "classifier", "against"):
        setattr(args, name, given(getattr(args, name, ""), None))
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
