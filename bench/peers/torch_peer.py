"""PyTorch's side of the comparison.

Variants of a step: `eager`, with the fused rule; `compiled`, the whole step (gather, gradient and update written in
place) as one functional graph with `max_autotune`, which is far quicker than compiling the module; each also with
`-bf16`, under autocast. Of a prediction: `eager` and `compiled`. Of the products: `mkl`. Of the looks at a loss surface:
`eager`, as the usual scripts do it, with the graph of the gradient kept for all products with the Hessian; and of these
also `forward`, forward over reverse.
"""

import itertools

import peer
import torch
from peer import Run
from torch.nn import functional as F

torch.set_num_threads(peer.THREADS)


class Order:
    """A new permutation for each epoch."""

    def __init__(self, job):
        self.job, self.at, self.rows = job, 0, None

    def next(self):
        at = self.at % self.job.steps
        if at == 0:
            self.rows = torch.randperm(self.job.rows)
        self.at += 1
        return self.rows[at * self.job.batch : (at + 1) * self.job.batch]


def module(job):
    layers = []
    for n, m in zip(job.layers[:-1], job.layers[1:]):
        layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def data(job):
    x, y = map(torch.from_numpy, job.data())
    return x, y.long() if job.classes else y


def cost(job):
    return F.cross_entropy if job.classes else F.mse_loss


def eager(job, bf16):
    (x, y), model, loss, order = data(job), module(job), cost(job), Order(job)
    if job.classes:
        rule = torch.optim.Adam(model.parameters(), lr=job.lr, fused=True)
    else:
        rule = torch.optim.SGD(model.parameters(), lr=job.lr, fused=True)
    last = None

    def call():
        nonlocal last
        rows = order.next()
        inputs, wanted = x.index_select(0, rows), y.index_select(0, rows)
        rule.zero_grad(set_to_none=True)
        if bf16:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                last = loss(model(inputs), wanted)
        else:
            last = loss(model(inputs), wanted)
        last.backward()
        rule.step()

    return Run(call, lambda: last.item())


def compiled(job, bf16):
    (x, y), loss, order = data(job), cost(job), Order(job)
    p = [part.detach().clone() for part in module(job).parameters()]
    m, v = ([torch.zeros_like(part) for part in p] for _ in range(2))
    t = torch.zeros(())

    def forward(p, inputs, wanted):
        h = inputs
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            for layer in range(0, len(p), 2):
                h = F.linear(h, p[layer], p[layer + 1])
                if layer < len(p) - 2:
                    h = h.relu()
            return loss(h, wanted)

    gradient = torch.func.grad_and_value(forward)

    def adam(p, m, v, t, x, y, rows):
        g, value = gradient(p, x.index_select(0, rows), y.index_select(0, rows))
        t.add_(1)
        first, second = 1 - 0.9**t, torch.sqrt(1 - 0.999**t)
        for p, m, v, g in zip(p, m, v, g):
            m.mul_(0.9).add_(g, alpha=0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            p.sub_((job.lr / first) * m / (v.sqrt() / second + 1e-8))
        return value

    def sgd(p, m, v, t, x, y, rows):
        g, value = gradient(p, x.index_select(0, rows), y.index_select(0, rows))
        for p, g in zip(p, g):
            p.sub_(job.lr * g)
        return value

    step = torch.compile(adam if job.classes else sgd, fullgraph=True, options={"max_autotune": True})
    last = None

    def call():
        nonlocal last
        with torch.no_grad():
            last = step(p, m, v, t, x, y, order.next())

    return Run(call, lambda: last.item())


def infer(job):
    model = torch.nn.Sequential(module(job), torch.nn.Softmax(1)).eval()
    if job.variant == "compiled":
        model = torch.compile(model, fullgraph=True, options={"max_autotune": True})
    x = torch.from_numpy(job.data()[0][: job.batch].copy())
    last = None

    def call():
        nonlocal last
        with torch.inference_mode():
            last = model(x)

    return Run(call, lambda: last.sum().item())


def products(job):
    pairs = [(torch.from_numpy(a), torch.from_numpy(b)) for a, b in job.products()]
    triples = [(a, b, torch.empty(a.shape[0], b.shape[1])) for a, b in pairs]

    def call():
        for a, b, c in triples:
            torch.mm(a, b, out=c)

    return Run(call, lambda: sum(c.sum().item() for _, _, c in triples))


def plane(job):
    """A call is a point of the map: parameters are set in place, and all rows go through the network."""
    (x, y), model, loss = data(job), module(job), cost(job)
    x, y = x[: job.batch], y[: job.batch]
    p = list(model.parameters())
    start = [part.detach().clone() for part in p]
    axes = [[torch.randn_like(part) * part.std() for part in start] for _ in range(2)]
    points = itertools.cycle((a / 25 - 1, b / 25 - 1) for b in range(51) for a in range(51))
    last = None

    def call():
        nonlocal last
        a, b = next(points)
        with torch.inference_mode():
            for part, origin, first, second in zip(p, start, *axes):
                torch.add(origin, first, alpha=a, out=part.data).add_(second, alpha=b)
            last = loss(model(x), y)

    return Run(call, lambda: last.item())


def hessian(job):
    (x, y), model, loss = data(job), module(job), cost(job)
    x, y = x[: job.batch], y[: job.batch]
    p = tuple(model.parameters())
    v = tuple(part.detach().clone() for part in p)
    found = None
    if job.variant == "forward":
        names = [name for name, _ in model.named_parameters()]

        def value(p):
            return loss(torch.func.functional_call(model, dict(zip(names, p)), (x,)), y)

        def call():
            nonlocal found
            found = torch.func.jvp(torch.func.grad(value), (p,), (v,))[1]

    elif job.variant == "double":

        def call():
            nonlocal found
            g = torch.autograd.grad(loss(model(x), y), p, create_graph=True)
            found = torch.autograd.grad(g, p, v)

    else:
        g = torch.autograd.grad(loss(model(x), y), p, create_graph=True)

        def call():
            nonlocal found
            found = torch.autograd.grad(g, p, v, retain_graph=True)

    return Run(call, lambda: sum(part.sum().item() for part in found))


def spectrum(job):
    (x, y), model, loss = data(job), module(job).double(), cost(job)
    x, y = x[: job.batch].double(), y[: job.batch]
    flat = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    shapes = [(name, part.shape) for name, part in model.named_parameters()]
    last = None

    def value(flat):
        parts = flat.split([shape.numel() for _, shape in shapes])
        named = {name: part.view(shape) for (name, shape), part in zip(shapes, parts)}
        return loss(torch.func.functional_call(model, named, (x,)), y)

    def call():
        nonlocal last
        last = torch.linalg.eigvalsh(torch.func.hessian(value)(flat))

    return Run(call, lambda: last[-1].item())


LOOKS = {"plane": plane, "hessian": hessian, "spectrum": spectrum}


def prepare(job):
    torch.manual_seed(0)
    torch.compiler.reset()
    if job.kind in LOOKS:
        return LOOKS[job.kind](job)
    if job.kind == "infer":
        return infer(job)
    if job.kind == "products":
        return products(job)
    form, _, kind = job.variant.partition("-")
    return {"eager": eager, "compiled": compiled}[form](job, kind == "bf16")


peer.serve(prepare)
