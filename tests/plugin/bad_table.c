/* A table with one thing wrong: FAULT says which. */
#include "algorithms/core/plugin_abi.h"

static char long_name[5001];

static void* create(const char* const* names, const char* const* values, int64_t count, char* message,
                    size_t size) {
  (void)names, (void)values, (void)count, (void)message, (void)size;
  return long_name;
}
static int32_t canonical(const char* const* names, const char* const* values, int64_t count, char* text,
                         size_t size) {
  (void)names, (void)values, (void)count;
  if (size > 0) text[0] = 0;
  return 0;
}
static int32_t answers(void* self, const maskbench_problem* problem, char* text, size_t size) {
  (void)self, (void)problem, (void)text, (void)size;
  return 0;
}
static int32_t picks(void* self, const maskbench_problem* problem, const maskbench_host* host,
                     maskbench_answer* answer, char* message, size_t size) {
  (void)self, (void)problem, (void)host, (void)message, (void)size;
  static const int64_t first = 0;
  answer->items = &first;
  answer->count = (int64_t)1 << 40; /* more than there are, and than there is memory */
  return 0;
}
static int64_t none(void* self, const maskbench_problem* problem) {
  (void)self, (void)problem;
  return 0;
}
static void destroy(void* self) {
  (void)self;
}

const maskbench_plugin* maskbench_plugin_table(void) {
  static maskbench_field field = {sizeof(maskbench_field), "width", "integer", "1", "from 1", "how wide"};
  static maskbench_selector selector = {
      sizeof selector, "bad_table", "has one fault", "fan2026datamask", 0,     &field, 1,
      create,          canonical,   answers,         answers,           picks, none,   destroy};
  static maskbench_plugin table = {MASKBENCH_ABI_MAJOR, MASKBENCH_ABI_MINOR, sizeof table, 1, &selector};
  for (int i = 0; i < 5000; ++i) long_name[i] = 'n';
  switch (FAULT) {
    case 1:
      selector.key = long_name;
      break;
    case 2:
      selector.key = NULL;
      break;
    case 3:
      selector.key = "\033[2J";
      break;
    case 4:
      field.name = long_name;
      break;
    case 5:
      selector.summary = long_name;
      break;
    case 6:
      selector.destroy = NULL;
      break;
    case 7:
      selector.field_count = -1;
      break;
    case 8:
      table.selector_count = (int64_t)1 << 40;
      break;
    case 9:
      table.selectors = NULL;
      break;
    case 10:
      field.meaning = NULL;
      break;
    default:
      break; /* answers more rows than there are */
  }
  return &table;
}
