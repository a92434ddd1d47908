//===- Passes.td - Every pass of the project ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_PASSES_TD
#define WAV_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Expansion (lib/Transforms/Build)
//===----------------------------------------------------------------------===//

def BuildPass : Pass<"wav-build", "::mlir::ModuleOp"> {
  let summary = "Expand a model into its entry points";
  let description = [{
    Replaces the module's `wav.model` by its parameters, its states (key and
    value caches) and one public function for each entry point
    (docs/manifest.md), all from one expansion of the layers and of the
    residual scheme (docs/schemes.md). The module keeps the configuration as
    `wav.config` (JSON), and `wav.batch` and `wav.context`. Warns if details of
    a block overlap because its length is not a multiple of 4.

    With `precision=bf16`, activations, rows of the bank, logits and caches are
    bf16, and matrices are cast to bf16 for their products. Parameters, and what
    is one number a token or for all (scales, statistics of softmaxes, the loss), stay f32.

    ```mlir
    wav.model @m {..., residual = #wav.residual<block_size = 2,
                                                rows = [<name = "sum">]>}
    ```
    becomes
    ```mlir
    wav.parameter @"model.embed_tokens.weight" : tensor<96x128xf32> {...}
    ...
    func.func @train_step(%tokens: tensor<2048xi32> {wav.name = "tokens"},
                          %targets: tensor<2048xi32> {wav.name = "targets"})
        -> (tensor<f32> {wav.name = "loss"})
        attributes {wav.gradient = "parameters", wav.update} {
      %x0 = wav.embed %table, %tokens : ...
      %source = wav.source %x0 scaled %one : ...
      %bank = wav.bank %source : ...
      %y, %max, %inverse_sum = wav.read query(%query) bank(%bank) {...} : ...
      %x = wav.rms_norm %y, %gain {...} : ...
      ...
      %sum = wav.write %attention {coefficient = 1.0 : f64} : ...
    ```

    The first pass of the pipeline; `wav-simplify` follows.
  }];
  let options = [
    Option<"batch", "batch", "int64_t", "8",
           "Sequences in a batch of training and evaluation">,
    Option<"precision", "precision", "std::string", "\"f32\"",
           "How activations are stored: f32 or bf16">,
    ListOption<"entries", "entries", "std::string",
               "The entry points to build; all if empty">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

//===----------------------------------------------------------------------===//
// Simplification (lib/Transforms)
//===----------------------------------------------------------------------===//

def WriteInProductsPass : Pass<"wav-write-in-products",
                               "::mlir::func::FuncOp"> {
  let summary = "Let products add what they are added to";
  let description = [{
    The product that ends a sublayer computes the update of a row. Instead of
    storing it for a `wav.write`, the product reads the row and stores the sum.
    Likewise any `wav.combine` of products that are used once and at most one
    other tensor, all of the type of the sum and with coefficients of one.

    ```mlir
    %u = wav.matmul %h, %w {transpose_b} : ...
    %sum = wav.write %u into %row {coefficient = 1.0 : f64} : ...
    ```
    becomes
    ```mlir
    %sum = wav.matmul %h, %w into %row {transpose_b} : ...
    ```

    The row stays what it is; `wav-plan` writes the sum over it only where nobody
    needs it any more. In bf16 the update is no longer rounded before it is
    added. Remarks (category `wav-write-in-products`) give the bytes of each
    product that is not stored alone any more, and why others are.

    A sum of nothing but products that read operands of the same types, such as
    the gradient of what queries, keys and values are projected from, is left
    with `keep-equal-products`: as much memory is moved, but a GPU computes such
    products in one launch (`wav-batch-steps`), and who reads the sum adds it.
  }];
  let options = [
    Option<"keepEqualProducts", "keep-equal-products", "bool", "false",
           "Leave sums of nothing but products of the same sizes">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

//===----------------------------------------------------------------------===//
// Differentiation (lib/Autodiff)
//===----------------------------------------------------------------------===//

def DifferentiatePass : Pass<"wav-differentiate", "::mlir::ModuleOp"> {
  let summary = "Append the backward pass to functions";
  let description = [{
    Reverse-mode differentiation of each function with the attribute
    `wav.gradient`, which is removed. Its value says what is asked for. The
    first two differentiate result 0, the loss, a `tensor<f32>`:

    * `"parameters"`: one more result for each `wav.parameter`, in the order of
      declaration, named `grad.<parameter>`;
    * `"arguments"`: one more result for each argument that is a tensor of
      floats, named `grad.<argument>`;
    * `"vjp"`: the product of the Jacobian with a vector from the left: one more
      argument for each result that is a tensor of floats, its gradient, named
      `grad.<result>`, and one more result for each such argument, as in
      `"arguments"`.

    A parameter or argument that the loss does not depend on gets zeros.
    Gradient ops come from `DifferentiableOpInterface`, in the reverse order of
    the ops they belong to.

    ```mlir
    func.func @f(%w: tensor<4x8xf32> {wav.name = "w"},
                 %x: tensor<2x8xf32> {wav.name = "x"}, %t: tensor<2xi32>)
        -> tensor<f32> attributes {wav.gradient = "arguments"} {
      %y = wav.matmul %x, %w {transpose_b} : ...
      %loss = wav.cross_entropy %y, %t : ...
      return %loss : tensor<f32>
    }
    ```
    gains
    ```mlir
      %one = wav.fill {value = 1.0} : tensor<f32>
      %dy = wav.cross_entropy_grad %y, %t, %one : ...
      %dx = wav.matmul %dy, %w : ...
      %dw = wav.matmul %dy, %x {transpose_a} : ...
      return %loss, %dw, %dx : ...
    ```

    Follows `wav-build` and `wav-simplify`: what is rewritten before is
    differentiated as rewritten.
  }];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def UpdatePass : Pass<"wav-update", "::mlir::ModuleOp"> {
  let summary = "Apply the gradients of parameters instead of returning them";
  let description = [{
    In each function with the attribute `wav.update`, which is removed, the
    results `grad.<parameter>` of all parameters of the module, as
    `wav-differentiate` appends them, become an update of the parameters by one
    op at the end, that of the `optimizer`. The function gains the result
    `grad_norm`, the global norm that gradients are clipped by, and an argument
    for each number that the op needs; `wav.fill` says what fills it
    (docs/manifest.md). The module keeps the optimizer's name and constants as
    `wav.optimizer` for the manifest.

    | optimizer | op | constants |
    |---|---|---|
    | `adamw` | `wav.adamw` | `beta1` (0.9), `beta2` (0.95), `epsilon` (1e-8) |
    | `lion` | `wav.lion` | `beta1` (0.9), `beta2` (0.99) |

    ```mlir
    func.func @train_step(%tokens: tensor<8xi32> {...})
        -> (tensor<f32> {wav.name = "loss"},
            tensor<5x4xf32> {wav.name = "grad.w"}) attributes {wav.update} {
      ...
      return %loss, %dw : tensor<f32>, tensor<5x4xf32>
    }
    ```
    becomes, with `optimizer=lion`,
    ```mlir
    func.func @train_step(
        %tokens: tensor<8xi32> {...},
        %lr: tensor<f32> {wav.fill = {kind = "learning_rate"}, wav.name = "lr"},
        ...) -> (tensor<f32> {wav.name = "loss"},
                 tensor<f32> {wav.name = "grad_norm"}) {
      ...
      %g = wav.pack %dw : ...
      %square = wav.sum_squares %g : ...
      %norm = wav.sqrt %square : ...
      %p = wav.get_arena parameters : ...
      %m = wav.get_arena first_moment : ...
      %p1, %m1 = wav.lion %p, %g moments(%m) norm(%norm)
          settings(%lr, %weight_decay, %clip) {...} : ...
      wav.set_arena parameters, %p1 : ...
      wav.set_arena first_moment, %m1 : ...
      return %loss, %norm : tensor<f32>, tensor<f32>
    }
    ```

    Follows `wav-differentiate`.
  }];
  let options = [
    Option<"optimizer", "optimizer", "std::string", "\"adamw\"",
           "What updates the parameters: adamw or lion">,
    ListOption<"constants", "constants", "std::string",
               "Constants of the optimizer that are not as usual: beta1=0.8">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

//===----------------------------------------------------------------------===//
// Routing and what is repeated (lib/Transforms/Routing, lib/Transforms)
//===----------------------------------------------------------------------===//

def AccumulateUpdatesPass : Pass<"wav-accumulate-updates",
                                 "::mlir::func::FuncOp"> {
  let summary = "Add each update to one plane, and state rows by the planes";
  let description = [{
    The rows of a block are sums of its updates with coefficients. Instead of
    one accumulator a row, there is one for each class of updates: those that
    have the same coefficients in all rows. The rows that sources and matches
    use become combinations of these planes, formed where they are read; no
    detail is ever updated or stored.

    ```mlir
    %sum2 = wav.write %m into %sum1 {coefficient = 1.0 : f64} : ...
    %phase2 = wav.write %m into %phase1 {coefficient = -1.0 : f64} : ...
    %0 = wav.source %sum2 : ...
    %1 = wav.source %phase2 scaled %s : ...
    ```
    becomes, where `%sum1` and `%phase1` are both the attention's update `%a`
    and later updates of the block go on with `%a` and `%m`,
    ```mlir
    %0 = wav.source %a, %m {coefficients = array<f64: 1.0, 1.0>} : ...
    %1 = wav.source %a, %m scaled %s {coefficients = array<f64: 1.0, -1.0>} : ...
    ```

    Where a new class begins in the middle of a block (the second half of WAV
    v1, say), it continues an accumulator whose old value few rows need then,
    and old values that are needed in one ratio only become one plane, a
    snapshot: `split = 2 H - A - M` with the attention's sum `A`, the MLP's `M`,
    and `H = A + M` of the first half. Exact but for the order of additions.
    Rows stay accumulators of their own where classes would be more planes, as
    with a coefficient for each update. Remarks say how many planes a block's
    updates need.
  }];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def MergeSourcesPass : Pass<"wav-merge-sources", "::mlir::func::FuncOp"> {
  let summary = "Read equal sources as one";
  let description = [{
    Equal open sources of a read, such as the rows of a block after its first
    update, become one source whose bias is the logarithm of the sum of
    exponentials of theirs (method.md 2.4, 5.4 R2).

    ```mlir
    %0 = wav.source %a bias %none : ...
    %1 = wav.source %a bias %first : ...
    %y, %max, %sum = wav.read query(%q bias %b) bank(%bank) open(%0, %1) ...
    ```
    becomes
    ```mlir
    %both = arith.constant dense<[-1, 0]> : tensor<2xi32>
    %0 = wav.source %a bias %both : ...
    %y, %max, %sum = wav.read query(%q bias %b) bank(%bank) open(%0) ...
    ```

    Only sources whose bias indices are constants. Follows a `cse`, which makes
    equal tensors the same value. The remark (category `wav-merge-sources`) says
    how many open sources of a read equal others.
  }];
  let dependentDialects = ["::mlir::wav::WavDialect",
                           "::mlir::arith::ArithDialect"];
}

def SplitReadsPass : Pass<"wav-split-reads", "::mlir::func::FuncOp"> {
  let summary = "Read once what the reads of a block share";
  let description = [{
    The two-phase evaluation of reads (method.md 1.3) and of their gradients
    (6.2, 6.3). All reads of one bank, those of a block, become one read of the
    bank by all their queries, and each continues it with its open sources. The
    bank's rows are read once, and their gradients are read and written once,
    instead of by each read. Queries that depend on tokens cannot be known in
    advance; those reads stay.

    ```mlir
    %y0, %max0, %sum0 = wav.read query(%q0) bank(%bank) ...
    ...
    %y1, %max1, %sum1 = wav.read query(%q1) bank(%bank) open(%new) ...
    ```
    becomes
    ```mlir
    %y0, %p1, %max:2, %sum:2 = wav.read query(%q0, %q1) bank(%bank) ...
    ...
    %y1, %max1, %sum1 = wav.read query(%q1) open(%new)
        after(%p1 max %max#1 sum %sum#1) ...
    ```

    A model of the bytes that move decides: what the shared pass reads for a
    site is written and read once more, so that a bank of one or two sources is
    better read by each. The remark says what is saved, or why not.

    Follows `wav-differentiate`: a part of a read has no gradient of its own.
  }];
  let options = [
    Option<"registers", "registers", "int64_t", "0",
           "Registers of a thread of a GPU. If the gradients of all roles (one a "
           "query) do not fit those of a block, they are divided evenly, and each "
           "part reads and writes the bank's gradient once; 0 for no limit">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def OpenSourcesPass : Pass<"wav-open-sources", "::mlir::func::FuncOp"> {
  let summary = "Form the new sources of a bank where they are read";
  let description = [{
    Sources of several planes that extend a bank have to be formed for the
    banks that follow. Where one read looks at the bank, they are open sources
    of that read: it forms them from their planes, in the kernel that also
    stores them. Of their gradients, that of the read and what later reads
    added meet in one kernel, which passes on the gradients of the planes.

    ```mlir
    %longer = wav.bank %bank, %sum, %phase : ...
    %y:2, %max:2, %s:2 = wav.read query(%q0, %q1) bank(%longer) ...
    ```
    becomes
    ```mlir
    %longer = wav.bank %bank, %sum, %phase : ...
    %y:2, %max:2, %s:2 = wav.read query(%q0, %q1) bank(%bank) open(%sum, %phase) ...
    ```

    Follows `wav-split-reads`, which makes one read of those of a block.
  }];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def ReplayPass : Pass<"wav-replay", "::mlir::func::FuncOp"> {
  let summary = "Repeat row programs for their gradients rather than store";
  let description = [{
    The gradient of a row program looks at all that the program looked at. So
    the program can be repeated in the kernel of its gradient, which reads
    nothing more for it, and what it made in the forward pass is not kept.

    The norm that follows a read needs what was read for its gradient, in the
    kernel of the read's gradient. So what was read is stored nowhere: one plane
    less is written, one less is read, and one less is kept.

    ```mlir
    %y, %max, %sum = wav.read query(%q) open(%new) after(%part max %m sum %s) ...
    %n = wav.rms_norm %y, %gain ...
    ...
    %dy, %dgain = wav.rms_norm_grad %y, %gain, %dn ...
    %dq, %dnew, %w, %l = wav.read_grad query(%q) open(%new)
        after(%part max %m sum %s) grad(%dy) ...
    ```
    becomes
    ```mlir
    ...
    %y2, %max2, %sum2 = wav.read query(%q) open(%new) after(%part max %m sum %s) ...
    %dy, %dgain = wav.rms_norm_grad %y2, %gain, %dn ...
    ...
    ```

    A product that needs the value for a weight's gradient follows the kernel,
    and the repetition is stored for it. That is one write more, and is done
    only for what is kept where the function needs the most memory, and where
    what the product keeps by coming later is less than what is freed.

    ```mlir
    %y = wav.swiglu %gate, %up ...
    ...
    %dw = wav.matmul %dout, %y {transpose_a} : ...
    %dgate, %dup = wav.swiglu_grad %gate, %up, %dy ...
    ```
    becomes
    ```mlir
    %y = wav.swiglu %gate, %up ...
    ...
    %y2 = wav.swiglu %gate, %up ...
    %dgate, %dup = wav.swiglu_grad %gate, %up, %dy ...
    %dw = wav.matmul %dout, %y2 {transpose_a} : ...
    ```

    No `cse` may follow, which would undo it.
  }];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def RecomputePass : Pass<"wav-recompute", "::mlir::ModuleOp"> {
  let summary = "Recompute values in the backward pass to save memory";
  let description = [{
    While a function needs more memory than the budget, picks an op whose
    results are live at the point of most memory, and computes it again before
    their next use. The order is that of the bytes that are freed there for the
    time that it takes: floating-point operations and bytes moved, of which one
    takes as long as four operations. So what is bound by memory comes first,
    reads and norms, then products.

    An operand that does not live at the use is computed again too, and so on;
    the whole chain is paid for. What is repeated already, by `wav-replay` or
    for another value, is not repeated once more: the earlier of the two places
    serves all. A step is taken only if less is beyond the budget then, summed
    over all ops.

    The budget holds parameters, gradients, moments and the scratch memory of
    one entry point, as `LiveMemory` estimates it; inputs, outputs and states
    are not counted. It is an error if it cannot be met, which names one that
    can.

    ```mlir
    %n = wav.rms_norm %h, %gain ...
    %a = wav.matmul %n, %w ...
    %s = wav.swiglu %a, %a ...
    ...                                // much memory is live here
    %d3 = wav.matmul %d2, %s ...
    %d4 = wav.matmul %d3, %n ...
    ```
    becomes
    ```mlir
    %n = wav.rms_norm %h, %gain ...
    %a = wav.matmul %n, %w ...
    %s = wav.swiglu %a, %a ...
    ...
    %n2 = wav.rms_norm %h, %gain ...
    %a2 = wav.matmul %n2, %w ...
    %s2 = wav.swiglu %a2, %a2 ...
    %d3 = wav.matmul %d2, %s2 ...
    %d4 = wav.matmul %d3, %n2 ...
    ```

    Follows `wav-differentiate`; `wav-fuse` must follow without a `cse` in
    between, which would undo it. Remarks (category `wav-recompute`) give the
    estimates before and after, the ops whose results are live when most memory
    is, and each op that is recomputed.
  }];
  let options = [
    Option<"memoryBudget", "memory-budget", "int64_t", "0",
           "Bytes that the program may use; 0 for no limit">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

//===----------------------------------------------------------------------===//
// Fusion and planning (lib/Transforms)
//===----------------------------------------------------------------------===//

def MaterializeSourcesPass : Pass<"wav-materialize-sources",
                                  "::mlir::func::FuncOp"> {
  let summary = "Form the rows of sources that are combinations";
  let description = [{
    A source of several planes in a bank becomes a source that names their
    combination, which is computed once: kernels read banks by the addresses of
    their tensors. The rows of open sources are formed where they are read.

    ```mlir
    %s = wav.source %a, %m {coefficients = array<f64: 1.0, -1.0>} : ...
    %longer = wav.bank %bank, %s : ...
    ```

    becomes

    ```mlir
    %row = wav.combine %a, %m {coefficients = array<f64: 1.0, -1.0>} : ...
    %s = wav.source %row : ...
    %longer = wav.bank %bank, %s : ...
    ```
  }];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def FusePass : Pass<"wav-fuse", "::mlir::func::FuncOp"> {
  let summary = "Group row programs into kernels";
  let description = [{
    Puts every row program (`RowOpInterface`) into a `wav.fusion`, together
    with others of the same row space that share a value with it, even if
    library calls stand between them. Two programs stay apart when one needs a
    sum over the rows of the other, or an operand that is computed in between.
    Sums over rows leave a fusion as one partial sum for each partition, which
    a `wav.sum_partials` adds in order.

    Partitions are of `rows-per-partition` rows. For a GPU of `multiprocessors`
    SMs they are smaller where rows are few, so that each SM has eight, which is
    a whole number of waves whether it holds 1, 2, 4 or 8 of a kernel's blocks at
    once; but at least of eight rows, a warp each. What is added over rows is
    added partition by partition: results are the same bits on any machine for
    equal partitions.

    ```mlir
    %sum = wav.combine %u, %b {coefficients = array<f64: 1.0, 1.0>} : ...
    %s = wav.source %sum scaled %one : ...
    %y, %max, %inverse_sum = wav.read query(%q) bank(%bank) open(%s) {...} : ...
    %x = wav.rms_norm %y, %gain {epsilon = 1.0e-6} : ...
    ```
    becomes
    ```mlir
    %f:3 = wav.fusion(%u, %b, %q, ...) {partitions = 32, rows = 2048} : ... {
      ... the ops ...
      wav.yield %sum, %y, %x : ...
    }
    ```

    Follows `wav-differentiate` and `wav-recompute`; `wav-plan` needs it.
    Remarks (category `wav-fuse`) say what joined, what did not and why, and
    the bytes of memory traffic that each kernel saves.
  }];
  let options = [
    Option<"rowsPerPartition", "rows-per-partition", "int64_t", "64",
           "Rows of a unit of parallel work, at most">,
    Option<"multiprocessors", "multiprocessors", "int64_t", "0",
           "SMs of the GPU that the kernels are for; 0 if there is none">,
    Option<"maxOps", "max-ops", "unsigned", "16",
           "The most row programs in one kernel">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def GatherStepsPass : Pass<"wav-gather-steps", "::mlir::func::FuncOp"> {
  let summary = "Put equal steps side by side";
  let description = [{
    Where launches cost time, so that `wav-batch-steps` can do them at once:
    fusions that read nothing but parameters (weights that are cast) come first,
    if that takes no more memory than before, and a library call that updates nothing moves up to the nearest one of the
    same function and sizes, if its operands are known there.

    ```mlir
    %dx0 = wav.matmul %dv, %wv : (tensor<64x32xf32>, tensor<32x32xf32>) ...
    %dwv = wav.matmul %dv, %x {transpose_a} : ...
    %dx1 = wav.matmul %dk, %wk : (tensor<64x32xf32>, tensor<32x32xf32>) ...
    ```
    becomes
    ```mlir
    %dx0 = wav.matmul %dv, %wv : (tensor<64x32xf32>, tensor<32x32xf32>) ...
    %dx1 = wav.matmul %dk, %wk : (tensor<64x32xf32>, tensor<32x32xf32>) ...
    %dwv = wav.matmul %dv, %x {transpose_a} : ...
    ```

    Follows `wav-fuse`. `wav-plan` then finds memory for what lives at once.
  }];
  let options = [
    Option<"reach", "reach", "int64_t", "8",
           "The most ops that a call moves over, so that what is recomputed "
           "late is not moved far; 0: nothing is moved">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def PlanPass : Pass<"wav-plan", "::mlir::ModuleOp"> {
  let summary = "Turn functions into schedules over static arenas";
  let description = [{
    Decides which values share memory and where it lies, and replaces each
    function, an entry point, by a `wav.schedule` of launches and library calls
    in the order of the function's ops.

    * Results that are tied to an operand (`TiedOpInterface`) are written in
      its place, banks and their views cost nothing, and scratch buffers that
      are not live together share memory. A copy is made only where a value
      that must be overwritten is needed again, or must lie in two places.
    * Parameters, states, inputs and outputs have the same place in every entry
      point. `wav.pack` places each gradient inside the gradient arena.
    * Ops without operands are evaluated now and become `wav.constant`s.
    * Each `wav.fusion` becomes a launch of a `wav.kernel`. Fusions that are
      equal up to the sizes of their banks share one.

    ```mlir
    func.func @eval(%tokens: tensor<2048xi32> {wav.name = "tokens"})
        -> (tensor<f32> {wav.name = "loss"}) {
      %table = wav.get @"model.embed_tokens.weight" : tensor<73x128xf32>
      %x = wav.fusion(%table, %tokens) ... { wav.embed ... }
      %y = wav.matmul %x, %w : ...
    ```
    becomes
    ```mlir
    wav.kernel @embed attributes {partitions = 32, rows = 2048} { ... }
    wav.schedule @eval {
      %tokens = wav.view io[0] : memref<2048xi32>
      wav.input "tokens" %tokens : memref<2048xi32>
      %table = wav.view parameters[0] : memref<73x128xf32>
      %x = wav.view scratch[0] : memref<2048x128xf32>
      wav.launch @embed(%table, %tokens, %x) ...
      wav.call "wavrt_matmul_f32"(%x, %w, %none, %y) [2048, 128, 128, 0, 0] ...
    ```

    Each launch and call says how many bytes it moves: each tensor that it
    reads, and each that it writes, once. `bytes_by_category` files them under
    the categories of the ops that do.

    Follows `wav-fuse`. Remarks (category `wav-plan`) give the scratch memory
    of each entry point and every copy.
  }];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

//===----------------------------------------------------------------------===//
// Kernels (lib/Codegen, lib/Transforms/Plan)
//===----------------------------------------------------------------------===//

def BatchStepsPass : Pass<"wav-batch-steps", "::mlir::ModuleOp"> {
  let summary = "Do equal steps on other buffers at once";
  let description = [{
    Steps of a schedule that launch the same kernel, or form products of the
    same sizes, and touch nothing that another of them writes, become one step
    of several instances: a GPU pays for a launch once. A step moves up over
    others to the nearest that does the same, unless one in between writes what
    it touches or touches what it writes.

    ```mlir
    wav.call "wavrt_matmul_f32"(%x, %wq, %none, %q) [64, 32, 32, 0, 1] ...
    wav.call "wavrt_matmul_f32"(%x, %wk, %none, %k) [64, 32, 32, 0, 1] ...
    wav.launch @sum(%a, %b) {partitions = 1 ...}
    wav.call "wavrt_matmul_f32"(%x, %wv, %none, %v) [64, 32, 32, 0, 1] ...
    ```
    becomes
    ```mlir
    wav.call "wavrt_matmul_f32"(%x, %wq, %none, %q, %x, %wk, %none, %k, %x, %wv,
                                %none, %v) [64, 32, 32, 0, 1] {instances = 3 ...}
    wav.launch @sum(%a, %b) {partitions = 1 ...}
    ```

    A kernel with several instances finds its buffers in a table in memory,
    which costs it a load of each address; so only launches of few partitions,
    which leave most of a GPU idle, are put together. The remark (category
    `wav-batch-steps`) says how many launches were saved.
  }];
  let options = [
    Option<"fewPartitions", "few-partitions", "int64_t", "128",
           "Launches of fewer partitions are put together: those that a GPU of "
           "as many SMs has room for">,
  ];
  let dependentDialects = ["::mlir::wav::WavDialect"];
}

def LowerKernelsPass : Pass<"wav-lower-kernels", "::mlir::ModuleOp"> {
  let summary = "Lower kernels to row programs";
  let description = [{
    Each `wav.kernel` becomes a function with the signature of `wavrt_kernel`
    (runtime/include/wavrt/abi.h): a loop over the rows of the partition, whose
    body is the row program that the kernel's ops state through
    `RowOpInterface`, on values `vector<width>`.

    ```mlir
    wav.kernel @k attributes {rows = 64 : i64, partitions = 4 : i64} {
    ^bb0(%x: tensor<64x128xf32>, %y: tensor<64x128xf32>):
      %0 = wav.combine %x, %y {coefficients = array<f64: 1.0, -1.0>} : ...
      wav.yield %0 : tensor<64x128xf32>
    }
    // becomes
    func.func @k(%args: !llvm.ptr, %partition: i64) {
      %x = wav.argument %args[0] : memref<64x128xf32>
      ...
      scf.for %row = %from to %to step %c1 {
        %0 = vector.load %x[%row, %c0] : memref<64x128xf32>, vector<128xf32>
        ...
        vector.store %3, %result[%row, %c0] : ...
      }
    }
    ```

    Slots of the argument table: the kernel's arguments in order, then each
    yielded value that updates none of them. A value that the kernel does not
    yield is never stored. A sum over the row space is accumulated into the
    partition's slice of its buffer `[partitions, ...]`, which is set to zero
    first, also if the partition has no rows. With `one-pass` the loop over rows
    carries it instead, and it is stored after the loop.
  }];
  let options = [
    Option<"onePass", "one-pass", "bool", "false",
           "Phrase row programs for a GPU: a read is one loop over its sources "
           "that carries its softmax, and nothing but rows is kept in memory">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def StripRowsPass : Pass<"wav-strip-rows", "::mlir::func::FuncOp"> {
  let summary = "Cut row programs into loops over strips";
  let description = [{
    Replaces every `vector<width>` by strips of at most `vector-width` lanes,
    so that LLVM never sees a wide vector.

    The program is cut into *groups*: a group ends where something needs the
    result of one of its reductions, or might touch memory that it stores, or
    where another reduction would find no register for its sum. Each group
    becomes one loop over strips (`unroll` strips a trip, then the rest as strips
    of falling powers of two). Inside it,

    * loads and cheap elementwise ops are recomputed in each group that needs
      them; a value that is dear (it contains a loop, `exp`, a division or a
      square root), or that a loop of reductions needs again and again, or whose
      memory changes meanwhile, is kept in a row of scratch memory instead;
    * a loop without reductions is elementwise itself and moves inside the loop
      over strips, which makes the sources of a weighted sum innermost; a loop
      with reductions stays and is cut in its body.

    Reductions have an accumulator for each strip of a trip, or one that strips
    share, where one each would not fit the registers; accumulators, and then the
    lanes, are added in a fixed tree, so that results depend on no choice of
    LLVM's.

    ```mlir
    %x = vector.load %m[%row, %c0] : memref<64x256xf32>, vector<256xf32>
    %0 = arith.mulf %x, %x : vector<256xf32>
    %s = vector.reduction <add>, %0 : vector<256xf32> into f32
    // becomes, with unroll = 1
    %a = scf.for %o = %c0 to %c256 step %c16 iter_args(%acc = %zero) {
      %x = vector.load %m[%row, %o] : memref<64x256xf32>, vector<16xf32>
      %0 = arith.mulf %x, %x : vector<16xf32>
      %1 = arith.addf %acc, %0 : vector<16xf32>
      scf.yield %1 : vector<16xf32>
    }
    %s = ... // halves of %a added until one element is left
    ```

    With `for-lanes` a strip is itself a row for `wav-distribute-lanes`: what is
    left of a row is one strip of any width, lanes are added by a
    `vector.reduction`, and dear rows are recomputed, since scratch memory would
    be slower. Functions with rows that a loop carries while it reduces others,
    which can only be kept whole, are left as they are.
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "int64_t", "16",
           "Lanes of f32 in a vector register; a power of two">,
    Option<"unroll", "unroll", "int64_t", "4", "Strips in a trip">,
    Option<"maxWhole", "max-whole", "int64_t", "0",
           "Functions without wider rows are left as they are">,
    Option<"forLanes", "for-lanes", "bool", "false",
           "Strips are to be distributed over lanes">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def FuseMultiplyAddPass
    : Pass<"wav-fuse-multiply-add", "::mlir::func::FuncOp"> {
  let summary = "Round a product and its sum once";
  let description = [{
    A product that only a sum or difference uses becomes a `math.fma`. It is
    decided here and not by fast-math flags, so that results are the same
    whatever LLVM makes of them. A product that is the result of an op
    (`wav.result`) is rounded on its own, as it is when the op that uses it is
    in another kernel: what is fused does not show in results.

    ```mlir
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %p, %c : f32
    // becomes
    %s = math.fma %a, %b, %c : f32
    ```

    Comes after `wav-strip-rows`, which recomputes values and so leaves more
    products with one use.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"
  ];
}

def ExpandMathPass : Pass<"wav-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Expand exp, exp2 and log";
  let description = [{
    `exp` and `log` of f32 become polynomials (errors below 2 units in the last
    place), so that no row loop calls a library. `exp2(x)` becomes `exp(x ln 2)`
    (another |x| units). For CPUs; `wav-approximate-math` is its like for
    GPUs, which this one replaces where it is disabled.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def KernelsToLLVMPass : Pass<"wav-kernels-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Lower row programs to the LLVM dialect";
  let description = [{
    Ends the lowering of kernels: functions and everything in them, upstream
    dialects and `wav.argument`, `wav.bank_size` and `wav.bank_row`, become the
    LLVM dialect. Expects that no vector is wider than a register.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def CallsToKernelsPass : Pass<"wav-calls-to-kernels", "::mlir::ModuleOp"> {
  let summary = "Generate GPU kernels for library calls";
  let description = [{
    On a GPU the runtime computes matrix products only. Every other `wav.call`
    becomes launches of generated kernels, one kernel for each function,
    parameters and types:

    | function | kernels |
    |---|---|
    | `attention` | `attention` |
    | `attention_grad` | `attention_grad_queries`, `attention_grad_keys`, with wide heads `attention_grad_values` |
    | `embed_grad` | `embed_grad` |
    | `cache_update` | `cache_update` |

    A kernel has the signature of those of `wav-lower-kernels`. A partition is
    a block of `wav.threads` threads with `wav.shared_bytes` bytes of dynamic
    shared memory. No kernel is atomic: results are the same on every run.

    ```mlir
    wav.call "wavrt_cache_update_f32"(%x, %position, %cache) [1, 128, 256] ...
    // becomes
    func.func @cache_update_f32(%args: !llvm.ptr, %partition: i64)
        attributes {wav.threads = 128 : i64} { ... }
    wav.launch @cache_update_f32(%x, %position, %cache) {partitions = 1 ...}
    ```

    Attention forms no matrix [queries, keys] in memory; bf16 uses tensor
    cores, f32 multiply-adds. Between its launches the gradient keeps one f32
    for each query and head, behind the scratch memory of the schedules.

    A kernel has no status to return. Positions and tokens out of range are for
    the host to refuse before it runs an entry point; what they make kernels
    do stays inside the buffers: `cache_update` writes nothing, `attention`
    takes the nearest position, `embed_grad` skips the token.

    Follows `wav-plan`.
  }];
  let options = [
    Option<"sharedBytes", "shared-bytes", "int64_t", "232448",
           "Dynamic shared memory that a block of the GPU can have">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

//===----------------------------------------------------------------------===//
// GPU kernels (lib/Codegen/GPU)
//===----------------------------------------------------------------------===//

def DistributeRowsPass : Pass<"wav-distribute-rows", "::mlir::ModuleOp"> {
  let summary = "Give each row of a partition to a group of lanes";
  let description = [{
    A partition becomes a block of threads. `L` lanes (a power of two) treat a
    row, and the groups of lanes take turns: group `g` of `G` treats the rows
    `from + g`, `from + g + G`, ... The block has `L G` threads.

    `L` is the largest number, up to a warp if rows are reduced, for which the
    fewest lanes idle and the rows that are live at once fit the registers. A
    kernel with one row takes all lanes that it can use. Where registers ask for
    more than a warp, reductions need barriers, and the block has one group.
    `nvvm.minctasm` says how many blocks an SM has registers for.

    Sums over the rows, which the loop carries (`wav-lower-kernels{one-pass}`),
    are added in the order of the groups through shared memory, once a block.
    Numbers are known to all lanes of a row and stored by the first, which alone
    reads what it adds to them.

    ```mlir
    %sum = scf.for %row = %from to %to step %c1 iter_args(%s = %zero) {
      ...
      memref.store %number, %m[%row]
      ...
    } {wav.rows = 64}
    vector.store %sum, %partials[%partition, %c0]
    ```
    becomes
    ```mlir
    func.func @k(...)
        attributes {nvvm.minctasm = 2, wav.lanes = 32, wav.threads = 256} {
      %lane = arith.remui %thread, %c32
      %group = arith.divui %thread, %c32
      %first = arith.addi %from, %group
      %sum = scf.for %row = %first to %to step %c8 iter_args(%s = %zero) {
        scf.if %isFirstLane { memref.store %number, %m[%row] }
        ...
      vector.store %sum, %shared[%group, %c0] : memref<8x512xf32, 3>, ...
      gpu.barrier
      %total = scf.if %isFirstGroup { ... add rows 1 to 7 of %shared ... }
      scf.if %isFirstGroup { vector.store %total, ... }
    ```

    Functions without a row loop, or with `wav.threads`, are left as they are.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "256",
           "Threads of a block, at most; more if a row needs them. With the 64 "
           "rows of a partition, fewer would leave an SM with few warps">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def DistributeLanesPass : Pass<"wav-distribute-lanes", "::mlir::ModuleOp"> {
  let summary = "Give each lane its elements of a row";
  let description = [{
    Rewrites each function with `wav.lanes = L` for one lane: a `vector<width>`
    becomes `K` vectors of `V` elements, piece `k` of a lane being the elements
    `[(k L + lane) V, (k L + lane) V + V)` of the row. So neighbouring lanes
    access neighbouring memory. `V` is 16 bytes of the narrowest type in memory,
    or less where the width or an offset is not divisible; wider types take
    several accesses of 16 bytes a piece. Where the lanes do not divide a row,
    some have no last piece: their loads give zero, their stores are skipped,
    and reductions see a neutral element.

    A reduction adds pieces one after the other, then the halves of what is
    left, then exchanges between lanes in butterflies: an order that follows
    from the width alone, and the same bits in all lanes. The lanes of a row
    synchronise with nobody else, so that rows which share a warp may do
    different things. More lanes than a warp meet in shared memory.

    ```mlir
    %x = vector.load %m[%row, %c0] : memref<64x256xf32>, vector<256xf32>
    %s = vector.reduction <add>, %x : vector<256xf32> into f32
    ```
    becomes
    ```mlir
    %p = arith.muli %lane, %c4
    %q = arith.addi %p, %c128
    %x0 = vector.load %m[%row, %p] {alignment = 16} : ..., vector<4xf32>
    %x1 = vector.load %m[%row, %q] {alignment = 16} : ..., vector<4xf32>
    %0 = arith.addf %x0, %x1 : vector<4xf32>
    ... // halves
    %1 = nvvm.shfl.sync bfly %mask, %s0, %c16, %c31 : f32 -> f32
    ... // 8, 4, 2, 1
    ```

    Follows `wav-distribute-rows`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def ApproximateMathPass
    : Pass<"wav-approximate-math", "::mlir::func::FuncOp"> {
  let summary = "Use the GPU's own exp, log, tanh, reciprocal root and quotient";
  let description = [{
    Numbers and vectors of f32, element by element (PTX ISA, "Floating Point
    Instructions", has the errors):

    | op | becomes | error |
    |---|---|---|
    | `math.exp` | `ex2.approx.ftz(x * log2 e)` | 2 ulp, and \|x\| / 2 ulp from the product |
    | `math.exp2` | `ex2.approx.ftz(x)` | 2 ulp |
    | `math.log` | `lg2.approx.ftz(x) * ln 2` | 2^-22 near 1, elsewhere 3 ulp |
    | `math.tanh` | `1 - 2 / (ex2.approx.ftz(x * 2 log2 e) + 1)` | 2^-22 |
    | `math.rsqrt`, `a / math.sqrt(x)` | `rsqrt.approx.ftz` | 2 ulp |
    | `arith.divf` | `div.full` | 2 ulp |

    Subnormal results of `exp` and `exp2` are zero, as are subnormal operands of `log`,
    both as on the CPU. `math.sqrt` stays and is exact (`sqrt.rn`). Nothing
    calls CUDA's libdevice, which the compiler thus does not need.

    ```mlir
    %e = math.exp %x : f32
    // becomes
    %t = arith.mulf %x, %log2e : f32
    %e = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%t) : (f32) -> f32
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def KernelsToNVVMPass : Pass<"wav-kernels-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Lower kernel functions to a GPU module of the LLVM dialect";
  let description = [{
    Moves every function with the attribute `wav.threads`, a kernel, and every
    `memref.global` into one `gpu.module @device` and lowers them to the LLVM
    and NVVM dialects. A kernel has one parameter a slot, a pointer to global
    memory, in the order of the argument table; the partition is the number of
    the block. If it is launched for several instances it has one, to a table of
    the slots of all instances, and a block is partition `block mod partitions`
    of instance `block div partitions`. `wav.threads` and `wav.shared_bytes`, the bytes of dynamic shared
    memory, stay for whoever launches it.

    ```mlir
    func.func @k(%args: !llvm.ptr, %partition: i64)
        attributes {wav.threads = 128 : i64} {
      %x = wav.argument %args[0] : memref<64x128xf32>
      ...
    // becomes
    gpu.module @device {
      llvm.func @k(%x: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias, ...})
          attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128>,
                      wav.threads = 128 : i64} {
        %partition = nvvm.read.ptx.sreg.ctaid.x : i32
        ...
    ```

    Slots that a kernel writes overlap no others (`wav.argument`), so that every
    parameter is `noalias`. Shared memory is a `memref.global` in memory space
    3, or the dynamic region, `gpu.dynamic_shared_memory`, which starts at a
    multiple of 16 bytes.
  }];
  let dependentDialects = [
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect"
  ];
}

//===----------------------------------------------------------------------===//
// The host (lib/Target/Host)
//===----------------------------------------------------------------------===//

def LowerSchedulesPass : Pass<"wav-lower-schedules", "::mlir::ModuleOp"> {
  let summary = "Lower schedules to the LLVM dialect and export the program";
  let description = [{
    Each `wav.schedule` becomes a function `i32 (wavrt_context *, void **)` that
    calls `wavrt_launch` and `wavrt_call` in order and returns the first status
    that is not zero. Its second argument are all addresses of its steps, which
    the runtime resolves once from an exported table, so that the function is
    one call a step:

    ```mlir
    wav.launch @embed(%table, %tokens, %x) ...
    // becomes
    %slots = llvm.getelementptr %addresses[42] : ...
    llvm.call @wavrt_launch(%context, %0, @embed, %slots, %partitions)
    ```

    The module then exports one symbol, `wav_program` (wavrt/abi.h), with the
    manifest (docs/manifest.md) and the bytes of the constants arena.

    For a target that starts with `cuda` the kernels are those of
    `gpu.module @device`. A launch becomes `wavrt_launch_device` with the
    kernel's `wavrt_device_kernel`: its name, its slots, its threads
    (`nvvm.reqntid`) and its dynamic shared memory (`wav.shared_bytes`). The
    code itself is the external symbol `wav_device_code`.

    Follows the lowering of kernels (`wav-kernels-to-llvm`,
    `wav-kernels-to-nvvm`); nothing but the LLVM dialect and the device module
    is left.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cpu\"",
           "What the code is for; the manifest repeats it">,
    ListOption<"features", "features", "std::string",
               "What the manifest says the code needs of a processor">,
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

//===----------------------------------------------------------------------===//
// Levels (lib/Transforms)
//===----------------------------------------------------------------------===//

def SetLevelPass : Pass<"wav-set-level", "::mlir::ModuleOp"> {
  let summary = "Say which level a module is at";
  let description = [{
    Sets the module's attribute `wav.level`, which `--compile-from` is checked
    against. The pipelines of levels end with it; what leads to a level pass by
    pass may. An error if there is no such level.
  }];
  let options = [Option<"level", "level", "std::string", /*default=*/"",
                        "The level: model, graph, ...">];
}

#endif // WAV_PASSES_TD
