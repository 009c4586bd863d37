#!/usr/bin/env bash
# The numerical gradient of 784-50-10 on a batch of 100: the tutorial's NumPy beside GradientCheck, one after the other. Needs python3 with NumPy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${PYTHON:-/usr/bin/python3}
dotnet build ../src/Backprop.Cli -c Release -v q -nologo >&2
for threads in ${*:-1 2}; do
  numpy=$("$python" numerical_gradient.py --threads "$threads")
  ours=$(../artifacts/bin/Backprop.Cli/release/Backprop.Cli bench --workload '^mlp/numerical-gradient' --threads "$threads")
  printf '%s\n%s\n' "$numpy" "$ours"
  "$python" -c 'import json, sys; a, b = (json.loads(s)["median_ms"] for s in sys.argv[1:]); print(f"# ratio {a / b:.1f}")' "$numpy" "$ours"
done
