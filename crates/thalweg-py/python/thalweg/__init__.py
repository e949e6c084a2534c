from thalweg import _core
