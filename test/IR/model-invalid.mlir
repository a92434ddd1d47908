// RUN: wav-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{'wav.model' op hidden_size 8 is not divisible by num_attention_heads 3}}
wav.model @m {
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 3,
  max_position_embeddings = 16, rms_norm_eps = 1.0e-6, rope_theta = 10000,
  initializer_range = 0.02, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s">], normaliser = none>
}

// -----

// expected-error@+1 {{'wav.model' op hidden_size / num_attention_heads is 1; rotary positions need an even head width}}
wav.model @m {
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 8,
  max_position_embeddings = 16, rms_norm_eps = 1.0e-6, rope_theta = 10000,
  initializer_range = 0.02, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s">], normaliser = none>
}

// -----

// expected-error@+1 {{'wav.model' op hidden_size 6 is not a multiple of 4}}
wav.model @m {
  vocab_size = 96, hidden_size = 6, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 3,
  max_position_embeddings = 16, rms_norm_eps = 1.0e-6, rope_theta = 10000,
  initializer_range = 0.02, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s">], normaliser = none>
}

// -----

// expected-error@+1 {{'wav.model' op num_hidden_layers is 0; it must be positive and at most 1024}}
wav.model @m {
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 0, num_attention_heads = 2,
  max_position_embeddings = 16, rms_norm_eps = 1.0e-6, rope_theta = 10000,
  initializer_range = 0.02, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s">], normaliser = none>
}

// -----

// expected-error@+1 {{'wav.model' op rms_norm_eps must be positive and finite}}
wav.model @m {
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 2,
  max_position_embeddings = 16, rms_norm_eps = 0, rope_theta = 10000,
  initializer_range = 0.02, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s">], normaliser = none>
}

// -----

// expected-error@+1 {{'wav.model' op initializer_range must be finite and at least 0}}
wav.model @m {
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 2,
  max_position_embeddings = 16, rms_norm_eps = 1.0e-6, rope_theta = 10000,
  initializer_range = -1, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s">], normaliser = none>
}

// -----

// expected-error@+1 {{'wav.model' op row 's' has 3 coefficients; give 4, or one for each of the 2 sublayers of a block}}
wav.model @m {
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 2,
  max_position_embeddings = 16, rms_norm_eps = 1.0e-6, rope_theta = 10000,
  initializer_range = 0.02, tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "s", coefficients = [1, 1, 1]>]>
}

// -----

wav.model @m {
  // expected-error@+1 {{unknown key 'width'; valid keys: vocab_size, hidden_size, intermediate_size,}}
  width = 8
}

// -----

wav.model @m {
  hidden_size = 8,
  // expected-error@+1 {{key 'hidden_size' is given twice}}
  hidden_size = 8
}

// -----

// expected-error@+1 {{'wav.model' op requires attribute 'hidden_size'}}
wav.model @m {vocab_size = 96}
