#!/usr/bin/env bash
# What the KL term does to training by contrastive divergence, at small scale (Du et
# al., 2021, Figure 9 and Table 2): trains small ICD models without it, with L_opt and
# with L_opt and L_ent, plain and with norm layers, and prints a table in Markdown.
#
#   scripts/kl-term.sh [FOLDER [SEEDS [ITERATIONS]]]      such as: scripts/kl-term.sh out/kl "1 2 3" 300
#
# A run that is there already is not made again. docs/kl-term.md has the outcome.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out/kl} seeds=${2:-1 2 3} iterations=${3:-300} ebm=${EBM:-bin/ebm}
last=$((iterations / 3))

run() { # name, settings
  local dir=$out/$1
  shift
  [ -e "$dir/log" ] || { mkdir -p "$out" && "$ebm" train icd --data faces-all --patch 2 --width 16,32 --langevin-steps 10 --batch 32 \
    --buffer 2000 --alpha 0 --grad-norm 0 --lr-final 1 --iterations "$iterations" --sheets-every 0 --out "$dir" "$@" >"$out/now.log" 2>&1 || true
    mkdir -p "$dir" && mv "$out/now.log" "$dir/log"; }
}

# The mean difference of the energies of data and of samples over the last third:
# Figure 9 has it about 0 where training is stable.
gap() { # history
  sed 's/.*"energy_data":\([^,}]*\),"energy_samples":\([^,}]*\).*/\1 \2/' "$1" | tail -n "$((last / 10))" |
    awk '{ d = $1 - $2; s += d } END { if (NR) printf "%.4g", s / NR }'
}

echo "| network | KL term | seed | iterations done | E(data) - E(samples), mean of the last third | ended |"
echo "|---|---|---|---|---|---|"
for network in plain norm; do
  case $network in
    plain) with=(--lr 2e-3) name="no norm layers, rate 0.002" ;;
    norm) with=(--lr 5e-3 --norm true) name="norm layers, rate 0.005" ;;
  esac
  for term in "0 0 none" "1 0 L_opt" "1 0.3 L_opt and L_ent"; do
    read -r kl entropy label <<<"$term"
    for seed in $seeds; do
      dir=$network-$kl-$entropy-$seed
      run "$dir" "${with[@]}" --kl "$kl" --entropy "$entropy" --seed "$seed"
      done_=$(tail -n 1 "$out/$dir/history.jsonl" | sed 's/.*"iteration":\([0-9]*\).*/\1/')
      ended=$(grep -q diverged "$out/$dir/log" && echo "diverged" || echo "as asked")
      echo "| $name | $label | $seed | $done_ | $(gap "$out/$dir/history.jsonl") | $ended |"
    done
  done
done
