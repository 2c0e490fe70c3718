"""Recipes: one commented TOML file a stage, a reason beside each number; the command line may override every value."""

import argparse
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent


def parser_of(stage: str, *sections: str) -> argparse.ArgumentParser:
    """A flag for every value of configs/STAGE.toml and of its sections; the comment beside a value is its help, those
    at the file's head say what the stage does. "" and 0 stand for "not given" where the comment says so."""
    text = (FOLDER / f"{stage}.toml").read_text(encoding="utf-8")
    known, head = tomllib.loads(text), re.match(r"(#[^\n]*\n)*", text)[0]
    helps = {(name, value): why for name, value, why in re.findall(r"^(\w+) = (.+?) *# (.*)$", text, re.M)}
    says = re.sub("^# ?", "", head, flags=re.M)
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    values = {name: value for name, value in known.items() if not isinstance(value, dict)}
    for section in sections:
        values |= known.get(section, {})
    for name, value in values.items():
        kind = {"type": type(value)}
        if isinstance(value, bool):
            kind = {"action": argparse.BooleanOptionalAction}
        elif isinstance(value, list):
            kind = {"nargs": "*", "type": type(value[0]) if value else str}
        why = next((why for (known_name, _), why in helps.items() if known_name == name), "").replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", default=value, help=f"{why} [{value}]", **kind)
    return parser


def options(stage: str, argv: Sequence[str] | None = None, *sections: str) -> argparse.Namespace:
    """The recipe of a stage with what the command line overrides."""
    return parser_of(stage, *sections).parse_args(argv)
