"""Pictures from records. What maskbench.plots draws too lies in the package and is imported from there by its path, so that no module
need be built: `lib.figures.look` is python/maskbench/_figures/look.py. There `.host` is the package's, here it is the one beside this file."""

from lib.script_support import ROOT

__path__.append(str(ROOT / "python/maskbench/_figures"))
