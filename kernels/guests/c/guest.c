// A component in C: strings, lists, records and variants through wit-bindgen's bindings and wasi-libc's allocator.
// The bindings give a function what it must free.
#include "c.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef exports_tenon_guests_shapes_point_t point;
typedef exports_tenon_guests_shapes_place_t place;
typedef exports_tenon_guests_shapes_shape_t shape;

// bytes allocates, and traps where there is no more memory.
static void *bytes(size_t size) {
  void *p = malloc(size);
  if (p == NULL && size > 0)
    abort();
  return p;
}

static bool ascii(const c_string_t *text) {
  for (size_t i = 0; i < text->len; i++)
    if (text->ptr[i] >= 0x80)
      return false;
  return true;
}

bool exports_tenon_guests_shapes_restyle(c_string_t *text, exports_tenon_guests_shapes_style_t how, c_string_t *ret) {
  bool reverse = how & EXPORTS_TENON_GUESTS_SHAPES_STYLE_REVERSE;
  bool upper = how & EXPORTS_TENON_GUESTS_SHAPES_STYLE_UPPER;
  if (reverse && !ascii(text)) {
    c_string_free(text);
    return false;
  }
  ret->len = text->len;
  ret->ptr = bytes(text->len);
  for (size_t i = 0; i < text->len; i++) {
    uint8_t c = text->ptr[reverse ? text->len - 1 - i : i];
    if (upper && c >= 'a' && c <= 'z')
      c -= 'a' - 'A';
    ret->ptr[i] = c;
  }
  c_string_free(text);
  return true;
}

void exports_tenon_guests_shapes_join(c_list_string_t *parts, c_string_t *separator, c_string_t *ret) {
  size_t size = 0;
  for (size_t i = 0; i < parts->len; i++)
    size += parts->ptr[i].len + (i > 0 ? separator->len : 0);
  ret->len = size;
  ret->ptr = bytes(size);
  uint8_t *at = ret->ptr;
  for (size_t i = 0; i < parts->len; i++) {
    if (i > 0 && separator->len > 0) {
      memcpy(at, separator->ptr, separator->len);
      at += separator->len;
    }
    if (parts->ptr[i].len > 0) {
      memcpy(at, parts->ptr[i].ptr, parts->ptr[i].len);
      at += parts->ptr[i].len;
    }
  }
  c_list_string_free(parts);
  c_string_free(separator);
}

bool exports_tenon_guests_shapes_farthest(exports_tenon_guests_shapes_list_place_t *places, place *ret, c_string_t *err) {
  if (places->len == 0) {
    c_string_dup(err, "there is no place");
    return false;
  }
  size_t best = 0;
  double most = -1;
  for (size_t i = 0; i < places->len; i++) {
    point p = places->ptr[i].at;
    double far = p.x * p.x + p.y * p.y;
    if (far > most) {
      most = far;
      best = i;
    }
  }
  *ret = places->ptr[best];
  ret->name.ptr = bytes(ret->name.len);
  if (ret->name.len > 0)
    memcpy(ret->name.ptr, places->ptr[best].name.ptr, ret->name.len);
  exports_tenon_guests_shapes_list_place_free(places);
  return true;
}

// polygon is the area by the shoelace formula.
static double polygon(const exports_tenon_guests_shapes_list_point_t *corners) {
  double twice = 0;
  for (size_t i = 0; i < corners->len; i++) {
    point a = corners->ptr[i], b = corners->ptr[(i + 1) % corners->len];
    twice += a.x * b.y - b.x * a.y;
  }
  return fabs(twice) / 2;
}

bool exports_tenon_guests_shapes_area(shape *form, double *ret, exports_tenon_guests_shapes_flaw_t *err) {
  bool ok = true;
  switch (form->tag) {
  case EXPORTS_TENON_GUESTS_SHAPES_SHAPE_CIRCLE:
    ok = form->val.circle >= 0; // false for a NaN
    *err = EXPORTS_TENON_GUESTS_SHAPES_FLAW_NOT_A_LENGTH;
    if (ok)
      *ret = M_PI * form->val.circle * form->val.circle;
    break;
  case EXPORTS_TENON_GUESTS_SHAPES_SHAPE_POLYGON:
    ok = form->val.polygon.len >= 3;
    *err = EXPORTS_TENON_GUESTS_SHAPES_FLAW_TOO_FEW_CORNERS;
    if (ok)
      *ret = polygon(&form->val.polygon);
    break;
  default:
    *ret = 0;
  }
  exports_tenon_guests_shapes_shape_free(form);
  return ok;
}

void exports_tenon_guests_shapes_row_sums(c_list_list_s32_t *table, c_list_s32_t *ret) {
  ret->len = table->len;
  ret->ptr = bytes(table->len * sizeof(int32_t));
  for (size_t i = 0; i < table->len; i++) {
    uint32_t sum = 0;
    for (size_t j = 0; j < table->ptr[i].len; j++)
      sum += (uint32_t)table->ptr[i].ptr[j];
    ret->ptr[i] = (int32_t)sum;
  }
  c_list_list_s32_free(table);
}

void exports_tenon_guests_shapes_measure(c_string_t *text, c_tuple2_u32_u32_t *ret) {
  ret->f0 = 0;
  for (size_t i = 0; i < text->len; i++)
    ret->f0 += (text->ptr[i] & 0xc0) != 0x80; // not a continuation byte
  ret->f1 = text->len;
  c_string_free(text);
}
