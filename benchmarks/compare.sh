#!/usr/bin/env bash
# Runs the benchmark of other libraries and ours alternately, and prints one Markdown table.
set -euo pipefail

usage() {
  cat <<EOF
usage: compare.sh [-r ROUNDS] [-t "THREADS ..."] [-w REGEX] [-p "PEER ..."] [-o FOLDER] PEERS_FOLDER
  PEERS_FOLDER  has run.sh, which prints one JSON row per measurement, with the fields of 'backprop bench'
  -r  how often each side runs, alternately (default: 3)
  -t  thread counts (default: "1 2")
  -w  only the workloads that match this regular expression
  -p  peers to run (default: "pytorch pytorch-tuned numpy onnxruntime gemm")
  -o  where the rows are kept; a folder with rows from before goes on (default: a new one)
On a shared machine set PEERS_QUIET_WAIT and PEERS_ATTEMPTS, see 'backprop bench --help'.
EOF
}

rounds=3 threads="1 2" filter="." peers="pytorch pytorch-tuned numpy onnxruntime gemm" folder=
while getopts "r:t:w:p:o:h" option; do
  case $option in
    r) rounds=$OPTARG ;;
    t) threads=$OPTARG ;;
    w) filter=$OPTARG ;;
    p) peers=$OPTARG ;;
    o) folder=$OPTARG ;;
    h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[[ $# == 1 && -f $1/run.sh ]] || { usage >&2; exit 2; }
theirs=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${folder:-$(mktemp -d)}
mkdir -p "$folder"

dotnet build "$here/../src/Backprop.Cli" -c Release -v q -nologo >&2
for ((round = 1; round <= rounds; round++)); do
  for count in $threads; do
    echo "round $round of $rounds, $count threads" >&2
    "$theirs/run.sh" -p "$peers" -t "$count" -w "$filter" >> "$folder/peers.jsonl"
    "$here/../artifacts/bin/Backprop.Cli/release/Backprop.Cli" bench --quiet --threads "$count" --workload "$filter" >> "$folder/backprop.jsonl"
  done
done
echo "rows: $folder" >&2
"${PYTHON:-/usr/bin/python3}" "$here/compare.py" "$folder/peers.jsonl" "$folder/backprop.jsonl"
