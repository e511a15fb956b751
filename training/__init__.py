"""The recipe behind models/sluice-guard."""

import os

# Threads that wait by spinning cost three quarters of the speed where cores are shared; set before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
