"""Update rules: how a gradient becomes a step.

Made from the registry by `python -m thalweg._stubs`.
"""

from typing import Literal

from thalweg._optimizer import Optimizer as Optimizer

class Sgd(Optimizer):
    """A step against the gradient, as long as the slope is steep."""
    lr: float
    """Learning rate: the step for a slope of 1."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Momentum(Optimizer):
    """Steps that gather speed along a valley and cancel out across it."""
    lr: float
    """Learning rate: the step for a velocity of 1."""
    momentum: float
    """Decay of the velocity: it remembers about 1 / (1 − momentum) gradients."""
    dampening: float
    """How much less than whole each gradient after the first is taken."""
    ema: bool
    """Whether the velocity is an average of gradients, so that lr means what it does without momentum."""
    bias_correction: bool
    """Whether the average's start from 0 is made up for; needs ema."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        momentum: float = 0.9,
        dampening: float = 0.0,
        ema: bool = False,
        bias_correction: bool = False,
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Nesterov(Optimizer):
    """Momentum that takes the gradient where the velocity is about to carry the parameters."""
    lr: float
    """Learning rate: the step for a velocity of 1."""
    momentum: float
    """Decay of the velocity: it remembers about 1 / (1 − momentum) gradients."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adagrad(Optimizer):
    """A learning rate for each coordinate, the smaller the more its gradients have added up."""
    lr: float
    """Learning rate: the size of the first step in each coordinate."""
    lr_decay: float
    """How fast the learning rate falls besides: it has halved after 1 / lr_decay steps."""
    initial_accumulator: float | Literal["convention"]
    """Where the sums of squares start (more makes the first steps smaller), or `convention`: 0, with keras and optax
    0.1."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.01,
        lr_decay: float = 0.0,
        initial_accumulator: float | Literal["convention"] = "convention",
        eps: float = 1e-10,
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Rmsprop(Optimizer):
    """Steps scaled by the root of an average of squared gradients."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    rho: float
    """Decay of the averages: they look back about 1 / (1 − ρ) steps."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    momentum: float
    """Decay of a velocity of scaled gradients; 0 has none."""
    centered: bool
    """Whether the gradient's mean is taken out of its square: what scales the steps is then a variance."""
    bias_correction: bool
    """Whether the averages' start from 0 is made up for, which makes the first steps smaller."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.01,
        rho: float = 0.99,
        eps: float = 1e-08,
        momentum: float = 0.0,
        centered: bool = False,
        bias_correction: bool = False,
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adadelta(Optimizer):
    """Steps in the parameters' own unit, scaled by what earlier steps have been."""
    lr: float
    """Factor on the steps: 1 is the paper's rule."""
    rho: float
    """Decay of the averages of squared gradients and of squared steps."""
    eps: float
    """Added inside both roots: it is what the first steps grow from."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-06,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adam(Optimizer):
    """Steps scaled by bias-corrected averages of the gradient and of its square."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    amsgrad: bool
    """Whether the largest average of squares so far counts, so that no step grows again."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        amsgrad: bool = False,
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adamw(Optimizer):
    """Adam with weight decay beside the gradient, so that it is not scaled with it."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    amsgrad: bool
    """Whether the largest average of squares so far counts, so that no step grows again."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        amsgrad: bool = False,
        weight_decay: float = 0.01,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adamax(Optimizer):
    """Adam with the largest gradient of late instead of an average of squares."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """How slowly a large gradient is forgotten."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Nadam(Optimizer):
    """Adam with Nesterov's momentum, which grows during the first steps."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients, and the momentum that is reached in the end."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    momentum_decay: float | Literal["convention"]
    """How fast the momentum grows from half its final value (0 leaves it there), or `convention`: 0.004, with keras 1,
    with optax at once."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        momentum_decay: float | Literal["convention"] = "convention",
        weight_decay: float = 0.0,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Nadamw(Optimizer):
    """Nadam with weight decay beside the gradient, so that it is not scaled with it."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients, and the momentum that is reached in the end."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    momentum_decay: float | Literal["convention"]
    """How fast the momentum grows from half its final value (0 leaves it there), or `convention`: 0.004, with keras 1,
    with optax at once."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        momentum_decay: float | Literal["convention"] = "convention",
        weight_decay: float = 0.01,
        convention: Literal["torch", "keras", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Radam(Optimizer):
    """Adam that steps without scaling until the average of squares can be trusted: a warm-up of its own."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        convention: Literal["torch", "optax", "paper"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adabelief(Optimizer):
    """Adam that scales by how far gradients are from what was expected, not by how large they are."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of squared surprises."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    eps_root: float
    """Added to the average at every step, so that a gradient that is always as expected does not divide by zero."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-16,
        eps_root: float = 1e-16,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adan(Optimizer):
    """Adam with Nesterov's momentum written as an average of how gradients change."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of the changes from one gradient to the next."""
    beta3: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        beta1: float = 0.98,
        beta2: float = 0.92,
        beta3: float = 0.99,
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        convention: Literal["optax", "paper"] = "paper",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Yogi(Optimizer):
    """Adam whose average of squares changes by no more than the new square, so that steps do not jump."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """How little each squared gradient changes the average."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    initial_accumulator: float
    """Where both averages start."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 0.001,
        initial_accumulator: float = 1e-06,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Lion(Optimizer):
    """Steps of one size in the direction of the sign of an average."""
    lr: float
    """Learning rate: the size of every step in each coordinate; about a tenth of Adam's."""
    beta1: float
    """Weight of the average in the direction of a step."""
    beta2: float
    """Decay of the average of gradients."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 0.0001,
        beta1: float = 0.9,
        beta2: float = 0.99,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Adafactor(Optimizer):
    """Adam without momentum, whose squares are kept by row and by column and whose steps are bounded."""
    lr: float
    """Learning rate: the most that a step is relative to the size of the weights."""
    beta2_decay: float
    """Power of the time in the weight of the newest squares."""
    eps1: float | Literal["precision"]
    """The least root of V, or `precision` for the distance from 1 to the next number."""
    eps2: float
    """The least size of the weights that steps are relative to."""
    clip_threshold: float
    """The most that the scaled gradient is in the mean square."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 0.01,
        beta2_decay: float = -0.8,
        eps1: float | Literal["precision"] = "precision",
        eps2: float = 0.001,
        clip_threshold: float = 1.0,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Lars(Optimizer):
    """Momentum whose steps are as long as a part of the weights that they move, layer by layer."""
    lr: float
    """Learning rate: factor on steps that are as long as trust_coefficient of the weights."""
    momentum: float
    """Decay of the velocity: it remembers about 1 / (1 − momentum) gradients."""
    nesterov: bool
    """Whether the step looks ahead along the velocity."""
    trust_coefficient: float
    """The part of the weights' norm that a step is long."""
    eps: float
    """Added to the norm of the gradient."""
    weight_decay: float
    """Weight decay, scaled with the gradient that it is added to."""
    def __init__(
        self,
        *,
        lr: float = 1.0,
        momentum: float = 0.9,
        nesterov: bool = False,
        trust_coefficient: float = 0.001,
        eps: float = 0.0,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Lamb(Optimizer):
    """Adam whose steps are as long as a part of the weights that they move, layer by layer."""
    lr: float
    """Learning rate: the part of the weights' norm that a step is long."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    weight_decay: float
    """Weight decay, scaled with the step that it is added to."""
    convention: Literal["keras", "optax", "paper"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-06,
        weight_decay: float = 0.0,
        convention: Literal["keras", "optax", "paper"] = "paper",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Muon(Optimizer):
    """Momentum whose steps turn and stretch every direction of a weight matrix alike; vectors take AdamW steps."""
    lr: float
    """Learning rate: about the size of the step in every direction of a matrix."""
    momentum: float
    """Decay of the average of gradients."""
    nesterov: bool
    """Whether the newest gradient counts once more."""
    ns_steps: int
    """Newton-Schulz steps that make the step orthogonal."""
    adjust: Literal["original", "match_rms_adamw"]
    """How lr depends on the shape of a matrix: `match_rms_adamw` takes an lr that was tuned for AdamW."""
    eps: float
    """The least norm that the average is divided by."""
    vector_scale: float
    """Factor of lr for vectors, which take AdamW steps."""
    beta1: float
    """Decay of the average of gradients of vectors."""
    beta2: float
    """Decay of the average of squared gradients of vectors."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    convention: Literal["torch", "keras", "optax"]
    """Whose form of the rule is computed, where they differ."""
    def __init__(
        self,
        *,
        lr: float = 0.001,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_steps: int = 5,
        adjust: Literal["original", "match_rms_adamw"] = "original",
        eps: float = 1e-07,
        vector_scale: float = 1.0,
        beta1: float = 0.9,
        beta2: float = 0.999,
        weight_decay: float = 0.1,
        convention: Literal["torch", "keras", "optax"] = "torch",
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Prodigy(Optimizer):
    """Adam that finds its own learning rate from how far the parameters have come."""
    lr: float
    """Factor on the step that the rule finds; a schedule drives it."""
    beta1: float
    """Decay of the average of gradients: it looks back about 1 / (1 − β₁) steps."""
    beta2: float
    """Decay of the average of squared gradients."""
    beta3: float | Literal["auto"]
    """Decay of the sums that the distance is found from, or `auto` for √β₂."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    d0: float
    """The first guess of the distance, far too small."""
    d_coef: float
    """Factor of the found distance: 0.5 or 2 to step more carefully or boldly."""
    growth_rate: float | Literal["off"]
    """The most by which the distance grows in a step, or `off`."""
    bias_correction: bool
    """Whether Adam's corrections are made."""
    safeguard_warmup: bool
    """Whether lr is kept out of ‖s‖₁, which helps where lr is warmed up."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 1.0,
        beta1: float = 0.9,
        beta2: float = 0.999,
        beta3: float | Literal["auto"] = "auto",
        eps: float = 1e-08,
        d0: float = 1e-06,
        d_coef: float = 1.0,
        growth_rate: float | Literal["off"] = "off",
        bias_correction: bool = False,
        safeguard_warmup: bool = False,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class ScheduleFreeSgd(Optimizer):
    """Averaging instead of a schedule: nothing has to know when the run ends."""
    lr: float
    """Learning rate: the step of z for a slope of 1."""
    momentum: float
    """How far the point where gradients are taken is from z towards the average."""
    warmup: int
    """Steps over which lr rises from 0."""
    r: float
    """Power of the time in the weight that a step has in the average."""
    weight_lr_power: float
    """Power of the largest lr so far in that weight."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 1.0,
        momentum: float = 0.9,
        warmup: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class ScheduleFreeAdamw(Optimizer):
    """Averaging instead of a schedule, with the scaling of Adam: nothing has to know when the run ends."""
    lr: float
    """Learning rate: about the size of a step in each coordinate."""
    beta1: float
    """How far the point where gradients are taken is from z towards the average."""
    beta2: float
    """Decay of the average of squared gradients."""
    eps: float
    """Added to the root, so that a vanishing gradient does not divide by zero."""
    warmup: int
    """Steps over which lr rises from 0."""
    r: float
    """Power of the time in the weight that a step has in the average."""
    weight_lr_power: float
    """Power of the largest lr so far in that weight."""
    weight_decay: float
    """Part of each weight that a step takes away beside the gradient, times lr (decoupled)."""
    def __init__(
        self,
        *,
        lr: float = 0.0025,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-08,
        warmup: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        weight_decay: float = 0.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Asgd(Optimizer):
    """Gradient descent with falling steps whose average is the result."""
    lr: float
    """Learning rate: the first step for a slope of 1."""
    lambd: float
    """How fast the steps fall, and the part of each parameter that a step takes away."""
    alpha: float
    """Power of the fall of the steps."""
    t0: int
    """Step at which averaging begins."""
    def __init__(
        self,
        *,
        lr: float = 0.01,
        lambd: float = 0.0001,
        alpha: float = 0.75,
        t0: int = 0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...

class Rprop(Optimizer):
    """A step size for each coordinate that grows while the sign of its gradient stays and shrinks when it flips."""
    initial_step: float
    """The first step in each coordinate; PyTorch calls it lr."""
    eta_minus: float
    """Factor of the step size after a flip of sign."""
    eta_plus: float
    """Factor of the step size while the sign stays."""
    min_step: float
    """The smallest step size."""
    max_step: float
    """The largest step size."""
    def __init__(
        self,
        *,
        initial_step: float = 0.01,
        eta_minus: float = 0.5,
        eta_plus: float = 1.2,
        min_step: float = 1e-06,
        max_step: float = 50.0,
        n_jobs: int | None = None,
        decayed: Literal["all", "weights"] = "all",
    ) -> None: ...
