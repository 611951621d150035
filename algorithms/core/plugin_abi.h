/* The C interface of out-of-tree selectors: one exported symbol that returns a versioned table of plain data.
 *
 *   const maskbench_plugin* maskbench_plugin_table(void);
 *
 * Rules: the major number must match; a minor number only appends fields, and struct_size says how many a
 * side knows. Major is 0 until the contract has carried forty methods. All memory belongs to the side that
 * made it: what the host passes lives as long as the call, what the plug-in answers lives until its next call
 * or destroy(). Strings are UTF-8 and end in 0. No exception may cross; a function that can fail takes a
 * buffer for its message. C++ authors need none of this: the installed algorithms/core/plugin_shim.hpp makes
 * the table from an ordinary method file.
 */
#ifndef MASKBENCH_PLUGIN_ABI_H
#define MASKBENCH_PLUGIN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MASKBENCH_ABI_MAJOR 0
#define MASKBENCH_ABI_MINOR 4
#define MASKBENCH_PLUGIN_SYMBOL "maskbench_plugin_table"

/* A column of the data set. */
typedef enum {
  maskbench_score = 0,
  maskbench_label = 1,
  maskbench_size = 2,
  maskbench_matrix = 3
} maskbench_column_kind;

typedef struct {
  uint32_t struct_size;
  int32_t kind; /* maskbench_column_kind: float32, int32, int32, or any type */
  int32_t type; /* 0 f32, 1 f16, 2 bf16, 3 i8, 4 i32 */
  const char* name;
  const void* data; /* row-major */
  int64_t cols;
  int64_t stride; /* elements */
} maskbench_column;

typedef struct {
  uint32_t struct_size;
  const char* column;
  int32_t label;
  int64_t amount;
} maskbench_quota;

/* The objective, asked through functions; `self` goes first in each. */
typedef struct {
  uint32_t struct_size;
  void* self;
  uint32_t traits; /* bits: 1 monotone, 2 submodular, 4 concave relaxation, 8 linear; since minor 3: 16 affine
                      duals */
  double (*value)(void* self, const int64_t* items, int64_t count, int64_t size);
  double (*batch_value)(void* self, const int64_t* items, int64_t count, const int64_t* batch,
                        int64_t batch_count);
  /* a greedy state */
  void* (*start)(void* self, int64_t size, const int64_t* candidates, int64_t candidate_count,
                 const int64_t* items, int64_t count);
  double (*state_value)(void* state);
  void (*state_gains)(void* state, const int64_t* rows, int64_t count, double* out);
  void (*state_add)(void* state, int64_t row);
  void (*state_swap)(void* state, int64_t out, int64_t in);
  void (*state_free)(void* state);
  /* rewards of masks: `picked` positions of the batch for each of `masks` */
  void* (*scorer)(void* self);
  void (*scorer_score)(void* scorer, const int64_t* batch, int64_t batch_count, int64_t masks, int64_t picked,
                       const int32_t* positions, double* rewards);
  void (*scorer_free)(void* scorer);
  /* the relaxation over the problem's candidates, or null */
  void* (*relax)(void* self);
  double (*relaxation_value)(void* relaxation, const double* inclusion, int64_t count);
  void (*relaxation_gradient)(void* relaxation, const double* inclusion, double* out, int64_t count);
  void (*relaxation_free)(void* relaxation);
  /* since minor 2: its duals (algorithms/core/objective.hpp). relaxation_dual writes at most `capacity`
     numbers and returns how many there are; relaxation_curvature is NaN where duals are not affine. */
  int64_t (*relaxation_dual)(void* relaxation, const double* inclusion, int64_t count, double* out,
                             int64_t capacity);
  double (*relaxation_intercept)(void* relaxation, const double* dual, int64_t dual_count);
  void (*relaxation_slopes)(void* relaxation, const double* dual, int64_t dual_count, double* out,
                            int64_t count);
  double (*relaxation_curvature)(void* relaxation, const double* step, int64_t dual_count);
  /* since minor 2: where f has the quadratic form, has_form is 1; form_quality: one number a row, or null */
  int32_t has_form;
  const double* form_quality;
  double form_quality_weight, form_pair_weight;
  /* since minor 3: start() for gains over `reference` rows; none: the objective's own */
  void* (*start_over)(void* self, int64_t size, const int64_t* candidates, int64_t candidate_count,
                      const int64_t* items, int64_t count, const int64_t* reference, int64_t reference_count);
} maskbench_objective;

/* Since minor 3: n strings end to end, string i is chars[offsets[i] .. offsets[i + 1]); offsets null: there
 * is no such column. */
typedef struct {
  uint32_t struct_size;
  const int64_t* offsets; /* rows + 1 */
  const char* chars;
} maskbench_strings;

struct maskbench_related_data;

/* Since minor 3: all of a data set: what stands beside the features in maskbench_problem, and related sets'.
 */
typedef struct {
  uint32_t struct_size;
  const char* name;
  const char* digest;
  int64_t rows;
  int64_t dims;
  const float* features;
  int64_t features_stride;
  const maskbench_column* columns;
  int64_t column_count;
  maskbench_strings ids, text;
  const struct maskbench_related_data* related;
  int64_t related_count;
} maskbench_data;

struct maskbench_related_data {
  uint32_t struct_size;
  const char* role;
  const maskbench_data* data;
};

typedef struct {
  uint32_t struct_size;
  const char* data_name;
  const char* data_digest;
  int64_t rows;
  int64_t dims;            /* 0: no features */
  const float* features;   /* rows x dims, row-major */
  int64_t features_stride; /* elements */
  const maskbench_column* columns;
  int64_t column_count;
  const double* quality;     /* rows, or null */
  const int64_t* candidates; /* ascending */
  int64_t candidate_count;
  const int64_t* kept; /* ascending; count towards the budget */
  int64_t kept_count;
  int32_t budget_unit; /* 0 rows, 1 tokens, 2 bytes, 3 characters, 4 none */
  int32_t budget_fill; /* 0 at most, 1 at least; since minor 4: 2 pack */
  int64_t budget_amount;
  const maskbench_quota* quotas;
  int64_t quota_count;
  const maskbench_objective* objective; /* or null */
  /* since minor 3 */
  const maskbench_data*
      data; /* the ground set with its ids, text and related sets; the fields above tell the rest again */
  const int64_t* reference; /* ascending; rows that the answer shall stand for; none: the objective's own */
  int64_t reference_count;
  /* since minor 4 */
  int64_t
      planned; /* rows that the answer is to be thought to have (S), kept rows included; 0: the budget says */
  int32_t a_unit; /* 1: gains are ranked by what they bring a unit of the budget */
} maskbench_problem;

/* The harness's side of a run. */
typedef struct {
  uint32_t struct_size;
  void* self;
  uint64_t seed;
  int32_t (*checkpoint)(void* self, const int64_t* items, int64_t count); /* 0: stop, return what you have */
  int32_t (*stopping)(void* self);
  void (*progress)(void* self, double done);
  void (*count)(void* self, int32_t work, int64_t how_many); /* 0 gain evaluations, 1 rows read, 2 keys, 3
                                                                distances, 4 steps, 5 oracle calls */
  /* since minor 3: a live oracle about rows that it is shown together; 0: answered; 1: there is none of this
     name, with the message */
  int32_t (*ask)(void* self, const char* oracle, const int64_t* rows, int64_t count, double* answer,
                 char* message, size_t message_size);
} maskbench_host;

typedef struct {
  uint32_t struct_size;
  const int64_t* items;   /* new rows in pick order */
  const int32_t* repeats; /* or null: all 1 */
  const float* score;     /* or null */
  int64_t count;
  int32_t why; /* 0 filled, 1 exhausted, 2 threshold, 3 interrupted */
} maskbench_answer;

/* A parameter, for help and records. */
typedef struct {
  uint32_t struct_size;
  const char* name;
  const char* type;     /* bool | integer | number | string */
  const char* standard; /* default, as text */
  const char* allowed;
  const char* meaning;
} maskbench_field;

/* Bits of maskbench_selector.traits. */
enum {
  maskbench_stochastic = 1,
  maskbench_may_stop_early = 2,
  maskbench_repeats = 4,
  maskbench_rows_only = 8,
  maskbench_no_quotas = 16,
  maskbench_no_kept = 32,
  maskbench_host_arithmetic = 64,
  maskbench_needs_features = 128,
  maskbench_needs_quality = 256,
  maskbench_needs_objective = 512,
  maskbench_any_size = 1024, /* since minor 4 */
  maskbench_by_gain = 2048
};

typedef struct {
  uint32_t struct_size;
  const char* key;
  const char* summary;
  const char* citation;
  uint32_t traits;
  const maskbench_field* fields;
  int64_t field_count;
  /* A selector from name/value texts; null with a message where they are wrong. */
  void* (*create)(const char* const* names, const char* const* values, int64_t count, char* message,
                  size_t message_size);
  /* Writes `name=value,...` without defaults; 0: written. */
  int32_t (*canonical)(const char* const* names, const char* const* values, int64_t count, char* text,
                       size_t text_size);
  /* 1 with a sentence: it cannot do this problem; 0: it can. */
  int32_t (*refuses)(void* self, const maskbench_problem* problem, char* reason, size_t reason_size);
  int32_t (*prepare)(void* self, const maskbench_problem* problem, char* message,
                     size_t message_size); /* 0: done */
  int32_t (*select)(void* self, const maskbench_problem* problem, const maskbench_host* host,
                    maskbench_answer* answer, char* message,
                    size_t message_size); /* 0: done; 1: the caller's mistake; 2: failed */
  int64_t (*scratch_bytes)(void* self, const maskbench_problem* problem);
  void (*destroy)(void* self);
} maskbench_selector;

typedef struct {
  uint32_t abi_major; /* these two first, for ever */
  uint32_t abi_minor;
  uint32_t struct_size;
  int64_t selector_count;
  const maskbench_selector* selectors;
} maskbench_plugin;

const maskbench_plugin* maskbench_plugin_table(void);

#ifdef __cplusplus
}
#endif

#endif
