"""Writes the fixtures of torch files and attention layouts with torch and numpy, so that no reader is tested by its own writer.

Run:  python3 make_torch_fixtures.py   (torch 1.13, numpy 1.24; zip times differ from run to run, values do not)

A layout's expected heads are found by probing: each family's forward code, as its authors split and view, is applied to the
identity, so what comes out of head i is W_Q, W_K, W_V transposed, and what a unit output of head i adds is W_O.
"""
import os

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))


def at(name):
    return os.path.join(here, name)


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.register_buffer("count", torch.tensor(7))

    def forward(self, x):
        return self.linear(x)


def torch_files():
    base = torch.arange(24, dtype=torch.float32)                       # i
    torch.save({
        "f32": (base / 2 - 1).reshape(4, 6),                            # 0.5 i − 1
        "transposed": base.reshape(4, 6).t(),                           # [6, 4], strides (1, 6)
        "view": base[5:17].reshape(3, 4)[:, 1:3],                       # 5 + 4 r + c + 1
        "shared": base,
        "f64": torch.arange(5, dtype=torch.float64) / 4,
        "f16": torch.arange(6, dtype=torch.float16) / 4 - 0.5,
        "bf16": torch.tensor([1.0, -2.5, 0.15625], dtype=torch.bfloat16),
        "i64": torch.tensor([-(2**40), 3]),
        "i32": torch.tensor([-7, 8], dtype=torch.int32),
        "i16": torch.tensor([-7, 8], dtype=torch.int16),
        "i8": torch.tensor([-7, 8], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "complex": torch.tensor([1 + 2j]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "expanded": torch.tensor([1.5]).expand(1000),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }, at("dtypes.pth"))

    model = torch.nn.DataParallel(Small())
    with torch.no_grad():
        model.module.linear.weight.copy_(torch.arange(6.0).reshape(2, 3))
        model.module.linear.bias.copy_(torch.tensor([10.0, 11.0]))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        model.module.linear.weight.copy_(torch.arange(6.0).reshape(2, 3))
        model.module.linear.bias.copy_(torch.tensor([10.0, 11.0]))
    torch.save({
        "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "epoch": 30,
        "config": {"n_head": 4, "name": "small"}, "losses": [1 / (i + 1) for i in range(5000)], "device": torch.device("cpu"),
    }, at("training.pth"))
    torch.save({
        "checkpoints": [{"w": torch.full((2, 2), float(i))} for i in range(3)], "checkpoint_epochs": [0, 100, 1000], "config": {"d_model": 2},
    }, at("list.pth"))
    torch.save({"w": torch.ones(3)}, at("legacy.pt"), _use_new_zipfile_serialization=False)
    torch.save(Small(), at("module.pt"))


rng = np.random.default_rng(8)


def weights(*shape):
    return np.round(rng.normal(size=shape), 3).astype(np.float32)


def split_heads(x, n, h):
    """[t, n·h] to [n, t, h]"""
    return x.reshape(x.shape[0], n, h).transpose(1, 0, 2)


def repeat(x, times):
    """[k, t, h] to [k·times, t, h], each k repeated in place"""
    return np.repeat(x, times, axis=0)


def save_layout(name, d, n, h, make):
    """make(layer) gives tensors, qkv(x [t, d]) -> q, k, v [n, t, h], and out(z [n, t, h]) -> [t, d]."""
    arrays = {}
    for layer in (10, 9):
        tensors, qkv, out = make(layer)
        arrays.update(tensors)
        q, k, v = qkv(np.eye(d, dtype=np.float32))
        for i in range(n):
            o = np.zeros((d, h), np.float32)
            for j in range(h):
                z = np.zeros((n, 1, h), np.float32)
                z[i, 0, j] = 1
                o[:, j] = out(z)[0]
            arrays.update({f"expected/{layer}/{i}/{key}": value for key, value in (("q", q[i].T), ("k", k[i].T), ("v", v[i].T), ("o", o))})
    np.savez(at(f"layout_{name}.npz"), **arrays)


def merge(z):
    """[n, t, h] to [t, n·h]"""
    return z.transpose(1, 0, 2).reshape(z.shape[1], -1)


def gpt2(layer):
    n, h, d = 2, 3, 6
    c_attn, c_proj, p = weights(d, 3 * d), weights(d, d), f"transformer.h.{layer}.attn."
    def qkv(x):
        return [split_heads(part, n, h) for part in np.split(x @ c_attn, 3, axis=-1)]                 # Conv1D: x W
    return {p + "c_attn.weight": c_attn, p + "c_attn.bias": weights(3 * d), p + "c_proj.weight": c_proj, p + "bias": np.ones((1, 1, 4, 4), np.float32)}, qkv, lambda z: merge(z) @ c_proj


def nanogpt(layer):
    n, h, d = 2, 3, 6
    c_attn, c_proj, p = weights(3 * d, d), weights(d, d), f"transformer.h.{layer}.attn."
    def qkv(x):
        return [split_heads(part, n, h) for part in np.split(x @ c_attn.T, 3, axis=-1)]               # Linear: x Wᵀ
    return {p + "c_attn.weight": c_attn, p + "c_proj.weight": c_proj}, qkv, lambda z: merge(z) @ c_proj.T


def neox(layer):
    n, h, d = 2, 3, 6
    fused, dense, p = weights(3 * d, d), weights(d, d), f"gpt_neox.layers.{layer}.attention."
    def qkv(x):
        heads = (x @ fused.T).reshape(x.shape[0], n, 3 * h)                                            # view(…, n, 3 h)
        return [heads[..., i * h:(i + 1) * h].transpose(1, 0, 2) for i in range(3)]
    return {p + "query_key_value.weight": fused, p + "dense.weight": dense, p + "masked_bias": np.float32(-1e9), p + "rotary_emb.inv_freq": weights(2)}, qkv, lambda z: merge(z) @ dense.T


def falcon(layer):
    n, k, h, d = 6, 2, 3, 5
    fused, dense, p = weights((n + 2 * k) * h, d), weights(d, n * h), f"transformer.h.{layer}.self_attention."
    def qkv(x):
        groups = (x @ fused.T).reshape(x.shape[0], k, n // k + 2, h)
        q = groups[:, :, :-2].reshape(x.shape[0], n, h)
        key, value = (np.broadcast_to(groups[:, :, [i]], (x.shape[0], k, n // k, h)).reshape(x.shape[0], n, h) for i in (-2, -1))
        return [part.transpose(1, 0, 2) for part in (q, key, value)]
    return {p + "query_key_value.weight": fused, p + "dense.weight": dense}, qkv, lambda z: merge(z) @ dense.T


def llama(layer):
    n, k, h, d = 6, 2, 3, 5
    q, key, v, o, p = weights(n * h, d), weights(k * h, d), weights(k * h, d), weights(d, n * h), f"model.layers.{layer}.self_attn."
    def qkv(x):
        return split_heads(x @ q.T, n, h), repeat(split_heads(x @ key.T, k, h), n // k), repeat(split_heads(x @ v.T, k, h), n // k)
    return {p + "q_proj.weight": q, p + "k_proj.weight": key, p + "v_proj.weight": v, p + "o_proj.weight": o}, qkv, lambda z: merge(z) @ o.T


def phi3(layer):
    n, k, h, d = 6, 2, 3, 5
    fused, o, p = weights((n + 2 * k) * h, d), weights(d, n * h), f"model.layers.{layer}.self_attn."
    def qkv(x):
        y = x @ fused.T
        q, key, v = y[:, :n * h], y[:, n * h:n * h + k * h], y[:, n * h + k * h:]
        return split_heads(q, n, h), repeat(split_heads(key, k, h), n // k), repeat(split_heads(v, k, h), n // k)
    return {p + "qkv_proj.weight": fused, p + "o_proj.weight": o}, qkv, lambda z: merge(z) @ o.T


def torch_layout(layer):
    n, h, d = 2, 3, 6
    attention, p = torch.nn.MultiheadAttention(d, n, bias=False), f"encoder.layers.{layer}.self_attn."
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.tensor(weights(3 * d, d)))
        attention.out_proj.weight.copy_(torch.tensor(weights(d, d)))
    w, o = attention.in_proj_weight.detach().numpy(), attention.out_proj.weight.detach().numpy()
    def qkv(x):
        return [split_heads(part, n, h) for part in np.split(x @ w.T, 3, axis=-1)]
    # The split is checked against torch itself.
    x = weights(4, 1, d)
    q, k, v = qkv(x[:, 0])
    scores = np.einsum("nth,nsh->nts", q, k) / np.sqrt(h)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    mine = merge(np.einsum("nts,nsh->nth", scores / scores.sum(-1, keepdims=True), v)) @ o.T
    theirs = attention(*[torch.tensor(x)] * 3)[0].detach().numpy()[:, 0]
    assert np.allclose(mine, theirs, atol=1e-5)
    return {p + "in_proj_weight": w, p + "out_proj.weight": o}, qkv, lambda z: merge(z) @ o.T


def transformerlens(layer):
    n, k, h, d = 6, 2, 3, 5
    q, key, v, o, p = weights(n, d, h), weights(k, d, h), weights(k, d, h), weights(n, h, d), f"blocks.{layer}.attn."
    def qkv(x):
        return np.einsum("td,ndh->nth", x, q), repeat(np.einsum("td,kdh->kth", x, key), n // k), repeat(np.einsum("td,kdh->kth", x, v), n // k)
    return {p + "W_Q": q, p + "_W_K": key, p + "_W_V": v, p + "W_O": o, p + "mask": np.ones((4, 4), np.float32)}, qkv, lambda z: np.einsum("nth,nhd->td", z, o)


def grokking(layer):
    n, h, d = 4, 3, 5
    q, key, v, o, p = weights(n, h, d), weights(n, h, d), weights(n, h, d), weights(d, n * h), f"blocks.{layer}.attn."
    def qkv(x):
        return [np.einsum("ihd,td->ith", w, x) for w in (q, key, v)]
    return {p + "W_Q": q, p + "W_K": key, p + "W_V": v, p + "W_O": o}, qkv, lambda z: merge(z) @ o.T


def main():
    torch_files()
    for name, (d, n, h), make in [
        ("gpt2", (6, 2, 3), gpt2), ("nanogpt", (6, 2, 3), nanogpt), ("neox", (6, 2, 3), neox), ("falcon", (5, 6, 3), falcon), ("llama", (5, 6, 3), llama),
        ("phi3", (5, 6, 3), phi3), ("torch", (6, 2, 3), torch_layout), ("transformerlens", (5, 6, 3), transformerlens), ("grokking", (5, 4, 3), grokking),
    ]:
        save_layout(name, d, n, h, make)


if __name__ == "__main__":
    main()
