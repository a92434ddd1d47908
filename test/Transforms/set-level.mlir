// RUN: wav-opt %s --wav-set-level=level=step | FileCheck %s
// RUN: not wav-opt %s --wav-set-level=level=stop 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// CHECK: module attributes {wav.level = "step"}
// UNKNOWN: wav-set-level: there is no level 'stop'; use 'model', 'graph', 'simplified', 'step', 'recomputed', 'fused', 'scheduled' or 'target'
module attributes {wav.level = "graph"} {}
