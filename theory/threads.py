"""One thread for linear algebra: sums are not split among threads, so numbers are the same however many cores there are.

The arrays of this package are small; threads would not make them faster. This module imports nothing, because a library for linear
algebra reads these variables when it is loaded.
"""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
"""Environment variables, with the value that they must have before NumPy is imported."""
