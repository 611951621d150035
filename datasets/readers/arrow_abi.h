/* The two structs of the Arrow C data interface, under the guard that the specification names, so that they
 * may meet Arrow's own in one file. Whoever fills them keeps them: the readers look and never release. */
#pragma once

#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowSchema {
  const char* format;   /* type, as a short code */
  const char* name;     /* may be null */
  const char* metadata; /* int32 count, then (int32 length, bytes) for each key and each value; may be null */
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary; /* the values' type, where the entries are indices */
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count; /* -1: not counted */
  int64_t offset;     /* of entry 0 in the buffers */
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#ifdef __cplusplus
}
#endif

#endif
