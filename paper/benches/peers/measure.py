"""Shared by the Python writers of the benchmark: reading the content, timing and reporting."""

import json
import resource
import statistics
import sys
import time


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(write):
    """Times write(drawings, per_page) -> bytes as the Rust side does, and prints the figures."""
    folder = sys.argv[1]
    with open(f"{folder}/drawings.json", encoding="utf-8") as file:
        drawings = json.load(file)
    before = peak_mb()

    def timed(pages, per_page):
        started = time.perf_counter()
        data = write(pages, per_page)
        return (time.perf_counter() - started) * 1000, len(data)

    single = [timed([drawing], 1) for drawing in drawings[:200]]
    four_up = [timed(drawings[at : at + 4], 4)[0] for at in range(200, 440, 4)]
    peak = peak_mb() - before
    batch_ms, _ = timed(drawings, 1)
    print(
        json.dumps(
            {
                "first_ms": single[0][0],
                "median_ms": statistics.median(ms for ms, _ in single[20:]),
                "bytes": single[-1][1],
                "four_up_ms": statistics.median(four_up),
                "batch_pages": len(drawings),
                "batch_ms": batch_ms,
                "peak_mb": peak,
                "batch_peak_mb": peak_mb() - before,
            }
        )
    )
