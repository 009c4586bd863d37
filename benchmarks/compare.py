"""Prints rows of benchmarks as a Markdown table: our median beside the fastest other library's, workload by workload.

Usage: compare.py FILE...   Of rows for the same measurement the quietest counts, of quiet ones the fastest; a '*' marks one that other processes disturbed."""
import json
import sys

QUIET = 0.1  # cores that others used
OURS = "backprop"


def load(paths, read=json.loads):
    """The best row of each measurement: (workload, batch, threads, peer) -> row."""
    best = {}
    for path in paths:
        with open(path) as file:
            for row in map(read, file):
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


def peak(rows, threads):
    """GFLOP/s that so many threads can reach: measured on as many, or else on one, times their number."""
    measured = {}
    for row in rows.values():
        if row["workload"].startswith("fma-peak"):
            measured[row["threads"]] = max(measured.get(row["threads"], 0), row["gflops"])
    return max((gflops * threads / count for count, gflops in measured.items() if count in (1, threads)), default=None)


def speed(row, peak_gflops):
    """'98.5 (84 %)': GFLOP/s, and the share of the peak."""
    if not row or "gflops" not in row:
        return ""
    share = f" ({number(100 * row['gflops'] / peak_gflops)} %)" if peak_gflops else ""
    return number(row["gflops"]) + share


def of_rival(row):
    return f"{row['peer']} {cell(row)}" + (f" ({number(row['gflops'])} GFLOP/s)" if "gflops" in row else "")


def main(paths):
    best = load(paths)
    ours = {key[:3]: row for key, row in best.items() if key[3] == OURS and not key[0].startswith("fma-peak")}
    threads = sorted({key[2] for key in ours})
    peaks = {t: peak(best, t) for t in threads}

    heads = ["workload", "batch", "GFLOP a step"]
    for t in threads:
        heads += [f"fastest other, {t} t", f"Backprop, {t} t", "ratio", f"GFLOP/s (share of the peak), {t} t"]
    heads += ["bytes allocated a step", "peak memory, MB (PyTorch)"]
    print("| " + " | ".join(heads) + " |")
    print("|---" * len(heads) + "|")
    for workload, batch in dict.fromkeys(key[:2] for key in ours):
        mine = [ours.get((workload, batch, t)) for t in threads]
        first = next(row for row in mine if row)
        cells = [f"`{workload}`", str(batch or ""), number(first["gflop"]) if "gflop" in first else ""]
        for t, row in zip(threads, mine):
            rivals = [other for key, other in best.items() if key[:3] == (workload, batch, t) and key[3] != OURS]
            rival = min(rivals, key=rank, default=None)
            cells += [of_rival(rival) if rival else "", cell(row) if row else ""]
            cells += [f"{rival['median_ms'] / row['median_ms']:.2f}" if rival and row else "", speed(row, peaks[t])]
        torch = next((row for key, row in best.items() if key[:3] == (workload, batch, first["threads"]) and key[3].startswith("pytorch") and "tuned" not in key[3]), None)
        cells += [str(first.get("allocated_bytes", "")), f"{first['peak_rss_mb']:.0f}" + (f" ({torch['peak_rss_mb']:.0f})" if torch else "")]
        print("| " + " | ".join(cells) + " |")
    if any(peaks.values()):
        print("\nPeak of fused multiply-adds: " + ", ".join(f"{peaks[t]:.0f} GFLOP/s on {t} {'thread' if t == 1 else 'threads'}" for t in threads) + ".")


if __name__ == "__main__":
    main(sys.argv[1:])
