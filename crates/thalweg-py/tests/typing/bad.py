"""What type checkers have to refuse: every line that says so, and no other."""

import thalweg
from thalweg.optim import Adam, Muon, Rprop
from thalweg.schedules import Constant, Cosine

Adam(beta_1=0.9)  # refused
Adam(0.1)  # refused
Adam(lr="fast")  # refused
Adam(convention="tensorflow")  # refused
Muon(ns_steps=2.5)  # refused
Rprop(lr=0.1)  # refused
Constant(value=1.0)  # refused
Cosine(period="epoch")  # refused
Cosine()(0.1)  # refused
Adam().step(1.0, 2.0)  # refused
Adam().learning_rate = 0.1  # refused
thalweg.train("moons", threads="two")  # refused
thalweg.load("runs/one").summary()  # refused
thalweg.compare("moons", vary=["dropout"])  # refused
thalweg.trane("moons")  # refused
thalweg.MLPClassifier(dropout="some")  # refused
thalweg.MLPClassifier(drop_out=0.1)  # refused
