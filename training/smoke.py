"""The whole recipe on a few hundred self-written rows, in a minute: python3 -m training.smoke --work DIR [--node node]

Makes train, validation and evaluation files of its own, goes on from models/sluice-guard for a few steps and exports.
Shows that every part fits the next one; the model that comes out is good for nothing.
"""

import argparse
import json
import lzma
import subprocess
import sys
from pathlib import Path

from .templates import generate
from .write import write

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--node", default="node")
    args = parser.parse_args()
    data, evaluation = args.work / "data", args.work / "evaluation"
    evaluation.mkdir(parents=True, exist_ok=True)
    data.mkdir(exist_ok=True)
    put(data / "train.jsonl.xz", [{**r, "source": "open"} for r in generate(5, 300)])
    put(data / "valid.jsonl.xz", [{**r, "source": "elsewhere"} for r in write(6, 300)])
    put(evaluation / "seen.jsonl.xz", list(generate(5, 20)))
    command = [sys.executable, "-m", "training.recipe", "--data", data, "--evaluation", evaluation, "--out", args.work / "out"]
    command += ["--work", args.work / "run", "--start", ROOT / "models" / "sluice-guard", "--node", args.node, "--warmup", "0"]
    command += ["--tokens", "3000", "--batch", "1000", "--templates", "50", "--written", "100", "--disguised", "30", "--watch"]
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def put(path: Path, rows: list[dict]) -> None:
    with lzma.open(path, "wt", preset=0, encoding="utf8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


if __name__ == "__main__":
    main()
