#!/usr/bin/env bash
# From the start of the process to the class of one picture: publishes the command, trains a small simple-convnet with it, and times 'backprop predict'.
# usage: startup.sh [FOLDER_OF_OTHERS]   FOLDER_OF_OTHERS has run.sh, whose rows startup/classify are taken alternately with ours, three times.
set -euo pipefail
others=${1:+$(cd "$1" && pwd)}
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The runtime named, not --use-current-runtime: that one is known too late for the project to be published as one file.
rid=$(dotnet --info | sed -n "s/^ *RID: *//p")
dotnet publish ../src/Backprop.Cli -r "$rid" -o "$work/bin" -v q -nologo >&2
"$work/bin/backprop" train --model simple-convnet --epochs 1 --limit-train 2000 --limit-test 100 --output "$work/model" --quiet >&2
{
  printf 'P5 28 28 255\n'
  for row in {1..28}; do for column in {1..28}; do if ((row > 4 && row < 24 && column > 12 && column < 16)); then printf '\377'; else printf '\0'; fi; done; done
} > "$work/one.pgm"

for round in 1 2 3; do
  if [[ $others ]]; then "$others/run.sh" -p startup -t 1 -w 'startup/classify'; fi
  "$python" startup.py "$work/bin/backprop" predict --model "$work/model/model.safetensors" --threads 1 "$work/one.pgm"
done
