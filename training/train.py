"""The training loop: a short warm-up of embeddings and heads alone, then the whole network under a cosine schedule.

Loss = masked multi-label cross entropy at every prefix (most weight on the whole text) + sampled language-model loss.
"""

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .data import Batches, Corpus
from .metrics import average_precision, roc_auc
from .model import Guard


@dataclass
class Plan:
    """Numbers of one run; `steps` counts batches of `batch_tokens`, the first `warmup_steps` without any block.

    `cooling` is the last share of the steps, in which the rate falls in a line to zero; 0 stands for a cosine over all.
    """

    steps: int
    warmup_steps: int
    batch_tokens: int = 6144
    max_length: int = 224
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    dropout: float = 0.1
    smoothing: float = 0.02
    prefix_weight: float = 0.3
    language_model_weight: float = 0.1
    language_model_positions: int = 128
    cooling: float = 0.0
    seed: int = 1


def prefix_weights(lengths: torch.Tensor, longest: int, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [B,T] for harmless and harmful labels: 1 on the last token, `share` spread over the prefixes.

    A harmless text's prefixes are harmless; a harmful text's prefixes become harmful somewhere, so later ones count more.
    """
    position = torch.arange(longest, device=lengths.device)[None] + 1.0
    inside = (position <= lengths[:, None]).float()
    last = (position == lengths[:, None]).float()
    even = inside / lengths[:, None]
    late = inside * (position / lengths[:, None]).pow(4)
    late = late / late.sum(1, keepdim=True)
    return last + share * even, last + share * late


def heads_loss(logits, lengths, labels, trust, label_weights, plan: Plan):
    """Masked cross entropy of prefix logits [B,T,K] against labels [B,K] with NaN for unknown."""
    known = ~torch.isnan(labels)
    target = torch.where(known, labels, torch.zeros_like(labels))
    smooth = target * (1 - plan.smoothing) + (1 - target) * plan.smoothing * 0.5
    harmless, harmful = prefix_weights(lengths, logits.shape[1], plan.prefix_weight)
    loss = F.binary_cross_entropy_with_logits(logits, smooth[:, None].expand_as(logits), reduction="none")
    positive = torch.einsum("btk,bt->bk", loss, harmful)
    negative = torch.einsum("btk,bt->bk", loss, harmless)
    weight = known * trust[:, None] * torch.where(target > 0.5, label_weights[None], torch.ones_like(target))
    return (weight * torch.where(target > 0.5, positive, negative)).sum() / weight.sum()


def language_model_loss(model: Guard, hidden, ids, lengths, count: int):
    """Next-token loss on a random sample of positions: the full vocabulary at every position would cost five times all else."""
    inside = torch.arange(ids.shape[1] - 1, device=ids.device)[None] < (lengths - 1)[:, None]
    places = inside.nonzero()
    places = places[torch.randperm(len(places), device=ids.device)[:count]]
    rows, columns = places.unbind(1)
    return F.cross_entropy(model.next_token_logits(hidden[rows, columns]), ids[rows, columns + 1])


def learning_rate(step: int, plan: Plan) -> float:
    """Factor of the peak rate: constant in the warm-up of the embeddings, then a ramp and a fall to zero.

    A constant rate before a short fall can be prolonged while it runs, which a cosine cannot (arXiv:2405.18392).
    """
    if step < plan.warmup_steps:
        return 1.5
    done = (step - plan.warmup_steps) / max(1, plan.steps - plan.warmup_steps)
    ramp = min(1.0, done / 0.03)
    if plan.cooling:
        return min(1.0, (step - plan.warmup_steps + 1) / 100, max(0.01, (1 - done) / plan.cooling))
    return ramp * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


@torch.no_grad()
def predict(model: Guard, corpus: Corpus, rows, device: str, max_tokens: int = 16384, depth: int = 99) -> np.ndarray:
    """Logits [rows, K] at the last token of each whole text (no cut), in the order of `rows`."""
    model.eval()
    out = np.zeros((len(rows), model.heads.weight.shape[0] // 3), dtype=np.float32)
    order = sorted(range(len(rows)), key=lambda i: corpus.lengths[rows[i]])
    while order:
        take = [order.pop()]
        longest = int(corpus.lengths[rows[take[0]]]) + 1
        while order and (len(take) + 1) * longest <= max_tokens:
            take.append(order.pop())
        ids = np.zeros((len(take), longest), dtype=np.int64)
        for r, i in enumerate(take):
            row = corpus.row(int(rows[i]))
            ids[r, : len(row) + 1] = np.concatenate([[2], row])
        lengths = torch.as_tensor([int(corpus.lengths[rows[i]]) for i in take])
        with torch.autocast(device, dtype=torch.bfloat16):
            hidden = model.model(torch.as_tensor(ids, device=device), depth, 0.0)
        out[take] = model.heads(hidden)[torch.arange(len(take)), lengths].float().cpu().numpy()
    model.train()
    return out


def evaluate(model: Guard, sets: dict[str, tuple[Corpus, np.ndarray]], labels: list[str], device: str, depth: int) -> dict:
    """AU-PRC and ROC-AUC per label on each held-out set."""
    report = {}
    for name, (corpus, rows) in sets.items():
        scores = predict(model, corpus, rows, device, depth=depth)
        for k, label in enumerate(labels):
            truth = corpus.labels[rows, k]
            known = ~np.isnan(truth)
            if (truth[known] == 1).sum() >= 5 and (truth[known] == 0).sum() >= 5:
                t, s = truth[known], scores[known, k]
                report[f"{name}/{label}"] = [round(average_precision(t, s), 4), round(roc_auc(t, s), 4)]
    return report


def adam_kernel(device: str) -> dict:
    """Asks for AdamW as one kernel where this torch has it for the device; the others write every tensor four times."""
    try:
        torch.optim.AdamW([nn.Parameter(torch.zeros(1, device=device))], fused=True)
    except (TypeError, RuntimeError):
        return {}
    return {"fused": True}


class Run:
    """A resumable run in `directory`: state.pt is written whole at every report, weights-STEP.pt stay for the curve."""

    def __init__(self, model: Guard, plan: Plan, corpus: Corpus, boost: dict, directory: Path, device: str):
        self.model, self.plan, self.corpus, self.directory, self.device = model.to(device), plan, corpus, directory, device
        self.batches = Batches(corpus, corpus.sampling_weights(boost), plan.batch_tokens, plan.max_length, plan.seed)
        decayed = [p for p in model.parameters() if p.ndim >= 2]
        others = [p for p in model.parameters() if p.ndim < 2]
        groups = [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.98), eps=1e-8, **adam_kernel(device))
        positives = (corpus.labels == 1).sum(0)
        negatives = (corpus.labels == 0).sum(0)
        ratio = np.sqrt(negatives / np.maximum(positives, 1))
        self.label_weights = torch.as_tensor(np.clip(ratio, 1, 4), dtype=torch.float32, device=device)
        self.step = 0
        self.state = directory / "state.pt"
        if self.state.exists():
            saved = torch.load(self.state, map_location=device)
            model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step = saved["step"]

    def save(self) -> None:
        temporary = self.state.with_suffix(".tmp")
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}, temporary)
        temporary.replace(self.state)

    def log(self, entry: dict) -> None:
        line = json.dumps(entry)
        print(line, flush=True)
        with open(self.directory / "log.jsonl", "a", encoding="utf8") as file:
            file.write(line + "\n")

    def train(self, held: dict, labels: list[str], report_every: int) -> None:
        """Runs to `plan.steps`; `held` maps names to (corpus, rows) to measure on at every report."""
        began, seen, losses = time.time(), 0, []
        for number, ids, lengths, truth, trust in self.batches(self.step):
            if number >= self.plan.steps:
                break
            losses.append(self.one_step(number, ids, lengths, truth, trust))
            seen += int(lengths.sum())
            self.step = number + 1
            if self.step % 100 == 0:
                heads, lm = np.mean(losses, 0)
                speed = round(seen / (time.time() - began))
                self.log({"step": self.step, "heads": round(heads, 4), "lm": round(lm, 3), "tokens_per_s": speed})
                losses = []
            if self.step % report_every == 0 or self.step in (self.plan.warmup_steps, self.plan.steps):
                self.save()
                torch.save(self.model.state_dict(), self.directory / f"weights-{self.step}.pt")
                self.log({"step": self.step, "held": evaluate(self.model, held, labels, self.device, self.depth(self.step - 1))})

    def depth(self, number: int) -> int:
        return 0 if number < self.plan.warmup_steps else self.model.cfg.num_hidden_layers

    def one_step(self, number, ids, lengths, truth, trust) -> tuple[float, float]:
        torch.manual_seed(self.plan.seed * 1_000_003 + number)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * learning_rate(number, self.plan)
        put = lambda x: torch.as_tensor(x, device=self.device)  # noqa: E731
        ids, lengths = put(ids), put(lengths)
        with torch.autocast(self.device, dtype=torch.bfloat16):
            hidden = self.model.model(ids, self.depth(number), self.plan.dropout)
            lm = torch.zeros((), device=self.device)
            if self.depth(number) and self.plan.language_model_weight:
                lm = language_model_loss(self.model, hidden, ids, lengths, self.plan.language_model_positions)
        logits = self.model.heads(hidden)
        loss = heads_loss(logits, lengths, put(truth), put(trust), self.label_weights, self.plan)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + self.plan.language_model_weight * lm).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item(), lm.item()
