"""Prints the rows of `backprop bench --growth` as a Markdown table, and draws them.

Usage: growth.py [--fastest] [-o CHART.svg] FILE...   Of rows for the same measurement the quietest counts, of quiet ones the fastest, as in compare.py."""
import argparse
import json
import math
import sys

from compare import OURS, cell, load, number, peak, speed

SERIES = [  # workload, what grows, its unit; where the size is no batch it stands behind the stroke
    ("mlp/train", "mlp, training", "batch (examples)"),
    ("simple-convnet/train", "simple-convnet, training", "batch (images)"),
    ("linear", "linear layer, batch 128", "width (features)"),
    ("conv-image", "3×3 convolution, 16 channels, batch 8", "side of the image (pixels)"),
    ("conv-channels", "3×3 convolution of 14×14, batch 16", "channels"),
]
FALL = 0.95  # a share of the peak below this part of the greatest before is told
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 } .small { font-size: 11px }
  .page { fill: #ffffff } .grid { stroke: #d0d7de } .peak { stroke: #57606a; stroke-dasharray: 5 4 }
  .t1 { stroke: #0072b2; fill: #0072b2 } .t2 { stroke: #d55e00; fill: #d55e00 } .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .page { fill: #0d1117 } .grid { stroke: #30363d } .peak { stroke: #9198a1 }
    .t1 { stroke: #56b4e9; fill: #56b4e9 } .t2 { stroke: #e69f00; fill: #e69f00 }
  }"""


def points(rows, series):
    """size -> threads -> row"""
    found = {}
    for (workload, batch, threads, peer), row in rows.items():
        if peer == OURS and (workload == series or workload.rpartition("/")[0] == series):
            found.setdefault(batch if workload == series else int(workload.rpartition("/")[2]), {})[threads] = row
    return dict(sorted(found.items()))


def table(rows):
    peaks = {t: peak(rows, t) for t in (1, 2)}
    print("| work | size | GFLOP | 1 thread, ms | GFLOP/s (share of the peak) | 2 threads, ms | GFLOP/s (share of the peak) | 1 → 2 threads | |")
    print("|---" * 9 + "|")
    for series, title, unit in SERIES:
        greatest = {1: 0, 2: 0}
        for size, by_threads in points(rows, series).items():
            if len(by_threads) < 2:
                continue
            one, two = by_threads[1], by_threads[2]
            gain, notes = one["median_ms"] / two["median_ms"], []
            if gain < 0.97:
                notes.append("slower with 2 threads")
            elif gain < 1.8 and one["median_ms"] > 1:
                notes.append("less than 1.8 times as fast with 2 threads")
            for t, row in by_threads.items():
                if row["gflops"] < FALL * greatest[t]:
                    notes.append(f"share falls, {t} t")
                greatest[t] = max(greatest[t], row["gflops"])
            cells = [f"{title}: {unit}", size, number(one["gflop"]), cell(one), speed(one, peaks[1]), cell(two), speed(two, peaks[2]), f"{gain:.2f}", ", ".join(notes)]
            print("| " + " | ".join(map(str, cells)) + " |")
    print(f"\nPeak of fused multiply-adds: {peaks[1]:.0f} GFLOP/s on 1 thread, {peaks[2]:.0f} on 2.")


def panel(left, top, width, height, title, unit, sizes, peaks, low, high):
    """One series, both axes logarithmic."""
    first, last = min(sizes), max(sizes)

    def x(size):
        return left + width * math.log(size / first) / math.log(last / first)

    def y(gflops):
        return top + height * math.log(high / gflops) / math.log(high / low)

    yield f'<text class="title" x="{left}" y="{top - 10}">{title}</text>'
    yield f'<text class="small" x="{left + width / 2}" y="{top + height + 32}" text-anchor="middle">{unit}</text>'
    yield f'<text class="small" x="{left - 36}" y="{top + height / 2}" text-anchor="middle" transform="rotate(-90 {left - 36} {top + height / 2})">GFLOP/s</text>'
    tick = low
    while tick <= high:
        yield f'<path class="grid" d="M{left} {y(tick):.1f}h{width}"/><text class="small" x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        tick *= 10
    tick = 2 ** math.ceil(math.log2(first))
    while tick <= last:
        yield f'<path class="grid" d="M{x(tick):.1f} {top}v{height}"/><text class="small" x="{x(tick):.1f}" y="{top + height + 16}" text-anchor="middle">{tick}</text>'
        tick *= 2 if last / first < 64 else 4
    for t in (1, 2):
        yield f'<path class="peak" d="M{left} {y(peaks[t]):.1f}h{width}"/>'
        line = [(x(size), y(rows[t]["gflops"])) for size, rows in sizes.items() if t in rows]
        yield f'<path class="line t{t}" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in line)}"/>'
        yield from (marker(a, b, t) for a, b in line)


def marker(x, y, threads):
    return f'<circle class="t1" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' if threads == 1 else f'<rect class="t2" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'


def chart(rows):
    peaks = {t: peak(rows, t) for t in (1, 2)}
    data = [(title, unit, points(rows, series)) for series, title, unit in SERIES]
    speeds = [row["gflops"] for _, _, sizes in data for by_threads in sizes.values() for row in by_threads.values()] + list(peaks.values())
    low, high = 10 ** math.floor(math.log10(min(speeds))), 2 * max(speeds)
    shapes = ['<rect class="page" width="1000" height="580"/>']
    for i, (title, unit, sizes) in enumerate(data):
        if len(sizes) > 1:
            shapes += panel(60 + i % 3 * 325, 40 + i // 3 * 285, 265, 190, title, unit, sizes, peaks, low, high)
    shapes.append(f'<path class="line t1" d="M710 350h40"/>{marker(730, 350, 1)}<text x="760" y="354">1 thread</text>')
    shapes.append(f'<path class="line t2" d="M710 380h40"/>{marker(730, 380, 2)}<text x="760" y="384">2 threads</text>')
    shapes.append(f'<path class="peak" d="M710 410h40"/><text x="760" y="414">peak of fused multiply-adds: {peaks[1]:.0f}, {peaks[2]:.0f}</text>')
    shapes.append('<text class="small" x="710" y="444">Operations of the plain algorithm: a faster one</text><text class="small" x="710" y="460">passes the peak. All axes are logarithmic.</text>')
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 580" role="img">\n'
            f"<title>Floating-point operations a second as batch, width, image and channels grow</title>\n<style>{STYLE}\n</style>\n" + "\n".join(shapes) + "\n</svg>\n")


def by_fastest_step(line):
    row = json.loads(line)
    return row | {"median_ms": row["min_ms"], "gflops": 1e3 * row["gflop"] / row["min_ms"], "others": 0} if "gflop" in row else row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", metavar="CHART.svg")
    parser.add_argument("--fastest", action="store_true", help="count the fastest step instead of the median: what a machine shared with others can do when they rest")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    rows = load(args.files, by_fastest_step if args.fastest else json.loads)
    if not peak(rows, 1):
        sys.exit("growth.py: the rows lack the workload fma-peak")
    table(rows)
    if args.o:
        with open(args.o, "w") as file:
            file.write(chart(rows))


if __name__ == "__main__":
    main()
