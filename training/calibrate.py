"""Platt scaling per label, and the risks from which a text is flagged or blocked, fitted on held-out rows.

risk = sigmoid(scale * logit + offset), fitted on sources that training left out; a label with too few positives there
(sexual, violence and others) is fitted on held-out rows of all sources. Flag: the lowest risk that at most 4 % of benign
text and 25 % of hard harmless rows reach; block: at most 1 % and 5 %. All labels together may flag TOGETHER of benign text:
`any` gets its share first, the others the same smaller one, and none flags below the risk where its F2 is best (at most half
of the block threshold), as a label that ranks well would gain nothing there. Benign text: left-out sources without any harm.
Hard: rows of the other left-out sources on which the label is 0, next to harm of the same kind.
"""

import numpy as np

from .metrics import average_precision, expected_calibration_error, roc_auc

# Shares of benign text and of hard harmless rows that may reach a threshold, and the share that all labels together may reach.
SHARES = {"flag": (0.04, 0.25), "block": (0.01, 0.05)}
TOGETHER = {"flag": 0.07, "block": 0.02}
UNSERVED = ("hate_threat",)  # labels that no policy reads
FEWEST_POSITIVES = 20


def calibrate(logits: np.ndarray, truth: np.ndarray, labels: list[str], left_out: np.ndarray, benign: np.ndarray) -> dict:
    """`logits` and `truth` (NaN = unknown) are [rows, labels]; `left_out` and `benign` are masks over the rows.

    Returns calibration, thresholds and held-out figures. A label with fewer than 20 held-out positives gets none of them:
    no policy can be served by it.
    """
    out = {"calibration": {}, "thresholds": {}, "held_out": {}}
    floors = lowest_flags(logits, truth, labels, left_out)
    parts = {name: single_share(logits[benign], labels, name, floors) for name in SHARES}
    for k, label in enumerate(labels):
        known = ~np.isnan(truth[:, k])
        other = has_both(truth[known & left_out, k])
        chosen = known & left_out if other else known
        x, y = logits[chosen, k].astype(np.float64), truth[chosen, k].astype(np.float64)
        if not has_both(y):
            continue
        scale, offset = platt(x, y)
        risk = sigmoid(scale * x + offset)
        easy = sigmoid(scale * logits[benign, k].astype(np.float64) + offset)
        hard = sigmoid(scale * logits[known & left_out & ~benign & (truth[:, k] == 0), k].astype(np.float64) + offset)
        flag, block = (lowest_threshold(easy, hard, most if label == "any" else parts[name], rest) for name, (most, rest) in SHARES.items())
        flag = max(flag, min(float(sigmoid(scale * floors[k] + offset)), block / 2))
        out["calibration"][label] = {"scale": round(scale, 6), "offset": round(offset, 6)}
        out["thresholds"][label] = {"flag": round(flag, 4), "block": round(block, 4)}
        out["held_out"][label] = {
            "from": "sources left out of training" if other else "held-out rows of all sources",
            "n": int(len(y)),
            "positives": int(y.sum()),
            "auPrc": round(average_precision(y, risk), 4),
            "rocAuc": round(roc_auc(y, risk), 4),
            "bestF1": round(best_f(y, risk)[1], 4),
            "ece": round(expected_calibration_error(y, cross_fitted(x, y)), 4),
            "recallAtFlag": reached(risk[y == 1], flag),
            "recallAtBlock": reached(risk[y == 1], block),
            "falsePositivesAtFlag": reached(easy, flag),
            "falsePositivesAtBlock": reached(easy, block),
            "hardFalsePositivesAtFlag": reached(hard, flag),
        }
    return out


def lowest_flags(logits: np.ndarray, truth: np.ndarray, labels: list[str], left_out: np.ndarray) -> np.ndarray:
    """Per label the logit with the best F2, on left-out rows where they hold enough; none for `any`."""
    floors = np.full(len(labels), -np.inf)
    for k, label in enumerate(labels):
        known = ~np.isnan(truth[:, k])
        chosen = known & left_out if has_both(truth[known & left_out, k]) else known
        if label != "any" and has_both(truth[chosen, k]):
            floors[k] = best_f(truth[chosen, k], logits[chosen, k].astype(np.float64), recall_weight=2)[0]
    return floors


def single_share(benign: np.ndarray, labels: list[str], name: str, floors: np.ndarray) -> float:
    """The largest share of benign rows for each label but `any` at which all labels together reach no more than TOGETHER."""
    broad, served = SHARES[name][0], [k for k, label in enumerate(labels) if label not in UNSERVED]
    share = broad
    while share > broad / 20 and len(benign):
        limits = [max(np.quantile(benign[:, k], 1 - (broad if labels[k] == "any" else share)), floors[k]) for k in served]
        if (benign[:, served] >= limits).any(1).mean() <= TOGETHER[name]:
            break
        share *= 0.9
    return share


def reached(risk: np.ndarray, threshold: float) -> float | None:
    """Share of the rows at or above the threshold; None without rows."""
    return round(float((risk >= threshold).mean()), 4) if len(risk) else None


def has_both(y: np.ndarray) -> bool:
    return bool((y == 1).sum() >= FEWEST_POSITIVES and (y == 0).sum() >= FEWEST_POSITIVES)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def cross_fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Risks of each half by the fit of the other half, so that calibration is measured on rows it never saw."""
    risk = np.zeros_like(x)
    odd = np.arange(len(x)) % 2 == 1
    for mine in (odd, ~odd):
        scale, offset = platt(x[~mine], y[~mine])
        risk[mine] = sigmoid(scale * x[mine] + offset)
    return risk


def lowest_threshold(easy: np.ndarray, hard: np.ndarray, easy_share: float, hard_share: float) -> float:
    """Lowest risk that at most `easy_share` of the benign and `hard_share` of the hard rows reach."""
    needed = [np.quantile(rows, 1 - part) for rows, part in ((easy, easy_share), (hard, hard_share)) if len(rows)]
    return min(float(max(needed)) + 1e-4, 0.99) if needed else 0.99


def platt(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Newton's method for the two parameters of a logistic fit, with Platt's softened targets (Platt 1999)."""
    positives, negatives = y.sum(), len(y) - y.sum()
    target = np.where(y > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    features = np.stack([x, np.ones_like(x)], 1)

    def loss(theta: np.ndarray) -> float:
        z = features @ theta
        return float(np.mean(np.logaddexp(0, z) - target * z))

    theta = np.array([0.0, np.log(positives / negatives)])
    for _ in range(100):
        p = sigmoid(features @ theta)
        gradient = features.T @ (p - target)
        hessian = (features * (p * (1 - p))[:, None]).T @ features + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        while loss(theta - step) > loss(theta) and np.abs(step).max() > 1e-9:
            step = step / 2  # an undamped step runs away where positives are rare
        theta = theta - step
        if np.abs(step).max() < 1e-9:
            break
    return float(theta[0]), float(theta[1])


def best_f(y: np.ndarray, risk: np.ndarray, recall_weight: float = 1) -> tuple[float, float]:
    """Threshold (risk >= threshold is positive) with the highest F-measure, and that F."""
    order = np.argsort(-risk)
    hits = np.cumsum(y[order])
    weight = recall_weight**2
    f = (1 + weight) * hits / (np.arange(1, len(y) + 1) + weight * y.sum())
    best = int(np.argmax(f))
    return float(risk[order][best]), float(f[best])
