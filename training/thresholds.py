"""Copies the thresholds fitted in training (heads.json) into the policy files that read those heads.

python3 -m training.thresholds models/sluice-guard policies
"""

import json
import re
import sys
from pathlib import Path

TARGET = (
    "validation text of sources left out of training; flag: at most 5 % of benign text (2 % for a single harm) and 25 % of "
    "harmless rows from harmful sources; block: 1 % (0.5 %) and 5 %"
)


def main(model: Path, policies: Path) -> None:
    fitted = json.loads((model / "heads.json").read_text())["thresholds"]
    for path in sorted(policies.glob("*.yaml")):
        text = path.read_text()
        head = re.search(r"head: (\w+)", text).group(1)
        if head not in fitted:
            sys.exit(f"{path}: the model has no thresholds for head {head}")
        for name, value in {**fitted[head], "target": json.dumps(TARGET)}.items():
            text = re.sub(rf"(?m)^  {name}: .*$", f"  {name}: {value}", text)
        path.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
