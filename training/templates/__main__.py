"""Writes generated rows as JSON lines to standard output."""

import argparse
import json
import sys
from pathlib import Path

if __package__:
    from . import generate
else:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from training.templates import generate


def main():
    parser = argparse.ArgumentParser(prog="templates", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60_000)
    args = parser.parse_args()
    for row in generate(args.seed, args.count):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
