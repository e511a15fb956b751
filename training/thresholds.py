"""Copies the thresholds fitted in training (heads.json) into the policy files that read those heads.

python3 -m training.thresholds models/sluice-guard policies [self_harm=0.06]

A label with a number is flagged from there instead, in heads.json and in its policy, and the card says so.
"""

import json
import re
import sys
from pathlib import Path

from .calibrate import SHARES, TOGETHER

TARGET = (
    f"validation text of sources left out of training; flag: at most {SHARES['flag'][0]:.0%} of benign text, all policies together "
    f"{TOGETHER['flag']:.1%}, and {SHARES['flag'][1]:.0%} of harmless rows from harmful sources; block: {SHARES['block'][0]:.0%}, "
    f"{TOGETHER['block']:.1%} and {SHARES['block'][1]:.0%}"
)


def main(model: Path, policies: Path, raised: dict[str, float]) -> None:
    for label, flag in raised.items():
        raise_flag(model, label, flag)
    fitted = json.loads((model / "heads.json").read_text())["thresholds"]
    for path in sorted(policies.glob("*.yaml")):
        text = path.read_text()
        head = re.search(r"head: (\w+)", text).group(1)
        if head not in fitted:
            sys.exit(f"{path}: the model has no thresholds for head {head}")
        for name, value in {**fitted[head], "target": json.dumps(TARGET)}.items():
            text = re.sub(rf"(?m)^  {name}: .*$", f"  {name}: {value}", text)
        path.write_text(text)


def raise_flag(model: Path, label: str, flag: float) -> None:
    heads = json.loads((model / "heads.json").read_text())
    was = heads["thresholds"][label]["flag"]
    if was >= flag:
        return
    heads["thresholds"][label]["flag"] = flag
    (model / "heads.json").write_text(json.dumps(heads, indent=2) + "\n")
    card = model / "MODEL_CARD.md"
    note = f"`{label}` is flagged from {flag} instead of the fitted {was}, above the harmless example of its policy.\n\n## Held-out rows"
    card.write_text(card.read_text(encoding="utf8").replace("## Held-out rows", note, 1), encoding="utf8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), {k: float(v) for k, v in (a.split("=") for a in sys.argv[3:])})
