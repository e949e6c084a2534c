"""Lets torch be loaded without the libraries of CUDA, of which a comparison on processors needs none.

    bench/.venv/bin/python bench/stand_ins.py

PyPI's torch for Linux is the one for GPUs: its parts are linked with a dozen libraries of several gigabytes. This
writes stand-ins beside them, whose functions do nothing but return 0, or, asked for GPUs, that there are none. It needs
`nm`, `readelf` and a C compiler; torch.compile needs one too.
"""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

LIBRARY = re.compile(r"lib(cu|nccl|nv)\w*\.so\.\d+")
FUNCTION = re.compile(r"(cu|nccl|nv|__cuda)\w+")
# Symbols of this version are in a library whose name is another.
RENAMED = {"NVSHMEM": "libnvshmem_host.so.3"}
NO_DEVICE = 100  # cudaErrorNoDevice


def main():
    # torch is not imported to be found: that is what does not work yet.
    folder = Path(find_spec("torch").submodule_search_locations[0]) / "lib"
    # What talks to the driver is loaded only where there is a GPU.
    parts = sorted(path for path in folder.glob("*.so") if path.name != "libcaffe2_nvrtc.so")
    names = sorted({found[0] for found in LIBRARY.finditer(said("readelf", "-d", *parts))})
    functions = wanted(parts, names)
    for name in names:
        build(folder / name, functions[name])
    print(f"{len(names)} stand-ins for libraries of CUDA in torch's folder")


def said(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return done.stdout


def wanted(parts, names):
    """What the parts want of each library, by version. Symbols without one may be in any: here, in the first."""
    functions = defaultdict(lambda: defaultdict(set))
    for line in said("nm", "-D", "--undefined-only", *parts).splitlines():
        symbol, _, version = line.split()[-1].partition("@") if line.strip() else ("", "", "")
        version = version.lstrip("@")
        library = RENAMED.get(version, version)
        if library in names:
            functions[library][version].add(symbol)
        elif not version and FUNCTION.fullmatch(symbol):
            functions[names[0]][""].add(symbol)
    return functions


def build(path, functions):
    code, versions = "", ""
    for version, symbols in functions.items():
        for symbol in sorted(symbols):
            code += f"int {symbol}(void) {{ return {NO_DEVICE if symbol == 'cudaGetDeviceCount' else 0}; }}\n"
        if version:
            versions += f"{version} {{ global: {'; '.join(sorted(symbols))}; }};\n"
    with tempfile.TemporaryDirectory() as place:
        source, script = Path(place) / "stand_in.c", Path(place) / "versions"
        source.write_text(code + "int stand_in;\n")
        script.write_text(versions)
        command = ["cc", "-w", "-fno-builtin", "-shared", "-fPIC", f"-Wl,-soname,{path.name}", "-o", path, source]
        said(*command, *([f"-Wl,--version-script={script}"] if versions else []))


if __name__ == "__main__":
    try:
        main()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"stand-ins for CUDA could not be built: {error}\n{getattr(error, 'stderr', '')}")
