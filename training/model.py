"""The classifier's trunk and heads in PyTorch: Griffin (De et al. 2024, arXiv:2402.19427) under Hugging Face's names.

Parameter names equal RecurrentGemma's in the Hugging Face layout, so a state dict is the file. Every output is causal:
position t sees tokens 0..t, hence the heads give a risk for every prefix. Tensors are [batch, time, features].
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

SCORE_CLIP = 8.0  # attention scores of the heads are clipped to this, so that sums of exp stay finite


@dataclass
class Config:
    """The keys of config.json that shape the network; `intermediate_size` is twice the expanded width, as published."""

    vocab_size: int = 24000
    hidden_size: int = 256
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    head_dim: int = 64
    lru_width: int = 256
    intermediate_size: int = 1024
    attention_window_size: int = 128
    conv1d_width: int = 4
    logits_soft_cap: float = 30.0
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    block_types: tuple = ("recurrent", "recurrent", "attention")

    def to_json(self) -> dict:
        return {
            "architectures": ["RecurrentGemmaForCausalLM"],
            "model_type": "recurrent_gemma",
            **asdict(self),
            "block_types": list(self.block_types),
            "num_key_value_heads": 1,
            "partial_rotary_factor": 0.5,
            "attention_bias": False,
            "attention_dropout": 0.0,
            "embeddings_scale_by_sqrt_dim": True,
            "hidden_activation": "gelu_pytorch_tanh",
            "w_init_variance_scale": 0.01,
            "bos_token_id": 2,
            "eos_token_id": 1,
            "pad_token_id": 0,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
            "use_cache": True,
        }


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x):
        x = x.float()
        if hasattr(F, "rms_norm"):
            return F.rms_norm(x, x.shape[-1:], 1 + self.weight, self.eps)
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * (1 + self.weight)


class LinearScan(torch.autograd.Function):
    """h_t = a_t h_{t-1} + b_t along dim 1, one step after another: fewer bytes moved than a log-step scan."""

    @staticmethod
    def forward(ctx, a, b):
        h = torch.empty_like(b)
        state = torch.zeros_like(b[:, 0])
        for t in range(b.shape[1]):
            state = torch.addcmul(b[:, t], a[:, t], state)
            h[:, t] = state
        ctx.save_for_backward(a, h)
        return h

    @staticmethod
    def backward(ctx, grad):
        a, h = ctx.saved_tensors
        g = torch.empty_like(grad)
        state = torch.zeros_like(grad[:, 0])
        for t in range(grad.shape[1] - 1, -1, -1):
            state = grad[:, t] + state
            g[:, t] = state
            state = state * a[:, t]
        return torch.cat([torch.zeros_like(g[:, :1]), g[:, 1:] * h[:, :-1]], 1), g


class RgLru(nn.Module):
    """Griffin section 2.4: r, i = sigmoid(gates(x)); log a = -8 r softplus(p); h = a h + sqrt(1 - a^2) (i x)."""

    def __init__(self, cfg: Config):
        super().__init__()
        blocks, width = cfg.num_attention_heads, cfg.lru_width // cfg.num_attention_heads
        for gate in ("input_gate", "recurrent_gate"):
            setattr(self, f"{gate}_weight", nn.Parameter(torch.randn(blocks, width, width) / math.sqrt(width)))
            setattr(self, f"{gate}_bias", nn.Parameter(torch.zeros(blocks, width)))
        log_a = 0.5 * torch.log(torch.empty(cfg.lru_width).uniform_(0.9**2, 0.999**2))
        self.recurrent_param = nn.Parameter(torch.log(torch.expm1(-log_a / 8)))

    def gate(self, x, weight, bias):
        blocks = x.unflatten(-1, weight.shape[:2])
        return torch.sigmoid((torch.einsum("bthi,hij->bthj", blocks, weight) + bias).flatten(-2).float())

    def forward(self, x):
        gate_i = self.gate(x, self.input_gate_weight, self.input_gate_bias)
        gate_r = self.gate(x, self.recurrent_gate_weight, self.recurrent_gate_bias)
        log_a = -8 * gate_r * F.softplus(self.recurrent_param)
        multiplier = torch.sqrt(-torch.expm1(2 * log_a) + 1e-7)
        first = torch.zeros(x.shape[1], 1, device=x.device)
        first[0] = 1
        multiplier = first + (1 - first) * multiplier  # position 0: the gated input itself
        return LinearScan.apply(torch.exp(log_a), multiplier * gate_i * x.float())


class RecurrentBlock(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.linear_y = nn.Linear(cfg.hidden_size, cfg.lru_width)
        self.linear_x = nn.Linear(cfg.hidden_size, cfg.lru_width)
        self.linear_out = nn.Linear(cfg.lru_width, cfg.hidden_size)
        self.conv_1d = nn.Conv1d(cfg.lru_width, cfg.lru_width, cfg.conv1d_width, groups=cfg.lru_width)
        self.rg_lru = RgLru(cfg)

    def forward(self, x):
        y = F.gelu(self.linear_y(x), approximate="tanh")
        u = F.pad(self.linear_x(x), (0, 0, self.conv_1d.kernel_size[0] - 1, 0))
        taps = self.conv_1d.weight[:, 0]  # [lru_width, conv1d_width], the last tap is the current token
        length = x.shape[1]
        c = self.conv_1d.bias + sum(u[:, k : k + length] * taps[:, k] for k in range(taps.shape[1]))
        return self.linear_out(self.rg_lru(c).to(y.dtype) * y)


def attend(q, k, v, visible):
    """softmax(q k / sqrt(dim)) v over the visible pairs; written out for torch before 2.0."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=visible)
    scores = (q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5
    return scores.masked_fill(~visible, float("-inf")).softmax(-1).to(v.dtype) @ v


class AttentionBlock(nn.Module):
    """Local multi-query attention, W+1 tokens with the current one; RoPE on the first half of each head."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.cfg = cfg
        self.q_proj = nn.Linear(cfg.hidden_size, cfg.num_attention_heads * cfg.head_dim, bias=False)
        self.k_proj = nn.Linear(cfg.hidden_size, cfg.head_dim, bias=False)
        self.v_proj = nn.Linear(cfg.hidden_size, cfg.head_dim, bias=False)
        self.o_proj = nn.Linear(cfg.num_attention_heads * cfg.head_dim, cfg.hidden_size)

    def rope(self, x):
        half = self.cfg.head_dim // 2
        frequency = self.cfg.rope_theta ** (-torch.arange(0, half, 2, device=x.device) / half)  # [half / 2]
        angle = torch.arange(x.shape[-2], device=x.device)[:, None] * frequency
        sin, cos = angle.sin().to(x.dtype), angle.cos().to(x.dtype)
        first, second, rest = x[..., : half // 2], x[..., half // 2 : half], x[..., half:]
        return torch.cat([first * cos - second * sin, second * cos + first * sin, rest], -1)

    def forward(self, x):
        batch, length, _ = x.shape
        heads, dim = self.cfg.num_attention_heads, self.cfg.head_dim
        q = self.rope(self.q_proj(x).view(batch, length, heads, dim).transpose(1, 2))
        k = self.rope(self.k_proj(x)[:, None]).expand(-1, heads, -1, -1)
        v = self.v_proj(x)[:, None].expand(-1, heads, -1, -1)
        distance = torch.arange(length, device=x.device)[:, None] - torch.arange(length, device=x.device)
        visible = (distance >= 0) & (distance <= self.cfg.attention_window_size)
        out = attend(q, k, v.to(q.dtype), visible)
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, heads * dim))


class Mlp(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        width = cfg.intermediate_size // 2
        self.gate_proj = nn.Linear(cfg.hidden_size, width)
        self.up_proj = nn.Linear(cfg.hidden_size, width)
        self.down_proj = nn.Linear(width, cfg.hidden_size)

    def forward(self, x):
        return self.down_proj(F.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, cfg: Config, kind: str):
        super().__init__()
        self.temporal_pre_norm = RMSNorm(cfg.hidden_size, cfg.rms_norm_eps)
        self.temporal_block = RecurrentBlock(cfg) if kind == "recurrent" else AttentionBlock(cfg)
        self.channel_pre_norm = RMSNorm(cfg.hidden_size, cfg.rms_norm_eps)
        self.mlp_block = Mlp(cfg)

    def forward(self, x):
        x = x + self.temporal_block(self.temporal_pre_norm(x))
        return x + self.mlp_block(self.channel_pre_norm(x))


class Trunk(nn.Module):
    """Embeddings, blocks, final norm: hidden states that both the language-model head and the harm heads read."""

    def __init__(self, cfg: Config):
        super().__init__()
        kinds = [cfg.block_types[i % len(cfg.block_types)] for i in range(cfg.num_hidden_layers)]
        self.embed_tokens = nn.Embedding(cfg.vocab_size, cfg.hidden_size)
        self.layers = nn.ModuleList(Layer(cfg, kind) for kind in kinds)
        self.final_norm = RMSNorm(cfg.hidden_size, cfg.rms_norm_eps)
        self.scale = torch.tensor(math.sqrt(cfg.hidden_size)).bfloat16().item()

    def forward(self, ids, depth: int, dropout: float):
        x = self.embed_tokens(ids).float() * self.scale
        if self.training and dropout:  # whole features of a text: one mask for all its tokens costs next to nothing
            keep = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= dropout
            x = x * (keep / (1 - dropout))
        for layer in self.layers[:depth]:
            x = layer(x)
        return self.final_norm(x)


class Heads(nn.Module):
    """Per label an attention score s, a value z and a direct term d at every token; pooled causally.

    logit(t) = sum_{i<=t} exp(s_i) z_i / sum_{i<=t} exp(s_i) + d_t, a fixed-size state for an endless stream.
    """

    def __init__(self, labels: int, hidden: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3 * labels, hidden) * 0.02)
        self.bias = nn.Parameter(torch.zeros(3 * labels))

    def forward(self, hidden):
        s, z, d = F.linear(hidden.float(), self.weight, self.bias).chunk(3, -1)
        weight = torch.exp(s.clamp(-SCORE_CLIP, SCORE_CLIP))
        return (weight * z).cumsum(1) / weight.cumsum(1) + d


class Guard(nn.Module):
    """Trunk and heads; `model.` is the prefix of the trunk's tensors in the published layout."""

    def __init__(self, cfg: Config, labels: int):
        super().__init__()
        self.cfg = cfg
        self.model = Trunk(cfg)
        self.heads = Heads(labels, cfg.hidden_size)
        self.apply(self.initialise)

    @staticmethod
    def initialise(module):
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Conv1d):
            nn.init.normal_(module.weight, std=0.1)
            with torch.no_grad():
                module.weight[:, 0, -1] += 0.8
            nn.init.zeros_(module.bias)
        elif isinstance(module, Layer):  # residual branches begin small: the trunk starts as its embeddings
            temporal = module.temporal_block
            last = temporal.linear_out if isinstance(temporal, RecurrentBlock) else temporal.o_proj
            with torch.no_grad():
                last.weight.mul_(0.3)
                module.mlp_block.down_proj.weight.mul_(0.3)

    def next_token_logits(self, hidden):
        """Tied, soft-capped language-model logits for hidden states [n, hidden]."""
        cap = self.cfg.logits_soft_cap
        return cap * torch.tanh((hidden @ self.model.embed_tokens.weight.T).float() / cap)
