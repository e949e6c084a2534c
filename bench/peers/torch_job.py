"""A whole job with PyTorch, eager and with the fused Adam: compiling would take longer than the training.

It is called with the files of the training and the validation rows and with its settings as JSON.
"""

import itertools
import time

import letter
import torch
from torch.nn import Linear, ReLU, Sequential
from torch.nn import functional as F

torch.set_num_threads(letter.SETTINGS["threads"])
torch.manual_seed(0)


def main():
    (x, y), (other, wanted) = (map(torch.from_numpy, part) for part in letter.parts())
    widths, batch = [x.shape[1], *letter.HIDDEN, int(y.max()) + 1], letter.SETTINGS["batch"]
    layers = [part for pair in zip(widths[:-1], widths[1:]) for part in (Linear(*pair), ReLU())]
    model = Sequential(*layers[:-1])
    rule = torch.optim.Adam(model.parameters(), lr=letter.SETTINGS["lr"], fused=True)
    begun = time.perf_counter()
    for epoch in itertools.count(1):
        for rows in torch.randperm(len(x)).split(batch):
            rule.zero_grad(set_to_none=True)
            F.cross_entropy(model(x.index_select(0, rows)), y.index_select(0, rows)).backward()
            rule.step()
        with torch.inference_mode():
            loss = F.cross_entropy(model(other), wanted).item()
        letter.tell(epoch, time.perf_counter() - begun, loss)


main()
