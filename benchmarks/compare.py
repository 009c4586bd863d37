"""Prints rows of benchmarks as a Markdown table: our median beside the fastest other library's, workload by workload.

Usage: compare.py FILE...   Of rows for the same measurement the quietest counts, of quiet ones the fastest; a '*' marks one that other processes disturbed."""
import json
import sys

QUIET = 0.1  # cores that others used


def load(paths):
    best = {}
    for path in paths:
        with open(path) as file:
            for row in map(json.loads, file):
                key = row["workload"], row.get("batch"), row["threads"], row["peer"]
                best[key] = min(best.get(key, row), row, key=rank)
    return best


def rank(row):
    others = row.get("others", 0)
    return others if others >= QUIET else 0, row["median_ms"]


def number(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def cell(row):
    return number(row["median_ms"]) + "*" * (row.get("others", 0) >= QUIET)


def main(paths):
    best = load(paths)
    ours = {key[:3]: row for key, row in best.items() if key[3] == "backprop"}
    threads = sorted({key[2] for key in ours})
    print("| workload | batch | " + " | ".join(f"fastest other, {t} t | Backprop, {t} t | ratio" for t in threads) + " | allocated a step | peak memory, MB (PyTorch) |")
    print("|---" * (4 + 3 * len(threads)) + "|")
    for workload, batch in dict.fromkeys(key[:2] for key in ours):
        cells = []
        for t in threads:
            mine = ours.get((workload, batch, t))
            rivals = [row for key, row in best.items() if key[:3] == (workload, batch, t) and key[3] != "backprop"]
            rival = min(rivals, key=rank, default=None)
            cells += [f"{rival['peer']} {cell(rival)}" if rival else "", cell(mine) if mine else "", f"{rival['median_ms'] / mine['median_ms']:.2f}" if rival and mine else ""]
        mine = ours[(workload, batch, threads[0])]
        torch = next((row for key, row in best.items() if key[:3] == (workload, batch, threads[0]) and key[3].startswith("pytorch") and "tuned" not in key[3]), None)
        memory = f"{mine['peak_rss_mb']:.0f}" + (f" ({torch['peak_rss_mb']:.0f})" if torch else "")
        print(f"| `{workload}` | {batch or ''} | " + " | ".join(cells) + f" | {mine['allocated_bytes']} | {memory} |")
    peaks = [row["gflops"] for key, row in best.items() if key[0].startswith("fma")]
    if peaks:
        print(f"\nPeak of fused multiply-adds on one core: {max(peaks):.1f} GFLOP/s.")


if __name__ == "__main__":
    main(sys.argv[1:])
