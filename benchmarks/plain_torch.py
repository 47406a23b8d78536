"""The same network written in plain PyTorch: a reference for speed.

`torch.nn.LSTM` over padded batches of random captions, packed where it reads both ways; cross
entropy over all positions with `ignore_index`; a Python loop that decodes word by word. Layers,
first state, tied output, noise and optimiser are those of `textvae.nn.model`, and with its
weights it gives its losses and its captions.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID

IMPOSSIBLE = -1e9
DENSE = ("encoder.to_mu", "encoder.to_log_var") + tuple(
    f"decoder.{name}" for name in ("to_state", "to_input", "to_features")
)
CELLS = {
    "encoder.forward.cell": ("encoder", "l0"),
    "encoder.backward.cell": ("encoder", "l0_reverse"),
    "decoder.lstm.cell": ("decoder", "l0"),
}
Rows = list[list[int]]


class PlainTorch(nn.Module):
    """Encoder and decoder; sizes from a `ModelConfig` with the `lstm` decoder."""

    def __init__(self, config: ModelConfig, vocab_size: int, settings: TrainConfig) -> None:
        super().__init__()
        embed, encoder, hidden = config.embed_dim, config.encoder_dim, config.hidden_dim
        self.settings = settings
        self.embedding = nn.Embedding(vocab_size, embed)
        nn.init.normal_(self.embedding.weight, std=embed**-0.5)
        self.bias = nn.Parameter(torch.zeros(vocab_size))
        self.encoder = nn.LSTM(embed, encoder, batch_first=True, bidirectional=True)
        self.to_mu = nn.Linear(6 * encoder, config.latent_dim)
        self.to_log_var = nn.Linear(6 * encoder, config.latent_dim)
        nn.init.zeros_(self.to_log_var.weight)
        nn.init.constant_(self.to_log_var.bias, -2.0)
        self.to_state = nn.Linear(config.latent_dim, 2 * hidden)
        self.to_input = nn.Linear(config.latent_dim, embed)
        self.decoder = nn.LSTM(embed, hidden, batch_first=True)
        self.to_features = nn.Linear(hidden, embed)
        self.drop = nn.Dropout(settings.dropout)

    def posterior(self, words: Any) -> tuple[Any, Any]:
        """mu and log sigma^2 of `words ... <eos> <pad>` rows: `[B, T]` -> `[B, D]` each."""
        is_word = (words != PAD_ID)[..., None]
        lengths = is_word.sum(dim=1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(self.embedding(words)),
            lengths[:, 0].cpu(),  # where PyTorch requires them
            batch_first=True,
            enforce_sorted=False,
        )
        packed_states, (last, _) = self.encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(packed_states, batch_first=True)
        mean = (states * is_word).sum(dim=1) / lengths
        peak = states.masked_fill(~is_word, -1.0).amax(dim=1)
        pooled = torch.cat([mean, peak, last[0], last[1]], dim=-1)
        return self.to_mu(pooled), self.to_log_var(pooled)

    def first_state(self, z: Any) -> tuple[Any, Any]:
        """h and c `[1, B, H]`."""
        h, c = torch.tanh(self.to_state(z)).chunk(2, dim=-1)
        return h[None].contiguous(), c[None].contiguous()

    def logits(self, states: Any) -> Any:
        """`[..., H]` -> `[..., V]`, through the projection and the embedding."""
        features = self.drop(self.to_features(self.drop(states)))
        return functional.linear(features, self.embedding.weight, self.bias)

    def nll(self, inputs: Any, targets: Any, z: Any) -> Any:
        """-log p(x|z), summed over words and captions: a scalar."""
        embedded = self.drop(self.embedding(inputs)) + self.to_input(z)[:, None]
        states, _ = self.decoder(embedded, self.first_state(z))
        return functional.cross_entropy(
            self.logits(states).flatten(0, 1),
            targets.flatten(),
            ignore_index=PAD_ID,
            reduction="sum",
        )

    def bound(self, token_ids: Any, noise: float = 1.0) -> tuple[Any, Any]:
        """Mean nll and mean KL of a batch, for one draw of z (its mean if `noise` is 0)."""
        mu, log_var = self.posterior(token_ids[:, 1:])
        z = mu + noise * torch.exp(0.5 * log_var) * torch.randn_like(mu)
        inputs, targets = token_ids[:, :-1], token_ids[:, 1:]
        if self.training:
            is_lost = torch.rand(inputs.shape) < self.settings.word_dropout
            inputs = inputs.masked_fill(is_lost & (inputs > UNK_ID), UNK_ID)
        kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1.0).sum(dim=-1)
        return self.nll(inputs, targets, z) / len(token_ids), kl.mean()

    @torch.no_grad()
    def decode(self, z: Any, max_length: int, temperature: float = 0.0) -> Rows:
        """Token ids of each caption up to its `<eos>`: the most probable, or drawn ones."""
        state, z_input = self.first_state(z), self.to_input(z)[:, None]
        ids = torch.full((len(z), 1), BOS_ID)
        is_done = torch.zeros(len(z), dtype=torch.bool)
        words = []
        for position in range(max_length + 1):
            states, state = self.decoder(self.embedding(ids) + z_input, state)
            logits = self.logits(states[:, 0])
            logits[:, [PAD_ID, BOS_ID, UNK_ID]] = IMPOSSIBLE
            if position == 0:
                logits[:, EOS_ID] = IMPOSSIBLE
            if temperature:
                ids = torch.multinomial(torch.softmax(logits / temperature, dim=-1), 1)
            else:
                ids = logits.argmax(dim=-1, keepdim=True)
            words.append(ids[:, 0])
            is_done |= ids[:, 0] == EOS_ID
            if bool(is_done.all()):
                break
        rows: Rows = torch.stack(words, dim=1).tolist()
        return rows

    def take(self, arrays: Mapping[str, Any]) -> None:
        """Take the weights of a `TextVAE`, by their names in its file.

        Both order the gates input, forget, cell, output; Keras has one bias, PyTorch two.
        """
        new = {"embedding.weight": arrays["embedding.table"], "bias": arrays["embedding.bias"]}
        for layer in DENSE:
            name = layer.rpartition(".")[2]
            new[f"{name}.weight"] = arrays[f"{layer}.kernel"].T
            new[f"{name}.bias"] = arrays[f"{layer}.bias"]
        for cell, (lstm, suffix) in CELLS.items():
            new[f"{lstm}.weight_ih_{suffix}"] = arrays[f"{cell}.kernel"].T
            new[f"{lstm}.weight_hh_{suffix}"] = arrays[f"{cell}.recurrent_kernel"].T
            new[f"{lstm}.bias_ih_{suffix}"] = arrays[f"{cell}.bias"]
            new[f"{lstm}.bias_hh_{suffix}"] = np.zeros_like(arrays[f"{cell}.bias"])
        self.load_state_dict(
            {name: torch.from_numpy(np.array(array)) for name, array in new.items()}
        )


class TorchTraining:
    """The network with its optimiser: forward, backward and update, batch after batch."""

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        settings: TrainConfig,
        is_autocast: bool = False,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.is_autocast = settings, is_autocast
        self.network = PlainTorch(config, vocab_size, settings)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), settings.learning_rate, eps=1e-7
        )

    def run(self, batches: Iterable[Any]) -> float:
        """One step on each padded batch of token ids, `[B, T]`; the seconds they took."""
        start = time.perf_counter()
        self.network.train()
        for batch in batches:
            self.optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=self.is_autocast):
                nll, kl = self.network.bound(torch.from_numpy(batch).long())
            (nll + self.settings.beta * kl).backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
            self.optimizer.step()
        return time.perf_counter() - start

    @torch.no_grad()
    def elbo(self, batches: Iterable[Any]) -> float:
        """The mean over captions of -(nll + kl), nats, one draw of z."""
        self.network.eval()
        total, count = 0.0, 0
        for batch in batches:
            nll, kl = self.network.bound(torch.from_numpy(batch).long())
            total, count = total + float(nll + kl) * len(batch), count + len(batch)
        return -total / count


class TorchDecoding:
    """Decoding with the network, whose weights `take` sets."""

    def __init__(self, config: ModelConfig, vocab_size: int, max_length: int) -> None:
        self.network = PlainTorch(config, vocab_size, TrainConfig())
        self.take, self.max_length = self.network.take, max_length
        self.network.eval()

    def decode(self, z: Any, temperature: float, batch_size: int) -> Rows:
        """Captions of `z` `[N, D]`, `batch_size` at a time."""
        rows: Rows = []
        for start in range(0, len(z), batch_size):
            part = torch.from_numpy(z[start : start + batch_size])
            rows += self.network.decode(part, self.max_length, temperature)
        return rows
