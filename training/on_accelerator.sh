#!/usr/bin/env bash
# Training on a machine that has only this checkout, the parts that pack_inputs.py wrote, and little time.
#
#   OUT=/somewhere bash training/on_accelerator.sh unpack pretrain styles
#
# Stages run in the order given and each stops on its clock; what should come back lies in $OUT in parts of at most PART_MIB.
# A stage that is called again goes on: `pretrain` resumes from its checkpoint while the machine keeps it.
#
# setting         default                  what
# OUT             (must be set)            folder for outputs
# PARTS           training/runs/packed     the packed inputs
# PLACE           training/runs/unpacked   where they are unpacked and checkpoints lie
# INIT            (none)                   weights to start from: a file, or `packed` for the packed ones; else a new network
# DEVICE          cuda                     cpu rehearses
# SIZE BATCH      256 192                  near SIZE x SIZE pixels
# HIDDEN DEPTH SINGLE  384 1 10            of a new network
# MINUTES DECAY EMA    8 0.3 0.9985        of pre-training; DECAY=0 where another call goes on from it
# STYLE_MINUTES STYLE_BATCH STYLE_PAIRS    1.2 64 256
# STYLES          all six                  which
# MORE            (none)                   further options of pretrain.py
# STYLE_MORE      --single-mlp             further options of train_edit_lora.py
# PYTHON          python3
set -euo pipefail
cd "$(dirname "$0")/.."

: "${OUT:?set OUT to a folder for the outputs}"
PARTS=${PARTS:-training/runs/packed} PLACE=${PLACE:-training/runs/unpacked} PYTHON=${PYTHON:-python3} PART_MIB=${PART_MIB:-15}
DEVICE=${DEVICE:-cuda} SIZE=${SIZE:-256} BATCH=${BATCH:-192} INIT=${INIT:-}
HIDDEN=${HIDDEN:-384} DEPTH=${DEPTH:-1} SINGLE=${SINGLE:-10} MINUTES=${MINUTES:-8} DECAY=${DECAY:-0.3} EMA=${EMA:-0.9985}
STYLE_MINUTES=${STYLE_MINUTES:-1.2} STYLE_BATCH=${STYLE_BATCH:-64} STYLE_PAIRS=${STYLE_PAIRS:-256}
STYLES=${STYLES:-monster magic painting edge flat cloud} MORE=${MORE:-} STYLE_MORE=${STYLE_MORE:---single-mlp}
export PYTHONUNBUFFERED=1
# a block that cannot be compiled runs uncompiled: slower, but the minutes are not lost
export TORCHDYNAMO_SUPPRESS_ERRORS=1
mkdir -p "$OUT"

ship() { "$PYTHON" training/parcels.py send --out "$OUT" --part-mib "$PART_MIB" --name "$@"; }

unpack() {
  "$PYTHON" training/pack_inputs.py unpack --parts "$PARTS" --to "$PLACE"
}

# Fails here, in a few seconds, and not after minutes of training. The styles' renderers need skia, pre-training does not.
check() {
  PYTHONPATH="training${PYTHONPATH:+:$PYTHONPATH}" "$PYTHON" - "$DEVICE" "$1" <<'CHECK'
import importlib
import sys

import torch

device, stage = sys.argv[1:]
importlib.import_module("pretrain" if stage == "pretrain" else "train_edit_lora")
importlib.import_module("pairs.pretrain" if stage == "pretrain" else "pairs.styles")
print(f"{stage} on {torch.cuda.get_device_name() if device == 'cuda' else 'cpu'}, torch {torch.__version__}", flush=True)
CHECK
}

pretrain() {
  local run="$PLACE/runs/pretrain" start=() compile=() status=0
  if [ -e "$run/checkpoint.pt" ]; then start=(--resume)
  elif [ "$INIT" = packed ]; then start=(--init "$PLACE/init.safetensors")
  elif [ -n "$INIT" ]; then start=(--init "$INIT")
  else start=(--hidden "$HIDDEN" --depth "$DEPTH" --single "$SINGLE")
  fi
  if [ "$DEVICE" = cuda ]; then compile=(--compile blocks); fi
  # shellcheck disable=SC2086
  "$PYTHON" training/pretrain.py --stream --device "$DEVICE" --size "$SIZE" --batch "$BATCH" --out "$run" --sheets \
    --minutes "$MINUTES" --decay "$DECAY" --ema "$EMA" "${start[@]}" "${compile[@]}" $MORE 2>&1 | tee -a "$run.log" || status=$?
  # what was reached before a failure is worth having, too
  ship pretrain "$run/checkpoint.pt" "$run/curve.jsonl" "$run.log" "$(ls -t "$run"/sheet-*.png | head -1)"
  return "$status"
}

styles() {
  local run="$PLACE/runs/pretrain" base="$PLACE/init.safetensors" files=() style
  if [ -e "$run/checkpoint.pt" ]; then base="$run/checkpoint.pt"; fi
  for style in $STYLES; do
    # shellcheck disable=SC2086
    "$PYTHON" training/train_edit_lora.py --stream --device "$DEVICE" --style "$style" --size "$SIZE" --batch "$STYLE_BATCH" \
      --pairs "$STYLE_PAIRS" --base "$base" --out "$PLACE/runs/styles" --minutes "$STYLE_MINUTES" $STYLE_MORE \
      2>&1 | tee -a "$PLACE/runs/styles.log"
    files+=("$PLACE/runs/styles/$style.safetensors")
  done
  ship styles "${files[@]}" "$PLACE/runs/styles.log"
}

for stage in "$@"; do
  case $stage in
    unpack | pretrain | styles) ;;
    *) echo "unknown stage $stage: use unpack, pretrain, styles" >&2; exit 2 ;;
  esac
done
for stage in "$@"; do
  if [ "$stage" != unpack ]; then
    mkdir -p "$PLACE/runs/pretrain"
    # shellcheck disable=SC1091
    . "$PLACE/env.sh"
    check "$stage"
  fi
  "$stage"
done
